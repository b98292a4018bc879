#!/usr/bin/env bats
# hold_failed: the sandbox of a job that has failed is kept, looked at from a terminal, and released.

load runner_helpers
load terminal_helpers

# hold: a pool that holds failed jobs for ten minutes, and its supervisor.
hold() {
	jq -n '{pools: [{name: "a", profile: "job.json", hold_failed: "10m"}]}' >"$W/pools.json"
	start ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json"
	up
}

# up: its runner waits for jobs.
up() {
	until_true 30 is_up
}

is_up() {
	[[ $(curl -sf "$URL/_hub/runners" | jq -r '.runners[].status') == online ]]
}

control() {
	timeout 60 env -i "PATH=$PATH" "HOME=$HOME" TERM=xterm "COFFERDAM_STATE_DIR=$STATE" "$BUILD/cofferdam-runner" "$@"
}

# attach STEP… [-- ARGUMENT…]: at a terminal.
attach() {
	at_terminal "$@" -- env -i "PATH=$PATH" "HOME=$HOME" TERM=xterm "COFFERDAM_STATE_DIR=$STATE" "$BUILD/cofferdam-runner" attach
}

held() {
	control status --json | jq -r '.held[].id'
}

is_held() {
	[[ -n $(held) ]]
}

nothing_held() {
	[[ -z $(held) ]]
}

# Of a job: what stays of it when it is released.
job_gone() {
	[[ ! -e $STATE/jobs/$1 ]] && [[ $(ours) != *"$1"* ]]
}

attached() {
	[ "$(grep -c ": attached" "$W/err")" = "$1" ]
}

gone() {
	[[ -z $(registered) ]]
}

@test "a failed job is held, looked at under its own filter, and released, as by the next job; a good one and a fork's are not" {
	hold
	run control release
	[ "$status" = 4 ]
	[[ $output == *"no job is held"* ]]
	id=$(queue '{"context": {"github": {"event_name": "pull_request", "event": {"pull_request": {"head": {"repo": {"full_name": "else/demo"}}}}}}, "steps": [{"run": "exit 1"}]}')
	[ "$(conclusion "$id")" = failure ]
	until_true 20 said "failed, and is not held: it is a fork's"
	nothing_held
	# What the job leaves: a file, a process with a secret in its environment, and a script that compares what somebody
	# sees there with what the job saw.
	cat >look.sh <<-'EOF'
		look() { grep -E '^(Seccomp|NoNewPrivs|Cap|Uid|Gid|Groups)' /proc/self/status; readlink /proc/self/ns/*; cat /proc/self/cgroup; ulimit -a; }
		if [ "$1" = now ]; then look >/tmp/saw; echo $PWD >>/tmp/saw; exit; fi
		echo
		{ look; echo $PWD; } | diff /tmp/saw - && echo "the same"
		cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -c s3cret-canary
		grep -rls s3cret-canary /etc /tmp /var/tmp /run /dev/shm ~ "$2" --exclude=look.sh || echo "no file has it"
		pgrep sleep || echo "nothing sleeps"
		curl -s -o /dev/null -w 'answer %{http_code}\n' "$1/_hub/jobs"
		! touch /usr/x 2>/dev/null && tty && stty size && echo "looked"
	EOF
	id=$(jq -cn --rawfile look look.sh '{mask: ["s3cret-canary"], steps: [{run: "cat >/tmp/look.sh <<\"END\"\n\($look)END"}, {run: "env -u RUNNER_TRACKING_ID setsid sleep 1000 </dev/null >/dev/null 2>&1 & disown", env: {A: "s3cret-canary"}}, {run: "bash /tmp/look.sh now; exit 1"}]}' | queue "$(cat)")
	[ "$(conclusion "$id")" = failure ]
	until_true 20 is_held
	job=$(held)
	# The runner has left, and the hub has heard the end.
	until_true 20 gone
	run control status
	[[ $output == *held*"$job, "*" left: "* ]]
	# No terminal, a wrong name.
	run control attach </dev/null
	[ "$status" = 2 ]
	[[ $output == *"must be a terminal"* ]]
	run control release 7
	[ "$status" = 4 ]
	[[ $output == *"7: no such job is held (held: $job)"* ]]
	run control release x/y
	[ "$status" = 2 ]
	control jobs >jobs.txt
	grep " held " jobs.txt
	attach expect:'$' type:"bash /tmp/look.sh $URL $W/dist^M" expect:looked type:'exit 3^M'
	[[ $end == "exit 3, settings restored, 0 typed" ]]
	for line in "the same" 0 "no file has it" "nothing sleeps" "answer 200" "30 90"; do
		grep -xF "$line" <<<"$output"
	done
	grep -x "/dev/pts/[0-9]*" <<<"$output"
	[ "$(held)" = "$job" ]
	# Two at once, until one is released under them.
	(attach expect:'$' type:'echo second""!^M' expect:second! expect:'not held any more') >second.txt 2>&1 &
	second=$!
	until_true 20 attached 2
	attach expect:'$' type:'echo third""!^M' expect:third! type:'exit^M'
	[[ $end == "exit 0, settings restored, 0 typed" ]]
	run control release "$job"
	[ "$status" = 0 ]
	[ "$output" = "job $job: released" ]
	job_gone "$job"
	wait "$second"
	grep -x "exit 1, settings restored, 0 typed" second.txt
	nothing_held
	report | jq -e '.job.held.released_by == "command" and .job.result == "failed" and .job.code == 102 and .residue == []'
	control jobs --json | jq -e '.[0] | .result == "failed" and .held != null and .held == .ended and .held_until > .held'
	# Its slot takes jobs again. GitHub does not let the runner of the next one go, and gives it a job.
	up
	curl -sf "$URL/_hub/faults" -d '{"path": "/api/v3/repos/octo/demo/actions/runners/", "method": "DELETE", "times": 0, "status": 422}'
	[ "$(conclusion "$(script 'exit 1')")" = failure ]
	until_true 20 is_held
	[ "$(conclusion "$(script true)")" = success ]
	said "no longer held: the next job"
	curl -sf -X DELETE "$URL/_hub/faults"
	until_true 30 nothing_held
	stops 30
}

# fails LABEL: a job of these runners that fails.
fails() {
	[ "$(conclusion "$(queue "$(jq -cn --arg to "$1" '{labels: [$to], steps: [{run: "exit 1"}]}')")")" = failure ]
}

over_in_time() {
	report | jq -e '.job.held | .released_by == "its time" and .duration_ms >= 1000'
}

n_held() {
	[ "$(held | wc -l)" = "$1" ]
}

@test "a held job is released by its time and by a drain; its pool grows as if it ran; nothing is left after a kill -9" {
	jq -n '{pools: [{name: "short", labels: ["short"], profile: "job.json", hold_failed: "1s", ephemeral: true, prepared: false},
		{name: "a", labels: ["a"], profile: "job.json", hold_failed: "10m", max: 3, prepared: false}]}' >"$W/pools.json"
	start ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json"
	fails short
	until_true 20 over_in_time
	fails a
	until_true 20 n_held 1
	one=$(held)
	until_true 30 said "pool a: 1 with a job: 1 more, 2 in all (at most 3)"
	fails a
	until_true 20 n_held 2
	until_true 30 said "pool a: 2 with a job: 1 more, 3 in all (at most 3)"
	run -0 control drain "${one%%-*}"
	[[ $output == *"slot ${one%%-*}: drains: the failed job that it holds is released"* ]]
	said "no longer held: stop"
	job_gone "$one"
	n_held 1
	two=$(held)
	kill -KILL "$RUNNER_PID"
	ended 10
	until_true 10 no_process_left
	[ -e "$STATE/jobs/$two/held" ]
	run control attach "$two"
	[ "$status" = 2 ]
	run control release "$two"
	[ "$status" = 4 ]
	runner ACCESS_TOKEN=$PAT sweep
	nothing_left
	control jobs --json | jq -e --arg job "$two" '.[0] | .id == $job and .result == "failed" and .ended_by == "exit" and .ended == .held'
}
