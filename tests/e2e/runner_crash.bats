#!/usr/bin/env bats
# kill -9 of each role at named points of its work: after the next start or sweep nothing is left, and what was lost is said once.
# docs/runner.md lists the points; a test here keeps both the same.

load runner_helpers

# The host's network, for speed: runner_kill.bats has networks of their own.
profile() {
	echo '{"extends": "job", "network": "host", "allow_degraded": ["memory", "pids", "cpu"]}' >"$W/job.json"
}

# ROLE | killed while | how the point is reached, and what lives on
points() {
	cat <<-'END'
		supervisor | it tries the sandboxes, before anything is registered | at supervisor mkdir */jobs/1-*/work
		supervisor | GitHub has registered the runner, and has not answered | unanswered
		supervisor | GitHub has answered, and the runner's id is not noted yet | at parent renameat */registrations/*.json 3
		supervisor | config.sh has registered the runner, and is not answered | configuring supervisor
		launcher | config.sh has registered the runner, and is not answered | configuring launcher
		supervisor | it waits for a job, with a prepared sandbox | idle supervisor
		slot | it waits for a job, with a prepared sandbox | idle slot
		launcher | its prepared sandbox waits for a job | idle launcher
		Listener | it waits for a job | idle Listener
		metrics process | it serves | idle metrics
		slot | a job's directory is being made | at self mkdir */jobs/1-*/work 2
		supervisor | a job's directory is being made, with a work directory elsewhere | elsewhere
		launcher | its sandbox is being prepared | preparing
		slot | the job's start is being written to the journal | starting self
		supervisor | steps run | steps supervisor
		Listener | steps run | steps Listener
		Worker | steps run | steps Worker
		supervisor | a canceled job's always() step runs | always supervisor
		supervisor | a job's directory is being removed | ending parent unlinkat */jobs/1-*
		slot | a job's report is being written | ending self renameat */reports/*
		remover | it removes files that were set aside | aside
		supervisor | GitHub has deregistered the runner, and has not answered | leaving supervisor
		slot | it takes new settings, and its runner is deregistered | rolling slot
		supervisor | a reload adds a pool | reloading
		supervisor | a drain waits for a job | draining
		fetch | the distribution is about to become the current one | fetching
		sweep | it removes a job's directory | sweeping
	END
}

EPHEMERAL=(ACCESS_TOKEN="$PAT" RUNNER_NAME=stays EPHEMERAL=true)
LASTING=(ACCESS_TOKEN="$PAT" RUNNER_NAME=stays)

# crashing WHO CALL PATTERN [N] -- VARIABLE=VALUE…: a supervisor that is hit there, once $W/armed is there (tests/crash/crash.c).
crashing() {
	local who=$1 at=$2
	shift 2
	while [[ $1 != -- ]]; do
		at+=" $1"
		shift
	done
	start "LD_PRELOAD=$BUILD/tests/crash.so" "CRASH_AT=$at" CRASH_WHO="$who" CRASH_HIT="$W/hit" CRASH_ARMED="$W/armed" "${@:2}"
}

arm() {
	: >"$W/armed"
}

# hit WHO: the point has been hit, and whoever was to die there has.
hit() {
	until_true 20 test -e "$W/hit"
	[[ $1 != parent && $1 != supervisor ]] || died
}

# died: the supervisor, by SIGKILL, and with it all that it had started.
died() {
	ended 20
	[ "$status" = 137 ]
	until_true 10 no_process_left
}

# survived: the supervisor. Unless it leaves by itself, it is told to.
survived() {
	[ -z "$RUNNER_PID" ] || kill -TERM "$RUNNER_PID" 2>/dev/null || :
	[ -z "$RUNNER_PID" ] || ended 60
	[ "$status" != 137 ]
}

# strike ROLE: kills it. Only the supervisor does not survive its own end.
strike() {
	kill -KILL "$(process "$1")"
	[[ $1 != supervisor ]] || died
}

# process ROLE
process() {
	case $1 in
	supervisor) echo "$RUNNER_PID" ;;
	slot) children "$RUNNER_PID" | cut -d' ' -f1 ;;
	metrics) pid_of "cofferdam-runner .*$STATE" ;;
	launcher) pid_of 'cofferdam run .*spawnclient' ;;
	configuring) pid_of 'cofferdam run --profile listener' ;;
	Listener) ours | grep 'bin/Runner.Listener run' | grep -v 'cofferdam run' | sed 's/ .*//' ;;
	Worker) ours | grep 'Runner.Worker spawnclient 3 4' | grep -v 'cofferdam run' | sed 's/ .*//' ;;
	shim) ours | grep 'Runner.Worker spawnclient' | grep -v 'spawnclient 3 4' | sed 's/ .*//' ;;
	esac
}

fault() {
	curl -sf "$URL/_hub/faults" -d "$1" >/dev/null
}

no_faults() {
	curl -sf -X DELETE "$URL/_hub/faults" >/dev/null
}

registered_any() {
	[ -n "$(registered)" ]
}

registered_none() {
	[ -z "$(registered)" ]
}

is_prepared() {
	grep -qs '"launcher": [1-9]' "$STATE"/jobs/*/job.json
}

# waits VARIABLE=VALUE…: a runner that waits for a job, with its sandbox prepared.
waits() {
	start "$@"
	until_true 30 is_prepared
}

# release: the hub has the file that the job of this point waits for.
release() {
	echo go | curl -sf -T - "$URL/_hub/files/${STATE##*/}" >/dev/null
}

# held: a job that runs until it is released; $id.
held() {
	id=$(script "echo ready; until curl -sf $URL/files/${STATE##*/} >/dev/null; do read -rt 0.1 <> <(:) || :; done")
}

# What GitHub says in the end of a job whose runner it has lost.
lose() {
	[[ -z $id ]] || curl -s -X POST "$URL/_hub/jobs/$id/lose" >/dev/null
}

# The points of the table.

at() {
	arm
	crashing "$@" -- "${EPHEMERAL[@]}"
	hit "$1"
}

unanswered() {
	fault '{"path": "/repos/octo/demo/actions/runners/generate-jitconfig", "late_ms": 600000}'
	start "${EPHEMERAL[@]}"
	until_true 20 registered_any
	strike supervisor
}

configuring() {
	local role=$1
	fault '{"path": "/actions/runners/register", "late_ms": 600000}'
	start "${LASTING[@]}"
	until_true 20 registered_any
	[[ $role != launcher ]] || role=configuring
	strike "$role"
	no_faults
}

idle() {
	case $1 in
	metrics) waits "${LASTING[@]}" COFFERDAM_LISTEN=127.0.0.1:0 ;;
	*) waits "${LASTING[@]}" ;;
	esac
	strike "$1"
	case $1 in
	metrics) until_true 20 said "metrics: the process that serves them has ended" ;;
	launcher) until_true 20 said "the sandbox for the next job has ended" ;;
	esac
}

elsewhere() {
	mkdir "$W/elsewhere"
	arm
	crashing parent mkdir "$W/elsewhere/*" 2 -- "${EPHEMERAL[@]}" RUNNER_WORKDIR="$W/elsewhere"
	died
}

# The slot stops itself where it has just started the launcher.
preparing() {
	arm
	crashing stop renameat '*/jobs/1-*/job.json' 3 -- "${LASTING[@]}"
	hit stop
	until_true 10 grep -q '^State:[[:space:]]*T' "/proc/$(process slot)/status"
	strike launcher
	kill -CONT "$(process slot)"
	until_true 20 said "the sandbox for the next job has ended"
}

starting() {
	crashing "$1" pwrite '*/journal.db-wal' -- "${EPHEMERAL[@]}"
	wait_runner idle stays
	until_true 20 is_prepared
	arm
	held
	hit "$1"
}

# noted STATE: what the journal says of the slot.
noted() {
	[ "$(runner status --json | jq -r '.slots[0].state')" = "$1" ]
}

steps() {
	held
	start "${EPHEMERAL[@]}"
	wait_log "$id" ready
	strike "$1"
}

always() {
	id=$(queue "$(jq -cn --arg url "$URL/files/never" '{steps: [{run: "trap \"exit 1\" INT; echo ready; while :; do read -rt 0.1 <> <(:) || :; done"},
		{if: "always()", run: "echo at last; until curl -sf \($url) >/dev/null; do read -rt 0.1 <> <(:) || :; done"}]}')")
	start "${EPHEMERAL[@]}"
	wait_log "$id" ready
	kill -TERM "$RUNNER_PID"
	until_true 10 said "stopping after job"
	kill -TERM "$RUNNER_PID"
	wait_log "$id" "at last"
	strike "$1"
}

# ending WHO CALL PATTERN: the job ends, and that is hit.
ending() {
	held
	crashing "$@" -- "${EPHEMERAL[@]}"
	wait_log "$id" ready
	until_true 20 noted busy
	arm
	release
	hit "$1"
}

aside() {
	mkdir -p "$STATE/trash/1-asideaside/work/deep"
	arm
	crashing self unlinkat '*/trash/*' -- "${LASTING[@]}"
	hit self
	wait_runner idle stays
}

leaving() {
	waits "${LASTING[@]}"
	fault '{"method": "DELETE", "path": "/repos/octo/demo/actions/runners/", "late_ms": 600000}'
	kill -TERM "$RUNNER_PID"
	until_true 20 registered_none
	strike "$1"
	no_faults
}

pools() {
	jq -n '{pools: $ARGS.positional}' --jsonargs "$@" >"$W/pools.json"
}

POOL='{"name": "a", "labels": ["one"], "profile": "job.json"}'

with_pools() {
	pools "$POOL"
	"$@" ACCESS_TOKEN="$PAT" COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json"
}

rolling() {
	with_pools waits
	fault '{"method": "DELETE", "path": "/repos/octo/demo/actions/runners/", "late_ms": 600000}'
	pools "$(jq -c '.labels += ["two"]' <<<"$POOL")"
	kill -HUP "$RUNNER_PID"
	until_true 20 registered_none
	strike "$1"
	no_faults
	until_true 40 registered_any
}

reloading() {
	with_pools crashing self mkdir '*/jobs/[1-9][0-9]*-*/work' --
	until_true 30 noted idle
	arm
	pools "$POOL" '{"name": "b", "labels": ["two"], "profile": "job.json"}'
	kill -HUP "$RUNNER_PID"
	died
}

draining() {
	held
	start "${LASTING[@]}"
	wait_log "$id" ready
	timeout 60 env -i "PATH=$PATH" "COFFERDAM_STATE_DIR=$STATE" "$BUILD/cofferdam-runner" drain >"$W/drain" 2>&1 3>&- &
	until_true 20 said "stopping after job"
	strike supervisor
	wait "$!" || :
}

fetching() {
	local name

	name=actions-runner-linux-$(case $(uname -m) in aarch64) echo arm64 ;; *) echo x64 ;; esac)-2.336.0.tar.gz
	tar -czf "$W/$name" -C "$W/dist" .
	curl -sf -T "$W/$name" "$URL/_hub/files/$name" >/dev/null
	arm
	run runner LD_PRELOAD="$BUILD/tests/crash.so" CRASH_AT='renameat */distributions/current' CRASH_WHO=self CRASH_HIT="$W/hit" \
		CRASH_ARMED="$W/armed" ACCESS_TOKEN="$PAT" fetch
	echo "fetch: $status: $output"
	[ "$status" = 137 ]
	run runner ACCESS_TOKEN="$PAT" fetch
	[ "$status" = 0 ]
}

sweeping() {
	waits "${LASTING[@]}"
	strike supervisor
	arm
	run runner LD_PRELOAD="$BUILD/tests/crash.so" CRASH_AT='unlinkat */jobs/1-*' CRASH_WHO=self CRASH_HIT="$W/hit" \
		CRASH_ARMED="$W/armed" ACCESS_TOKEN="$PAT" sweep
	echo "sweep: $status: $output"
	[ "$status" = 137 ]
}

# left: what is left of a runner, a line each.
left() {
	local found=${MOUNTS:-/proc/self/mountinfo}

	ours | sed 's/^/process: /' | cut -c 1-200
	[[ -z $CGROUP ]] || find "$CGROUP" -mindepth 1 -type d -printf 'cgroup: %p\n'
	grep -F "$W/" "$found" | sed 's/^/mount: /' || :
	grep -F "$W/" /proc/net/unix | sed 's/^/socket: /' || :
	find "$STATE" -mindepth 1 \( -path "$STATE/distributions/[!.]*" -o -path "$STATE/slots/*.lock" -o -path "$STATE/reports/*.json" \
		-o -regex "$STATE/\(distributions\|jobs\|registrations\|reports\|slots\|trash\|lock\|journal\.db.*\|closed.*\|worker-.*\)" \) \
		-o -printf 'file: %p\n'
	[[ ! -d $W/elsewhere ]] || find "$W/elsewhere" -mindepth 1 -printf 'file: %p\n'
	runner status --json | jq -r '(.running[] | "journal: job \(.id) runs"), (.slots[] | select(.state != "ended") | "journal: slot \(.slot) is \(.state)"),
		(select(.supervisor.running) | "journal: the supervisor runs")'
	registered | sed 's/^/runner: /'
}

nothing_left_here() {
	local all

	all=$(left)
	[[ -z $all ]] || { echo "left:"; echo "$all"; return 1; }
}

# A quarter of a minute later: GitHub cannot still carry out what it was asked for.
later() {
	local record

	for record in "$STATE"/registrations/*.json; do
		[[ ! -e $record ]] || jq '.asked = 1' "$record" >"$W/record"
		[[ ! -e $record ]] || cp "$W/record" "$record"
	done
}

# The runner of before may still be online at GitHub.
waits_again() {
	runner status --json | jq -e '.supervisor.running and .slots[0].state == "idle"' >/dev/null
}

# again N: a start for each third point, a sweep for the others.
again() {
	lose
	later
	[[ -n $(left) ]]
	if (($1 % 3)); then
		run runner ACCESS_TOKEN="$PAT" sweep
		echo "$output" >>"$W/err"
		[ "$status" = 0 ]
	else
		rm -f "$W/hit" "$W/armed"
		start "${LASTING[@]}"
		until_true 60 waits_again
		survived
		[ "$status" = 0 ]
	fi
}

# crashed N HOW: one point, in a state directory of its own.
crashed() {
	local how

	STATE=$W/state-$1
	RUNNER_PID=
	id=
	status=
	rm -rf "$W/hit" "$W/armed" "$W/elsewhere"
	: >"$W/out"
	: >"$W/err"
	no_faults
	read -ra how <<<"$2"
	"${how[@]}"
	no_faults
	if [[ $status = 137 ]]; then
		again "$1"
	else
		lose
		survived
	fi
	nothing_left_here
	# What a second sweep would say was said before.
	run runner ACCESS_TOKEN="$PAT" sweep
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

# chosen: those with the words COFFERDAM_POINTS, or all.
chosen() {
	points | grep -- "${COFFERDAM_POINTS:-.}"
}

# stream N: takes one point after another, with a hub of its own; what fails is in $ALL/failed.
stream() {
	local line n how rc=0

	BATS_TEST_TMPDIR=$ALL/$1
	mkdir "$BATS_TEST_TMPDIR"
	setup
	CGROUP=$(own_cgroup "crash-$1-$$")
	while n=$(next) && line=$(chosen | sed -n "${n}p") && [[ -n $line ]]; do
		IFS='|' read -r _ _ how <<<"$line"
		rc=0
		SECONDS=0
		(set -eE; crashed "$n" "$how") >"$W/said" 2>&1 &
		wait "$!" || rc=$?
		echo "# $n $rc $SECONDS s: $line" >>"$ALL/done"
		[ "$rc" != 0 ] || continue
		{
			echo "== $n $line"
			cat "$W/said"
			sed 's/^/err: /' "$W/err"
			sed 's/^/out: /' "$W/out"
			ours | cut -c1-300 | sed 's/^/left: /'
		} >>"$ALL/failed"
		break
	done
	ours | sed 's/ .*//' | xargs -r kill -KILL
	kill "$HUB_PID"
	[[ -z $CGROUP ]] || until_true 10 rmdir "$CGROUP"
	[ "$rc" = 0 ] || stream "$1x"
}

# own_cgroup NAME: a directory for the launchers of a stream beside us, where one can be made.
own_cgroup() {
	local top parent

	top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	parent=$top$(dirname "$(sed -n 's/^0:://p' /proc/self/cgroup)")
	! mkdir "$parent/$1" 2>/dev/null || echo "$parent/$1"
}

next() {
	flock "$ALL/next" sh -c 'n=$(($(cat "$0") + 1)); echo $n | tee "$0"' "$ALL/next"
}

@test "killed at each of the points, nothing is left after the next start or sweep" {
	local pids=()

	ALL=$BATS_TEST_TMPDIR
	echo 0 >"$ALL/next"
	for n in 1 2 3; do
		stream "$n" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}" || :
	sort -n -k 2 "$ALL/done" >&3
	cat "$ALL/failed" || :
	[ ! -e "$ALL/failed" ]
	[ "$(wc -l <"$ALL/done")" = "$(chosen | wc -l)" ]
}

# planted LINE: what is left is this alone.
planted() {
	local found

	found=$(left)
	[[ $found == "$1"* && $(wc -l <<<"$found") = 1 ]] || { echo "$found"; return 1; }
	run ! nothing_left_here
}

@test "what is left is found: a process, a cgroup, a mount, files, a socket, a runner, rows of the journal" {
	local pid

	CGROUP=$(own_cgroup "crash-0-$$")
	run runner ACCESS_TOKEN="$PAT" sweep
	[ "$status" = 0 ]
	nothing_left_here
	bash -c 'read -rt 100 <> <(:)' "$W/" 3>&- &
	pid=$!
	planted "process: $pid "
	kill "$pid"
	wait "$pid" || :
	if [[ -n $CGROUP ]]; then
		mkdir "$CGROUP/cofferdam-1-abcdefgh"
		planted "cgroup: $CGROUP/cofferdam-1-abcdefgh"
		rmdir "$CGROUP/cofferdam-1-abcdefgh" "$CGROUP"
	fi
	echo "36 35 0:1 / $W/state/slots/1 rw - tmpfs tmpfs rw" >mounts
	MOUNTS=$W/mounts planted "mount: 36 35"
	for file in jobs/1-abcdefgh registrations/1-abcdefgh.json slots/1 trash/1-abcdefgh reports/1-abcdefgh.json.7.tmp other; do
		mkdir "$STATE/$file"
		planted "file: $STATE/$file"
		rmdir "$STATE/$file"
	done
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$STATE/control"
	planted "file: $STATE/control"
	rm "$STATE/control"
	sqlite3 "$STATE/journal.db" "INSERT INTO slots VALUES (1, 'default', 'stays', 'busy', 0)"
	planted "journal: slot 1 is busy"
	sqlite3 "$STATE/journal.db" "DELETE FROM slots; INSERT INTO jobs (id, slot, pool, labels, runner, repository, workflow, name, startup_ms, started)
		VALUES ('1-abcdefgh', 1, '', '', '', '', '', '', 0, 0)"
	planted "journal: job 1-abcdefgh runs"
	run runner sweep
	nothing_left_here
	echo '{"name": "ghost", "runner_group_id": 1, "labels": ["x"]}' |
		curl -sf -H "Authorization: Bearer $PAT" -A test "$URL/api/v3/repos/octo/demo/actions/runners/generate-jitconfig" --data-binary @- >made
	planted "runner: ghost"
}

@test "docs/runner.md lists these points" {
	diff <(points | sed 's/ | [^|]*$//; s/^/| /; s/$/ |/') <(sed -n '/^| killed | while |$/,/^$/p' "$SRC/docs/runner.md" | grep '^| ' | tail -n +2 | grep -v '^| killed')
}
