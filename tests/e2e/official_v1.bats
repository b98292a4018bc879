#!/usr/bin/env bats
# The official runner in the v1 flow, which it speaks where its settings have no UseV2Flow, as at older servers: sessions with encrypted
# messages, timelines, logs in pieces. Jobs as in the v2 flow, and why one failed, where its author looks: the job's own record. (In the v2
# flow there are no such records: the Listener completes the job with its annotations, official_verdict.bats.)

# shellcheck disable=SC2016 # for the steps
load official_helpers

two_steps() {
	script 'echo "the first in $PWD"' 'echo "the second of $GITHUB_REPOSITORY"; echo "said=so" >>"$GITHUB_OUTPUT"; echo "## done" >>"$GITHUB_STEP_SUMMARY"'
}

# ran JOB: it succeeded, and its log is what GitHub would have; nothing of the v2 flow was asked for.
ran() {
	[ "$(conclusion "$1")" = success ]
	job "$1" | jq -e '.completed_by == "job" and .acknowledged and .renewals > 0'
	job_log_matches "$1" '^the first in /'
	job_log_matches "$1" '^the second of octo/demo$'
	curl -sf "$URL/_hub/jobs/$1/steps" >steps.json
	jq -e '[.steps[] | select(.status == "completed" and .conclusion == "success").name]
		| index("Set up job") != null and index("Complete job") != null and length == 4' steps.json
	jq -e '[.steps[] | select(.log != null and (.log | contains("the second of octo/demo")) and (.log | contains("the first in") | not))]
		| length == 1' steps.json
	jq -e '[.steps[].summary | select(. != null)] | length == 1 and (.[0] | contains("## done"))' steps.json
	curl -sf "$URL/_hub/requests" | jq -e '[.requests[].path | select(startswith("/broker/") or startswith("/run/") or startswith("/results/"))] == []'
}

@test "alone, by JIT configuration" {
	hub --flow v1
	id=$(two_steps)
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit alone)"
	ran "$id"
	ended 120
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
}

@test "in Cofferdam, by JIT configuration" {
	hub --flow v1
	id=$(two_steps)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	ran "$id"
	ended 120
	[ "$status" = 0 ]
	said "residue: none"
	nothing_left
}

@test "in Cofferdam, by config.sh, and the registration is removed" {
	namespace
	hub --flow v1
	id=$(two_steps)
	start TOKEN="$TOKEN" EPHEMERAL=false RUNNER_NAME=older
	ran "$id"
	wait_runner idle older
	stops 120
	[ -z "$(registered)" ]
	nothing_left
}

@test "a job that is canceled runs its always() steps" {
	hub --flow v1
	id=$(queue '{"steps": [{"run": "echo begun; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done"}, {"run": "echo cleaned", "if": "always()"}]}')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	until_true 300 log_has "$id" 'begun'
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	[ "$(conclusion "$id")" = cancelled ]
	job_log_matches "$id" '^cleaned$'
	ended 120
}

@test "an action is downloaded; one that is not there fails the job, and GitHub's reason is said" {
	hub --flow v1
	mkdir -p actions/octo-greet-0
	printf '%s\n' 'name: greet' 'runs:' '  using: composite' '  steps: [{shell: bash, run: echo greeted}]' >actions/octo-greet-0/action.yml
	tar -C actions -cz octo-greet-0 | curl -sf -X PUT "$URL/_hub/actions/octo/greet/v1" --data-binary @-
	id=$(queue '{"steps": [{"uses": "octo/greet@v1"}]}')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	job_log_matches "$id" '^greeted$'
	ended 90
	fails "$(queue '{"steps": [{"uses": "octo/none@v9"}]}')" 'nable to find version `v9`'
}

@test "a job whose container requires Docker is refused before it begins" {
	hub --flow v1
	id=$(queue '{"steps": [{"run": "true"}], "container": {"image": "alpine:3"}}')
	fails "$id" "cofferdam: job refused: the job's container requires Docker, and this runner gives jobs no Docker: profile key docker"
	job "$id" | jq -e '.completed_by == "runner"'
	curl -sf "$URL/_hub/jobs/$id/steps" | jq -e '.steps == []'
}

@test "the disk limit" {
	hub --flow v1
	profile '"disk": "64M"'
	fails "$(script 'for i in $(seq 40); do head -c 4M /dev/zero >"f$i"; done; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: disk limit 64.0M reached (used "
}

@test "the time limit, and the Worker does not end in time" {
	hub --flow v1
	profile '"time": "10s", "grace": "1s"'
	fails "$(script 'trap : INT TERM; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: time limit 10s reached"
}

# Servers that are not GitHub's have no record of a job before its Worker makes one, and end a job by its event alone: the Listener finds no
# place for what it has to say, and sends the event only for what it takes for a full disk.

ended_by_event() {
	[ "$(curl -sf "$URL/_hub/requests?method=POST&path=/tenant/_apis/distributedtask/plans/" | jq '[.requests[] | select(.path | endswith("/events"))] | length')" = 1 ]
}

@test "without a record of the job: the official runner alone leaves the job of a Worker that fails at once open" {
	hub --flow v1 --job-record worker
	printf '%s\n' '#!/bin/bash' 'cat <&"$2" >/dev/null 2>&1 &' 'echo "no Worker" >&2' 'exit 1' >dist/bin/Runner.Worker
	id=$(script true)
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit alone)"
	until_true 120 said 'completed with result: Failed'
	ended 120
	job "$id" in_progress | jq -e '.status == "in_progress"'
	not ended_by_event
}

@test "without a record of the job: a job that is refused ends, and the runner's log says why" {
	hub --flow v1 --job-record worker
	id=$(queue '{"steps": [{"run": "true"}], "container": {"image": "alpine:3"}}')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	ended 90
	job "$id" | jq -e '.annotations == []'
	ended_by_event
	said "job refused: the job's container requires Docker"
}

@test "without a record of the job: one whose Worker is killed ends, and the Worker's own record says why" {
	hub --flow v1 --job-record worker
	fails "$(script 'kill -KILL $PPID; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: Runner.Worker was killed by signal 9"
	ended_by_event
}

@test "a Worker that is killed, and what its job was denied before" {
	hub --flow v1
	fails "$(script 'unshare --net true || :; kill -KILL $PPID; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')" \
		"cofferdam: job ended: Runner.Worker was killed by signal 9; denied before: unshare by unshare (EPERM)"
}
