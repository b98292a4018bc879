#!/usr/bin/env bats
# What works for a job from outside, and can be driven by it, has a leaf of its own beside the job's. The limits: tests/vm/limits.bats.

# shellcheck disable=SC2154 # run sets stderr
load helpers
# shellcheck source=tests/world/functions.bash
. "$SRC/tests/world/functions.bash"

setup_file() {
	export BUILD parent
	local own v2
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	cd "$BATS_FILE_TMPDIR" || return
	"$COFFERDAM" run --report r.json -- true
	[ "$(jq -r .protections.cgroup.state r.json)" != active ] || parent=$v2${own%/*}
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -n "${parent:-}" ] || skip "no cgroup v2 subtree is delegated to this user here"
	mkdir work
	ID=leaf-$BATS_TEST_NUMBER-$$
	JOB=$parent/cofferdam-$ID HELPERS=$parent/cofferdam-$ID+helpers
}

teardown() {
	[ -z "${launcher:-}" ] || kill -KILL "$launcher" 2>/dev/null || :
}

# start OPTION…: a job that runs until it is ended; its launcher is $launcher.
start() {
	"${ON_HOST[@]}" "$COFFERDAM" run --report "$PWD/r.json" --id "$ID" "$@" -- sh -c 'echo running; exec sleep 1000' >out 2>err 3>&- &
	launcher=$!
	until_true 20 grep -q running out
}

# names LEAF: of the processes in it, sorted
names() {
	local pid
	while read -r pid; do
		sed -n 's/^Name:[[:space:]]*//p' "/proc/$pid/status"
	done <"$1/cgroup.procs" | sort | xargs
}

# empty LEAF: or gone: a start of another sandbox below the same parent may have swept it.
empty() {
	grep -qs 'populated 0' "$1/cgroup.events" || [ ! -e "$1" ]
}

no_leaves() {
	[ ! -e "$JOB" ] && [ ! -e "$HELPERS" ]
}

internet() {
	world_start "$BATS_TEST_TMPDIR/world" || skip "no network of one's own: $(tail -n 1 "$BATS_TEST_TMPDIR/world/log")"
	ON_HOST=(nsenter --preserve-credentials --target "$world" --user --net --mount --wd="$PWD")
	can_open || { world_stop; skip "$refusal"; }
}

@test "without a helper there is no such leaf" {
	start
	[ -e "$JOB" ]
	[ ! -e "$HELPERS" ]
}

@test "the process that counts is in it, and not in the job's; both are gone afterwards" {
	start --workspace work --disk 10M
	[ "$(names "$JOB")" = "cofferdam-init sleep" ]
	[ "$(names "$HELPERS")" = cofferdam ]
	[ "$(wc -l <"$JOB/cgroup.procs")" = 2 ]
	kill "$launcher"
	wait "$launcher" || :
	no_leaves
	jq -e '.teardown.residue == []' r.json
}

@test "pasta and its keeper are in it, and nothing of it is left" {
	internet
	start --network open
	names "$HELPERS"
	[[ $(names "$HELPERS") == "cofferdam-net pas"* ]]
	[ "$(names "$JOB")" = "cofferdam-init sleep" ]
	kill "$launcher"
	wait "$launcher" || :
	no_leaves
	jq -e '.teardown.residue == [] and .network.error == null' r.json
	world_stop
}

@test "no leaf is left after success, a time limit, a limit that was reached, a command that is not there, a set-up that failed" {
	# ended STATUS OPTION… -- COMMAND…
	ended() {
		run "$COFFERDAM" run --report r.json --id "$ID" --workspace work --disk 10M "${@:2}"
		echo "$*: $status: $output"
		[ "$status" = "$1" ]
		no_leaves
	}
	ended 0 --time 60s -- true
	ended 124 --time 1s --grace 100ms -- sleep 100
	ended 125 --rw "$PWD/missing" -- true
	ended 126 -- /etc/passwd
	ended 137 -- sh -c 'head -c 20M /dev/zero >file; exec sleep 100'
}

@test "kill -9 of the launcher: both leaves empty, and the next start removes them" {
	start --workspace work --disk 10M
	kill -KILL "$launcher"
	wait "$launcher" || :
	until_true 10 empty "$JOB"
	until_true 10 empty "$HELPERS"
	"$COFFERDAM" run --report r.json -- true
	no_leaves
}

@test "kill -9 of the launcher while the sandbox is being made, and is to be held still for a count: both leaves empty" {
	strace -f -qq -o /dev/null -e trace=pivot_root -e inject=pivot_root:delay_enter=6000000 \
		"$COFFERDAM" run --report r.json --id "$ID" --workspace work --disk 10M -- true 3>&- &
	local strace=$! status=0
	until_true 5 grep -qs . "$HELPERS/cgroup.procs"
	launcher=$(cat "/proc/$strace/task/$strace/children")
	head -c 40M /dev/zero >fill # what is left of the file system tells
	until_true 3 grep -q 1 "$JOB/cgroup.freeze" || :
	kill -KILL "${launcher%% *}"
	until_true 15 empty "$JOB"
	until_true 10 empty "$HELPERS"
	wait "$strace" || status=$?
	"$COFFERDAM" run --report r.json -- true
	no_leaves
}

# Where a directory is moved meanwhile, it is counted twice.
@test "a count of a job that nobody has frozen ends nothing: the next one does, where it is frozen" {
	local stays status counter

	for stays in "" yes; do
		rm -f work/*
		# shellcheck disable=SC2016
		STAYS=$stays "$COFFERDAM" run --report r.json --id "$ID" --workspace work --disk 20M --env STAYS -- sh -c '
			await() { until [ -e "$1" ]; do sleep 0.05; done; }
			: >ready; await store; head -c 30M /dev/zero >big; : >stored; await remove
			[ -n "$STAYS" ] || rm big
			: >removed; await end' 3>&- &
		launcher=$!
		until_true 20 test -e work/ready
		counter=$(<"$HELPERS/cgroup.procs")
		kill -STOP "$launcher" # it cannot freeze anything
		: >work/store
		until_true 20 test -e work/stored
		until_true 6 grep -q '^[0-9]* (cofferdam) Z' "/proc/$counter/stat" || : # it has said that it is too much
		: >work/remove
		until_true 20 test -e work/removed
		kill -CONT "$launcher"
		[ -n "$stays" ] || : >work/end
		status=0
		wait "$launcher" || status=$?
		echo "${stays:-gone}: $status: $(jq -c '[.ended_by, .limits.disk]' r.json)"
		[ "$status" = "${stays:+137}" ] || [ "$stays$status" = 0 ]
		no_leaves
	done
}

@test "it is not swept while its launcher lives" {
	start --workspace work --disk 10M
	"$COFFERDAM" run --report other.json -- true
	[ -e "$HELPERS" ]
	kill "$launcher"
	wait "$launcher" || :
	no_leaves
}

# Takes a name for ourselves, with its lock in $leaf: a launch beside us may sweep it before it is locked.
take_name() {
	mkdir -p "$1"
	exec {leaf}<"$1"
	flock "$leaf"
	[ -d "$1" ]
}

@test "a helper that cannot be started there is refused by name, and nothing has run" {
	local leaf
	run_split strace -qq -o /dev/null -e inject=clone3:error=EACCES:when=2 \
		"$COFFERDAM" run --report r.json --id "$ID" --workspace work --disk 10M -- touch ran
	echo "$status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: "*"start a process in $HELPERS: Permission denied"* ]]
	no_leaves
	# Somebody else has the name.
	until_true 10 take_name "$HELPERS"
	run_split "$COFFERDAM" run --report r.json --id "$ID" --workspace work --disk 10M -- touch ran
	exec {leaf}<&-
	rmdir "$HELPERS"
	echo "$status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: cgroup: mkdir $HELPERS: "* ]]
	no_leaves
	[ ! -e work/ran ]
}

@test "what counts is lost: the job does not go on" {
	start --workspace work --disk 10M
	kill -KILL "$(<"$HELPERS/cgroup.procs")"
	wait "$launcher" && status=0 || status=$?
	[ "$status" = 125 ]
	grep -q "disk limit: the counting process has exited" err
	no_leaves
}
