#!/usr/bin/env bats
# Leaving: by signals, by a cancel at GitHub, by limits.

load runner_helpers

# A job that says "ready" and goes on until the file named by WAIT_FOR exists at the hub; its second step always runs.
# The log shows a step's text, too: what it writes must not be what it says.
patient() {
	queue "$(jq -cn --arg url "$URL" '{steps: [
		{run: ("echo ready; until curl -sf " + $url + "/files/go >/dev/null; do read -rt 0.1 <> <(:) || :; done; echo went\" \"on")},
		{run: "echo the last step", if: "always()"}]}')"
}

# One that says "ready" and does not end, whoever asks.
stubborn() {
	queue "$(jq -cn '{steps: [{run: "echo ready; trap : INT TERM; while :; do read -rt 0.1 <> <(:) || :; done"}]}')"
}

go_on() {
	curl -sf -T - "$URL/_hub/files/go" <<<go
}

@test "SIGTERM without a job: leaves at once, deregistered" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=idle
	wait_runner idle idle
	stops 20
	not said "configure the runner again"
	grep -qE '^[0-9]{4}(-[0-9]{2}){2} ([0-9]{2}:){2}[0-9]{2}Z: cofferdam-runner: stopping$' "$W/err"
}

@test "SIGTERM while the sandboxes are tried: leaves at once, without a word of failure" {
	rm "$W/job.json"
	mkfifo "$W/job.json"
	exec 7<>"$W/job.json" # held, and not written: whoever reads the profile waits
	start ACCESS_TOKEN=$PAT
	until_true 20 pid_of "--profile $W/job.json"
	stops 20
	exec 7>&-
	not said "Interrupted system call"
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
}

@test "SIGTERM without a job, by registration token: deregistered, and config.sh is not asked again" {
	start TOKEN=$TOKEN RUNNER_NAME=idle
	wait_runner idle idle
	stops 20 INT
	cat "$W/err"
	said "runner idle: deregistered"
	not said "Runner removal"
	not said "Does not exist. Skipping"
	not said "configure the runner again"
	nothing_left
}

@test "SIGHUP stops, unless it was ignored at the start (nohup)" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=hangs-up
	wait_runner idle hangs-up
	stops 20 HUP
	: >"$W/err"
	trap '' HUP
	start ACCESS_TOKEN=$PAT RUNNER_NAME=nohup
	trap - HUP
	wait_runner idle nohup
	kill -HUP "$RUNNER_PID"
	kill -HUP "$(children "$RUNNER_PID" | tr -d ' ')"
	# A step hangs up as ever: bit 0 is SIGHUP.
	id=$(script "grep '^SigIgn:.*[02468ace]$' /proc/self/status")
	[ "$(conclusion "$id")" = success ]
	not said stopping
	stops 20
}

# drained SECONDS: the job $id was finished, and $next not taken
drained() {
	[ "$(conclusion "$id")" = success ]
	ended "$1"
	[ "$status" = 0 ]
	nothing_left
	curl -sf "$URL/_hub/jobs/$next" | jq -e '.status == "queued"'
}

# drains VARIABLE=VALUE…
drains() {
	local id next

	id=$(patient)
	start "$@" RUNNER_NAME=drains
	wait_log "$id" ready
	next=$(script true)
	kill -TERM "$RUNNER_PID"
	until_true 10 said "stopping after job"
	go_on
	drained 30
	log_has "$id" "went on"
}

@test "SIGTERM during a job: the job is finished first, the next one is not taken" {
	drains ACCESS_TOKEN=$PAT
}

@test "SIGTERM during a job, by registration token: the same" {
	drains TOKEN=$TOKEN
}

# outpaced VARIABLE=VALUE…: a Listener that hears of its job's end asks for the next one long before GitHub answers.
outpaced() {
	local id next

	id=$(patient)
	start "$@" RUNNER_NAME=outpaced
	wait_log "$id" ready
	next=$(script true)
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/", "method": "DELETE", "delay_ms": 3000}' >/dev/null
	kill -TERM "$RUNNER_PID"
	until_true 10 said "stopping after job"
	go_on
	drained 30
}

@test "SIGTERM during a job: the runner is deregistered before its Listener knows that the job has ended" {
	outpaced ACCESS_TOKEN=$PAT
}

@test "SIGTERM during a job, by registration token: likewise" {
	outpaced TOKEN=$TOKEN
}

@test "a second SIGTERM: the job is cancelled, its always() steps run" {
	id=$(patient)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	wait_log "$id" ready
	kill -TERM "$RUNNER_PID"
	until_true 10 said "stopping after job"
	kill -TERM "$RUNNER_PID"
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "the last step"
	not log_has "$id" "went on"
	ended 30
	[ "$status" = 0 ]
	said "canceled in"
	nothing_left
}

@test "signals reach the slots although no signal can be queued" {
	id=$(patient)
	ulimit -i 0
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	wait_log "$id" ready
	kill -TERM "$RUNNER_PID"
	until_true 10 said "stopping after job"
	kill -TERM "$RUNNER_PID"
	[ "$(conclusion "$id")" = cancelled ]
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

@test "COFFERDAM_DRAIN is over: the job is cancelled" {
	id=$(patient)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_DRAIN=500ms
	wait_log "$id" ready
	kill -TERM "$RUNNER_PID"
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "the last step"
	ended 30
	[ "$status" = 0 ]
	said "COFFERDAM_DRAIN"
	nothing_left
}

@test "a third SIGTERM: killed now, with the reason in the job's annotation" {
	id=$(stubborn)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	wait_log "$id" ready
	for step in "stopping after job" "canceling; its" "stopping at once"; do
		kill -TERM "$RUNNER_PID"
		until_true 10 said "$step"
	done
	ended 40
	[ "$status" = 0 ]
	[ "$(job "$id" | jq -r .conclusion)" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("told to stop at once")'
	nothing_left
}

# fault MEMBER,…: as tests/hub/README.md says
fault() {
	curl -sf "$URL/_hub/faults" -d "{$1}" >/dev/null
}

fault_seen() {
	curl -sf "$URL/_hub/faults" | jq -e '[.faults[].seen] | max >= 1' >/dev/null
}

# on_its_way CREDENTIAL VARIABLE=VALUE…: a runner that GitHub has given a job (in $id), which its Listener has not handed over yet
on_its_way() {
	fault '"path": "/run/acquirejob", "delay_ms": 3000'
	start RUNNER_NAME=given "$@"
	wait_runner idle given
	id=$(patient)
	until_true 10 fault_seen
}

# steps WORD…: a signal for each, one after the other has been heard
steps() {
	local step

	for step; do
		kill -TERM "$RUNNER_PID"
		until_true 10 said "$step"
	done
}

# drains_on_its_way VARIABLE=VALUE…
drains_on_its_way() {
	on_its_way "$@"
	steps stopping
	until_true 20 said "stopping after job"
	next=$(script true)
	go_on
	drained 40
}

@test "SIGTERM while a job is on its way: it is finished first, the next one is not taken" {
	drains_on_its_way ACCESS_TOKEN=$PAT
}

@test "SIGTERM while a job is on its way, by registration token: the same" {
	drains_on_its_way TOKEN=$TOKEN
}

@test "COFFERDAM_DRAIN holds for a job that was on its way, and is over when it begins" {
	on_its_way ACCESS_TOKEN=$PAT COFFERDAM_DRAIN=500ms
	steps stopping
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "the last step"
	ended 40
	[ "$status" = 0 ]
	nothing_left
}

@test "a second SIGTERM after the job that was on its way has begun" {
	on_its_way ACCESS_TOKEN=$PAT
	steps stopping
	until_true 20 said "stopping after job"
	steps "canceling; its"
	[ "$(conclusion "$id")" = cancelled ]
	ended 40
	[ "$status" = 0 ]
	nothing_left
}

@test "two SIGTERMs while a job is on its way: it is canceled" {
	on_its_way ACCESS_TOKEN=$PAT
	steps stopping "no longer waiting"
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "the last step"
	ended 40
	[ "$status" = 0 ]
	nothing_left
}

# busy_for_ever VARIABLE=VALUE…: a runner of which GitHub says that it is busy, whatever it does
busy_for_ever() {
	fault "\"path\": \"/repos/octo/demo/actions/runners/\", \"method\": \"DELETE\", \"times\": 0, \"status\": 422,
		\"body\": {\"message\": \"Runner is busy\"}"
	start ACCESS_TOKEN=$PAT RUNNER_NAME=busy "$@"
	wait_runner idle busy
}

# gone: the Listener has ended although GitHub goes on; when that has changed its mind, nothing is left.
gone() {
	until_true 60 said "the Listener ended"
	curl -sf -X DELETE "$URL/_hub/faults"
	ended 60
	[ "$status" = 0 ]
	nothing_left
}

@test "GitHub calls an idle runner busy for ever: COFFERDAM_DRAIN holds" {
	busy_for_ever COFFERDAM_DRAIN=500ms
	steps stopping
	gone
	said COFFERDAM_DRAIN
}

@test "GitHub calls an idle runner busy for ever: a second SIGTERM ends it" {
	busy_for_ever
	steps stopping "no longer waiting"
	gone
}

@test "GitHub calls a runner busy for ever after its job was canceled" {
	busy_for_ever
	id=$(patient)
	wait_log "$id" ready
	steps "stopping after job" "canceling; its"
	[ "$(conclusion "$id")" = cancelled ]
	gone
}

@test "GitHub calls a runner busy for ever after its job was killed: it is left registered, and said so" {
	busy_for_ever
	id=$(stubborn)
	wait_log "$id" ready
	steps "stopping after job" "canceling; its" "stopping at once"
	ended 90
	[ "$status" = 1 ]
	said "still registered; the next start tries again"
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("told to stop at once")'
	[ "$(registered)" = busy ]
	[ -n "$(ls -A "$STATE/registrations")" ]
}

@test "a cancel at GitHub reaches the Worker: always() steps run, result canceled" {
	id=$(patient)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	wait_log "$id" ready
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "the last step"
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

@test "a cancelled job that does not end: the Listener kills the shim, and with it the sandbox goes" {
	echo STANDIN_KILL_FLOOR_SECONDS=1 >"$W/dist/.env"
	id=$(queue "$(jq -cn '{steps: [{run: "echo ready", name: "a"},
		{run: "echo stuck; trap : INT TERM; while :; do read -rt 0.1 <> <(:) || :; done", if: "always()"}]}')")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	wait_log "$id" stuck
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	until_true 30 said "the Listener abandoned it"
	curl -sf -X POST "$URL/_hub/jobs/$id/lose" || :
	ended 60
	nothing_left
}

short_time() {
	profile '"time": "2s", "grace": "1s"'
}

@test "the time limit, and the Worker does not end in time: named in the job's annotation" {
	short_time
	id=$(script "trap : INT TERM; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("cofferdam: job ended: time limit 2s reached")'
	ended 30
	nothing_left
	report | jq -e '.ended_by == "timeout" and .job.code == 1'
}

@test "the time limit, and the Worker ends the job itself: its result stands, the reason is in log and report" {
	short_time
	id=$(script "until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	[ "$(job "$id" | jq -r .completed_by)" = job ]
	ended 30
	said "time limit 2s reached"
	nothing_left
	report | jq -e '.ended_by == "timeout" and .job.code == 102 and .job.reason == "job ended: time limit 2s reached"'
}

@test "the disk limit on a job's work directory: named in the job's annotation" {
	profile '"disk": "32M"'
	id=$(script 'for i in $(seq 40); do head -c 4M /dev/zero >"f$i"; done; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("cofferdam: job ended: disk limit 32.0M reached (used ")'
	ended 30
	nothing_left
	report | jq -e '.ended_by == "disk" and .job.code == 1'
}

@test "the disk limit holds for all that a job may write on disk: its _diag too" {
	profile '"disk": "32M"'
	id=$(script "for i in \$(seq 40); do head -c 4M /dev/zero >'$W/dist/_diag/f'\$i; done; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	ended 30
	nothing_left
	report | jq -e '.ended_by == "disk" and .job.code == 1'
}

@test "a job that leaves more files than are removed in a moment: set aside, and the next job does not wait for it" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=aside
	id=$(script "python3 -c '
for i in range(600000):
    open(str(i), \"w\").close()'")
	curl -sf "$URL/_hub/jobs/$id/wait?seconds=120&status=completed" | jq -e '.conclusion == "success"'
	next=$(script true)
	[ "$(conclusion "$next")" = success ]
	said "being removed in the background: directory $STATE/trash/" || skip "600,000 files are removed in three seconds here"
	# What is said to be removed is, and what is not is in the report.
	jq -s -e 'map(select(.removing != [])) | length == 1 and .[0].residue == []' "$STATE"/reports/*.json
	stops 130
	said "set aside: removed in"
	[ -z "$(ls -A "$STATE/trash")" ]
}

# The process that removes them is held: as long as it takes, and longer.
@test "a stop is heard while a job's files are still being removed; the next start goes on with them" {
	local old=$STATE/trash/1-abcdefgh remover=
	mkdir -p "$old/work"
	(cd "$old/work" && seq 60000 | xargs touch)
	start ACCESS_TOKEN=$PAT RUNNER_NAME=huge
	for _ in {1..2000}; do
		remover=$(ps -o pid=,ni= --ppid "$RUNNER_PID" | awk '$2 == 10 {print $1; exit}')
		[ -z "$remover" ] || break
		[ -e "$old" ] || skip "60,000 files are removed before it is seen here"
	done
	[ -n "$remover" ]
	kill -STOP "$remover" || [ ! -e "$old" ]
	[ -e "$old" ] || skip "60,000 files are removed before it is seen here"
	wait_runner idle huge
	kill -TERM "$RUNNER_PID"
	wait_runner absent huge
	kill -0 "$RUNNER_PID"
	[ -e "$old" ]
	# Two that come at once are one.
	told_again() {
		! kill -TERM "$RUNNER_PID" 2>/dev/null || not_running "$RUNNER_PID"
	}
	until_true 30 told_again
	ended 30
	said "job 1-abcdefgh: set aside: not removed yet, the next start continues"
	[ -e "$old" ]
	start ACCESS_TOKEN=$PAT RUNNER_NAME=huge
	wait_runner idle huge
	stops 130
	[ -z "$(ls -A "$STATE/trash")" ]
	nothing_left
}

@test "a Worker that crashes: its own words are the annotation" {
	echo "STANDIN_WORKER_CRASH=something broke" >"$W/dist/.env"
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("something broke")'
	ended 30
	nothing_left
}

@test "a launcher that cannot make the job's sandbox any more: its line is in the annotation" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=unlucky
	wait_runner idle unlucky
	echo '{"extends": "job", "nonsense": 1}' >"$W/job.json"
	id=$(script true)
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("job.json:1:") and contains("could not be set up")'
	ended 30
	nothing_left
}
