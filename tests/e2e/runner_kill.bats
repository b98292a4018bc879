#!/usr/bin/env bats
# kill -9 of each role in turn, during a job: nothing stays.

load runner_helpers

# busy VARIABLE=VALUE…: a supervisor whose job runs; $id is the job.
busy() {
	id=$(script "echo ready; (setsid sleep 1000 &); until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start "$@"
	wait_log "$id" ready
	[ -n "$(pid_of 'Runner.Worker spawnclient 3 4')" ]
}

annotation_has() {
	job "$id" | jq -e --arg text "$1" '[.annotations[] | tostring] | join(" ") | contains($text)'
}

# GitHub notices the loss of a runner when the job's lock runs out; here at once. The Listener may have had the time to
# report that its Worker is gone: then there is nothing to lose.
lose() {
	curl -s -X POST "$URL/_hub/jobs/$id/lose" >/dev/null
	[ "$(conclusion "$id")" = failure ]
}

no_job_process() {
	local all

	# In two steps: a grep with such a pattern in its arguments would be one of ours.
	all=$(ours)
	[[ $all != *"$STATE/jobs"* && $all != *"Runner.Worker spawnclient 3 4"* ]]
}

# PID 1 of the sandbox of the launcher with that command line: its child, beside the keeper of its network helper
init_of() {
	local pid

	for pid in $(children "$(pid_of "$1")"); do
		! grep -qs '^Name:[[:space:]]*cofferdam-init$' "/proc/$pid/status" || echo "$pid"
	done
}

@test "kill -9 of the shim: the sandbox goes, the job fails, the runner leaves" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(ours | grep 'Runner.Worker spawnclient' | grep -v 'spawnclient 3 4' | sed 's/ .*//')"
	until_true 10 no_job_process
	[ "$(conclusion "$id")" = failure ]
	ended 30
	nothing_left
	report | jq -e '.residue == [] and (.job.reason | contains("the Listener abandoned it"))'
}

@test "kill -9 of the Worker: the job fails and says so" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(ours | grep 'Runner.Worker spawnclient 3 4' | grep -v 'cofferdam run' | sed 's/ .*//')"
	[ "$(conclusion "$id")" = failure ]
	annotation_has "Runner.Worker was killed by signal 9"
	ended 30
	nothing_left
}

@test "kill -9 of the job's launcher: the sandbox goes, the job fails and says so" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(pid_of 'cofferdam run .*spawnclient')"
	[ "$(conclusion "$id")" = failure ]
	annotation_has "its launcher was killed by signal 9"
	ended 30
	nothing_left
}

@test "kill -9 of the job's launcher: what is left in its cgroup, or in that of its helpers, is killed, and both go" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	local launcher leaf
	launcher=$(pid_of 'cofferdam run .*spawnclient')
	leaf=$(tr '\0' '\n' <"/proc/$launcher/cmdline" | sed -n '/^--id$/ { n; p }')
	[ -n "$leaf" ]
	leaf=$(find "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)" -name "cofferdam-$leaf" 2>/dev/null)
	[ -n "$leaf" ] || skip "no cgroup v2 subtree is delegated to this user here"
	mkdir -p "$leaf+helpers"
	sleep 100 3>&- &
	echo $! >"$leaf+helpers/cgroup.procs"
	kill -KILL "$launcher"
	ended 30
	nothing_left
	[ ! -e "$leaf" ]
	[ ! -e "$leaf+helpers" ]
	report | jq -e '.residue == []'
}

@test "kill -9 of the first process of the job's sandbox: the job fails" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(init_of 'cofferdam run .*spawnclient')"
	[ "$(conclusion "$id")" = failure ]
	ended 30
	nothing_left
}

@test "kill -9 of the Listener: its job goes with it" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(ours | grep 'bin/Runner.Listener run' | grep -v 'cofferdam run' | sed 's/ .*//')"
	until_true 10 no_job_process
	lose
	ended 60
	[ "$status" = 1 ]
	said "the Listener is gone"
	nothing_left
}

@test "kill -9 of the Listener's launcher: its job goes with it" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(pid_of 'cofferdam run --profile listener')"
	until_true 10 no_job_process
	lose
	ended 60
	[ "$status" = 1 ]
	nothing_left
}

@test "kill -9 of a slot: cleaned up by the supervisor; ephemeral: the end" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$(children "$RUNNER_PID" | tr -d ' ')"
	until_true 10 no_job_process
	lose
	ended 60
	[ "$status" = 1 ]
	nothing_left
}

@test "kill -9 of a slot: persistent: a new one takes the next job" {
	busy ACCESS_TOKEN=$PAT RUNNER_NAME=stays
	kill -KILL "$(children "$RUNNER_PID" | tr -d ' ')"
	until_true 10 no_job_process
	lose
	next=$(script 'echo again')
	[ "$(conclusion "$next")" = success ]
	stops 30
}

said_before() {
	[ "$(grep -nF -- "$1" "$W/err" | sed 's/:.*//;q')" -lt "$(grep -nF -- "$2" "$W/err" | sed 's/:.*//;q')" ]
}

@test "a stop reaches the other slots while one that was killed is cleaned up after" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=pair COFFERDAM_SLOTS=2
	until_true 30 said "slot 2: registered"
	until_true 30 said "slot 1: registered"
	wait_runner idle "$(jq -r .name "$STATE"/registrations/1-*.json)"
	wait_runner idle "$(jq -r .name "$STATE"/registrations/2-*.json)"
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"times\": 0, \"delay_ms\": 3000,
		\"path\": \"/repos/octo/demo/actions/runners/$(jq .id "$STATE"/registrations/1-*.json)\"}" >/dev/null
	kill -KILL "$(children "$RUNNER_PID" | cut -d' ' -f1)"
	until_true 10 said "slot 1: killed by signal 9"
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 1 ]
	said_before "slot 2: stopping" "sweep: runner pair"
	nothing_left
}

@test "what cleans up after a slot holds the credential locked, and does not outlast a third SIGTERM" {
	local sweeper step

	start ACCESS_TOKEN=$PAT RUNNER_NAME=swept
	until_true 30 said "registered"
	wait_runner idle "$(jq -r .name "$STATE"/registrations/1-*.json)"
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"times\": 0, \"delay_ms\": 10000,
		\"path\": \"/repos/octo/demo/actions/runners/$(jq .id "$STATE"/registrations/1-*.json)\"}" >/dev/null
	kill -KILL "$(children "$RUNNER_PID" | tr -d ' ')"
	until_true 10 said "slot 1: killed by signal 9"
	until_true 10 eval '[ -n "$(children "$RUNNER_PID")" ]'
	sweeper=$(children "$RUNNER_PID" | tr -d ' ')
	until_true 10 grep -q '^VmLck:.* [1-9]' "/proc/$sweeper/status"
	kill -STOP "$sweeper" # in the place of a file system that does not answer
	for step in drain cancel kill; do
		kill -TERM "$RUNNER_PID"
		until_true 10 grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$RUNNER_PID/status"
	done
	ended 30
	[ "$status" = 1 ]
	said "slot 1: clean-up ended by signal 9: the next start continues it"
	run runner ACCESS_TOKEN=$PAT sweep
	nothing_left
}

@test "kill -9 of the supervisor: all its processes go at once; the next start removes the rest" {
	busy ACCESS_TOKEN=$PAT EPHEMERAL=true
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	until_true 10 no_process_left
	[ -n "$(ls -A "$STATE/jobs")" ]
	lose
	run runner sweep
	[ "$status" = 1 ]
	[[ $output == *"removed, residue: none"* ]]
	[[ $output == *"still registered: deregistration requires ACCESS_TOKEN"* ]]
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	[[ $output == *deregistered* ]]
	nothing_left
}

# The start time of a process: field 22 of its stat.
start_of() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20
}

@test "a sweep that cannot end a launcher keeps what tells of it, and says so" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=left
	wait_runner idle left
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	until_true 10 no_process_left
	rm -rf "$STATE/jobs/"*
	mkdir "$STATE/jobs/1-stubborn" "$STATE/jobs/1-scrawled" "$STATE/jobs/1-withheld" "$STATE/jobs/1-bare0000"
	# process 1 is not ours to kill
	echo "{\"launcher\": 1, \"start\": $(start_of 1)}" >"$STATE/jobs/1-stubborn/job.json"
	echo '{"launcher": ' >"$STATE/jobs/1-scrawled/job.json"
	install -m 0 /dev/null "$STATE/jobs/1-withheld/job.json"
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 1 ]
	[[ $output == *"job 1-stubborn: its launcher, process 1, does not end"* ]]
	[[ $output == *"job 1-scrawled: jobs/1-scrawled/job.json:"* ]]
	[[ $output == *"job 1-withheld: "*"Permission denied"* ]]
	[[ $output == *"job 1-bare0000: removed, residue: none"* ]]
	[ "$(ls "$STATE/jobs")" = $'1-scrawled\n1-stubborn\n1-withheld' ]
	echo '{"launcher": 1, "start": 1}' >"$STATE/jobs/1-stubborn/job.json"
	rm -f "$STATE/jobs/1-scrawled/job.json" "$STATE/jobs/1-withheld/job.json"
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	nothing_left
}

@test "a sweep does not go under the feet of a slot that still runs" {
	id=$(script "echo ready; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT RUNNER_NAME=runs
	wait_log "$id" ready
	# as a process of the slot that has not ended yet would
	exec 8<>"$STATE/slots/2.lock"
	flock 8
	mkdir -p "$STATE/slots/2/root" "$STATE/jobs/2-abcdefgh"
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	lose
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 1 ]
	[[ $output == *"slot 2: its last process does not end"* ]]
	[ -d "$STATE/slots/2/root" ]
	[ -d "$STATE/jobs/2-abcdefgh" ]
	exec 8>&-
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	nothing_left
}

@test "kill -9 of the supervisor, by registration token: the next start removes files and ghost, and works" {
	busy TOKEN=$TOKEN RUNNER_NAME=ghost
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	lose
	id=$(script true)
	start TOKEN=$TOKEN RUNNER_NAME=ghost EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

@test "kill -9 of the supervisor while it registers: no ghost after the next start" {
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/generate-jitconfig", "drop": "after", "times": 0}'
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	until_true 20 registered_any
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	curl -sf -X DELETE "$URL/_hub/faults"
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	nothing_left
}

registered_any() {
	[ -n "$(registered)" ]
}

@test "whatever a Listener starts as its Worker is our shim" {
	# A distribution whose Listener tries to put something else in its place.
	mv "$W/dist/bin/Runner.Listener" "$W/dist/bin/real"
	cat >"$W/dist/bin/Runner.Listener" <<'SH'
#!/bin/bash
[ "$1" = run ] || exec "${0%/*}/real" "$@"
cd "${0%/*}" || exit
tried() {
	"$@" 2>/dev/null && echo "changed by: $*"
}
tried cp /bin/true Runner.Worker
tried cp /bin/true Runner.Worker.new && tried mv Runner.Worker.new Runner.Worker
tried rm -f Runner.Worker
tried mv ../bin ../bin.old
tried ln -sfn /tmp ../bin
tried unshare -rm mount --bind /bin/true Runner.Worker
tried umount Runner.Worker
tried chmod 0 Runner.Worker
echo "the Worker is $(sha256sum <Runner.Worker)"
while :; do read -rt 1 <> <(:) || :; done
SH
	chmod 755 "$W/dist/bin/Runner.Listener"
	start ACCESS_TOKEN=$PAT
	until_true 60 said "the Worker is $(sha256sum <"$BUILD/cofferdam-worker")"
	run ! said "changed by"
	stops 30
}

# install_own: an installation of this test's own.
install_own() {
	mkdir "$W/install"
	cp "$BUILD/cofferdam" "$BUILD/cofferdam-runner" "$BUILD/cofferdam-worker" "$W/install"
}

@test "no Listener starts whose bin/Runner.Worker is another program than our shim" {
	local refused="the Listener was not started: bin/Runner.Worker in its sandbox is another program (install the cofferdam-worker that belongs to this cofferdam-runner)"

	install_own
	# With the shim it does.
	BUILD=$W/install start ACCESS_TOKEN=$PAT RUNNER_NAME=own
	wait_runner idle own
	# The real Worker would run the next job in the Listener's sandbox, beside its keys.
	cp "$W/dist/bin/Runner.Worker" "$W/install/new"
	mv "$W/install/new" "$W/install/cofferdam-worker"
	kill -KILL "$(ours | grep 'bin/Runner.Listener run' | grep -v 'cofferdam run' | sed 's/ .*//')"
	ended 60
	[ "$status" = 1 ]
	said "$refused"
	nothing_left
	# At a start nothing is registered.
	for other in "$W/dist/bin/Runner.Worker" /bin/true /bin/false; do
		cp "$other" "$W/install/cofferdam-worker"
		BUILD=$W/install run runner ACCESS_TOKEN=$PAT start
		[ "$status" = 2 ]
		[[ $output == *"$refused"* && $output != *"registered as"* ]]
	done
	nothing_left
}

@test "what a job's name holds is one line of its own, and nobody else's" {
	local forged name long
	forged="cofferdam-runner: slot 1: job 1-feed: succeeded in 1 s, residue: none"
	long=$(printf '%8200s' '' | tr ' ' x)
	# \u escapes: the JSON's
	name="x\\n$forged\\r\\n2026-01-01 00:00:00Z: Running job: y\\u001b[2J\\u0085\\u2028$forged\\u202e\\u200b\\u007f"
	id=$(queue "{\"name\": \"$name\", \"steps\": [{\"run\": \"true\"}]}")
	start ACCESS_TOKEN=$PAT RUNNER_NAME=stays
	[ "$(conclusion "$id")" = success ]
	id=$(queue "{\"name\": \"$long$forged\", \"steps\": [{\"run\": \"true\"}]}")
	[ "$(conclusion "$id")" = success ]
	# Our own line has the name in it, after the job that it is about, in quotation marks.
	run ! grep -aE '^([0-9: -]*Z: )?cofferdam-runner: [^"]*1-feed' "$W/out" "$W/err"
	[ "$(grep -ac '1-feed' "$W/err")" = 1 ]
	grep -aqE 'started: "[^"]*1-feed[^"]*"$' "$W/err"
	grep -aqF "Listener: \\x0a$forged" "$W/out"
	# Said when it begins and when it has ended: the name's lines are not the Listener's, whatever they begin with.
	run ! grep -aE '^2026-01-01' "$W/out"
	[ "$(grep -acF 'Listener: \x0a2026-01-01 00:00:00Z: Running job: y' "$W/out")" = 2 ]
	grep -aqF '[2J\xc2\x85\xe2\x80\xa8cofferdam-runner: ' "$W/out"
	grep -aqF '\xe2\x80\xae\xe2\x80\x8b\x7f' "$W/out"
	run ! grep -aP '\x1b|\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae\x8b]' "$W/out" "$W/err"
	grep -aqE '^[0-9-]+ [0-9:]+Z: Running job: x{4000,}\\\.\.\.$' "$W/out"
	[ "$(awk '{ if (length > most) most = length } END { print most + 1 }' "$W/out")" -le 4096 ]
	stops 30
	[ "$(grep -acE '^[0-9-]+ [0-9:]+Z: Running job: x' "$W/out")" = 2 ]
	[ "$(grep -acE '^[0-9-]+ [0-9:]+Z: Job x' "$W/out")" = 2 ]
}

# soft_nproc LIMIT: how many processes the supervisor's user may have, for the supervisor.
soft_nproc() {
	prlimit --pid "$RUNNER_PID" --nproc="$1:"
}

registrations() {
	[ "$(grep -c "registered as" "$W/err")" = "$1" ]
}

@test "a slot is killed while no process can be started: it is cleaned up after, and started, when one can" {
	local limit

	start ACCESS_TOKEN=$PAT RUNNER_NAME=mine
	wait_runner idle mine
	limit=$(prlimit --pid "$RUNNER_PID" --nproc --output SOFT --noheadings)
	soft_nproc 1
	kill -KILL "$(pid_of_slot)"
	until_true 20 said "slot 1: fork: Resource temporarily unavailable (trying again in"
	soft_nproc "${limit// /}"
	until_true 60 registrations 2
	[ "$(registered)" = mine ]
	stops 40
}

# The one child of the supervisor that is a slot, or cleans up.
pid_of_slot() {
	local -a all
	read -ra all < <(children "$RUNNER_PID")
	echo "${all[0]}"
}

both_registered() {
	[ "$(registered | wc -l)" = 2 ]
}

@test "a slot that fails beside another one is started again; the exit code tells of it" {
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/registration-token", "nth": 2, "status": 400, "body": {}}'
	start ACCESS_TOKEN=$PAT COFFERDAM_SLOTS=2
	until_true 60 said ": starting it again in 1 s"
	until_true 60 both_registered
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 1 ]
	nothing_left
}
