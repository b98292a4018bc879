#!/usr/bin/env bats
# Why a job failed, where its author looks: the annotations of jobs of the official runner.

# shellcheck disable=SC2016 # for the steps
load official_helpers

ran_no_step() {
	curl -sf "$URL/_hub/jobs/$1/steps" | jq -e '.steps == []'
}

@test "a job whose image is in the workflow's text is refused before it begins" {
	hub
	for job in '"container": {"image": "alpine:3", "options": "--cpus 1"}|the job'"'"'s container' \
		'"services": {"db": {"image": "postgres"}}|a service container' \
		'"steps": [{"run": "true"}, {"uses": "docker://alpine:3", "if": "failure()"}]|a docker:// step'; do
		id=$(queue "{\"steps\": [{\"run\": \"true\"}], ${job%|*}}")
		fails "$id" "cofferdam: job refused: ${job#*|} requires Docker, and this runner gives jobs no Docker: profile key docker"
		ran_no_step "$id"
	done
}

@test "an image by expression that comes to none is no container" {
	hub
	id=$(queue '{"container": "${{ matrix.container }}", "context": {"matrix": {"container": ""}}, "steps": [{"run": "true"}]}')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 90
}

NO_DOCKER="cofferdam: a container requires Docker, and this runner gives jobs no Docker: profile key docker"

@test "an image by expression that comes to one: the Worker's step says why there is none" {
	hub
	fails "$(queue '{"container": "${{ matrix.container }}", "context": {"matrix": {"container": "alpine:3"}}, "steps": [{"run": "true"}]}')" \
		"$NO_DOCKER"
}

@test "an action that is built from a Dockerfile: its step says why it does not run" {
	hub
	fails "$(queue '{"steps": [{"run": "mkdir boxed; echo FROM alpine:3 >boxed/Dockerfile; echo \"$ACTION\" >boxed/action.yml",
		"env": {"ACTION": "{name: boxed, runs: {using: docker, image: Dockerfile}}"}}, {"uses": "./boxed"}]}')" "$NO_DOCKER"
}

@test "the disk limit" {
	hub
	profile '"disk": "64M"'
	fails "$(script 'for i in $(seq 40); do head -c 4M /dev/zero >"f$i"; done; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: disk limit 64.0M reached (used "
}

@test "the time limit, and the Worker does not end in time" {
	hub
	profile '"time": "10s", "grace": "1s"'
	fails "$(script 'trap : INT TERM; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: time limit 10s reached"
}

@test "a Worker that is killed" {
	hub
	fails "$(script 'kill -KILL $PPID; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: Runner.Worker was killed by signal 9"
}

@test "what the job was denied before is named when its Worker crashes" {
	hub
	fails "$(script 'unshare --net true || :; kill -KILL $PPID; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: Runner.Worker was killed by signal 9; denied before: unshare by unshare (EPERM)"
}

@test "a job that goes on after a denial: its annotation says so, before a hook of the administrator's; another has no annotation" {
	hub
	mkdir admin
	echo 'echo "hook is $0, variable is $ACTIONS_RUNNER_HOOK_JOB_COMPLETED"; exit 3' >admin/end.sh
	for hook in '' ACTIONS_RUNNER_HOOK_JOB_COMPLETED="$W/admin/end.sh"; do
		id=$(script 'unshare --net true || echo "refused, and goes on"')
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_JOB_NOTES=true ${hook:+"$hook"}
		job "$id" >ended.json
		cat ended.json
		jq -e --arg is "${hook:+failure}" '.conclusion == (if $is == "" then "success" else $is end) and .completed_by == "job" and
			([.. | .message? // empty] | any(. == "cofferdam: denied system calls: unshare by unshare (EPERM)"))' ended.json
		log_has "$id" "refused, and goes on"
		[ -z "$hook" ] || log_has "$id" "hook is $W/admin/end.sh, variable is $W/admin/end.sh"
		ended 90
	done
	id=$(script true)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_JOB_NOTES=true
	job "$id" | jq -e '.conclusion == "success" and ([.. | .message? // empty] | any(contains("cofferdam")) | not)'
	ended 90
}

@test "a sandbox that cannot be made any more" {
	hub
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_NAME=unlucky
	wait_runner idle unlucky
	echo '{"extends": "job", "nonsense": 1}' >job.json
	id=$(script true)
	job "$id" >ended.json
	cat ended.json
	jq -e '[.annotations[].message] | any(contains("job.json:1:") and contains("cofferdam: job refused: its sandbox could not be set up"))' ended.json
	ended 90
}
