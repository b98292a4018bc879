#!/usr/bin/env bats
# The leaf of a job's helpers (pasta, what counts its files) has the job's limits. Where it lies and when it goes, without controllers:
# tests/e2e/helpers_leaf.bats.

load ../e2e/helpers

HOG=$BUILD/tests/vm/hog

setup() {
	cd "$(mktemp -d "$HOME/XXXXXX")" || return 1
	mkdir work
	OWN=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	JOB=${OWN%/*}/cofferdam-tried HELPERS=${OWN%/*}/cofferdam-tried+helpers
}

teardown() {
	[ -z "${launcher:-}" ] || kill -KILL "$launcher" 2>/dev/null || :
	rm -rf "$PWD"
}

# started OPTION… -- COMMAND…: in the background, with a workspace, on a host with a route; its launcher is $launcher.
started() {
	# shellcheck disable=SC2016
	unshare --map-current-user --net --keep-caps sh -c 'ip link set lo up && ip link add out type dummy && ip link set out up &&
		ip addr add 203.0.113.2/24 dev out && ip route add default via 203.0.113.1 &&
		exec setpriv --ambient-caps -all --inh-caps -all "$@"' sh \
		"$COFFERDAM" run --report report.json --id tried --ro "$BUILD" --workspace work "$@" >out 2>err 3>&- &
	launcher=$!
}

# start OPTION… -- COMMAND…: the same, and waits until it is ready.
start() {
	started "$@"
	until_true 100 eval '[ -e work/ready ] || [ ! -e /proc/$launcher ]'
	cat err
	[ -e work/ready ]
}
READY='touch ready; until [ -e go ]; do sleep 0.1; done'

# finish STATUS: lets it end.
finish() {
	local status=0
	touch work/go
	wait "$launcher" || status=$?
	echo "$status: $(cat err)"
	[ "$status" = "$1" ]
	[ ! -e "$JOB" ]
	[ ! -e "$HELPERS" ]
	[ "$(jq -r '.teardown.residue | length' report.json)" = 0 ]
}

# names LEAF: of the processes in it, sorted
names() {
	local pid
	while read -r pid; do
		sed -n 's/^Name:[[:space:]]*//p' "/proc/$pid/status"
	done <"$1/cgroup.procs" | sort | xargs
}

# limits FILE…: of the helpers' leaf
limits() {
	(cd "$HELPERS" && head -qn 1 "$@") | xargs
}

# stat KEY: of its processor time
stat_of() {
	awk -v key="$1" '$1 == key { print $2 }' "$HELPERS/cpu.stat"
}

@test "pasta and the process that counts are in a leaf with the job's limits, and not in the job's" {
	start --network open --disk 10M --memory 200M --memory-high 100M --pids 50 --cpus 0.5 --cpu-weight 37 -- sh -c "$READY"
	names "$HELPERS"
	[[ $(names "$HELPERS") == "cofferdam cofferdam-net pas"* ]]
	[[ $(names "$JOB") != *pas* && $(names "$JOB") != *net* ]]
	[ "$(limits memory.max memory.high memory.swap.max pids.max cpu.max cpu.weight)" = "209715200 104857600 0 50 50000 100000 37" ]
	[ "$(limits memory.oom.group)" = 0 ]
	echo "memory.peak $(limits memory.peak), memory.current $(limits memory.current), pids.peak $(limits pids.peak || :)"
	finish 0
}

@test "a limit that helpers could not work with is not theirs" {
	start --network open --disk 10M --memory 32M --memory-high 20M --pids 9 --cpus 0.1 -- sh -c "$READY"
	[ "$(limits memory.max memory.high pids.max cpu.max)" = "67108864 67108864 16 25000 100000" ]
	finish 0
}

@test "what is not asked for is no limit of theirs" {
	start --network open --pids 50 -- sh -c "$READY"
	[ "$(limits pids.max)" = 50 ]
	[ ! -e "$HELPERS/memory.max" ] || [ "$(limits memory.max)" = max ]
	[ ! -e "$HELPERS/cpu.max" ] || [ "$(limits cpu.max)" = "max 100000" ]
	finish 0
}

# flooded OPTION…: how many per cent of a processor pasta has while a job floods it, in $share
flooded() {
	rm -f work/*
	start --network open "$@" -- sh -c "touch ready; until [ -e begin ]; do sleep 0.1; done; $HOG flood 4000; touch done; until [ -e go ]; do sleep 0.1; done"
	local before
	before=$(stat_of usage_usec)
	touch work/begin
	until_true 120 test -e work/done
	share=$((($(stat_of usage_usec) - before) / 40000))
	throttled=$(stat_of nr_throttled)
	echo "$*: $share % for 4 s, throttled ${throttled:-never}"
	finish 0
}

@test "a flood through pasta: without a limit it has the CPU that the job makes it use, with cpus no more than that" {
	local free
	flooded
	free=$share
	[ "${throttled:-0}" = 0 ]
	flooded --cpus 0.25
	[ "$share" -le 32 ]
	[ "$throttled" -gt 0 ]
	[ "$free" -gt "$share" ]
}

@test "many files: who counts them waits when cpus is used up, and only then" {
	# shellcheck disable=SC2016
	local many='for i in $(seq 4000); do : >f$i; done; touch ready; until [ -e go ]; do sleep 0.1; done'
	start --disk 1G --cpu-weight 100 -- bash -c "$many"
	[ "$(stat_of nr_throttled)" = 0 ]
	finish 0
	rm -rf work/ready work/go
	start --disk 1G --cpus 0.25 -- bash -c "$many"
	until_true 60 eval '[ "$(stat_of nr_throttled)" -gt 0 ]'
	finish 0
}

@test "at the memory limit the job's own processes are not touched: without what counts the job is ended, without pasta it goes on" {
	start --disk 10M --memory 100M -- sh -c "$READY"
	echo 0 >"$HELPERS/memory.max"
	finish 125
	grep -q "disk limit: the counting process has exited (the job's helpers reached their memory limit" err
	rm work/*
	start --network open --memory 100M -- sh -c "$READY"
	echo 0 >"$HELPERS/memory.max"
	until_true 60 grep -q 'populated 0' "$HELPERS/cgroup.events"
	grep -q 'oom_kill 0' "$JOB/memory.events"
	finish 0
	[[ $(jq -r .network.error report.json) == "the helper ended before the job, when the helpers reached their memory limit:"* ]]
}

@test "no leaf is left after a time limit, a job out of memory, a set-up that failed" {
	started --network open --disk 10M --time 3s --grace 100ms -- sh -c "$READY"
	local status=0
	wait "$launcher" || status=$?
	[ "$status" = 124 ]
	[ ! -e "$JOB" ]
	[ ! -e "$HELPERS" ]
	rm -f work/*
	start --network open --disk 10M --memory 40M -- sh -c "touch ready; until [ -e go ]; do sleep 0.1; done; exec $HOG memory 100"
	finish 137
	rm -f work/*
	started --network open --disk 10M --pids 9 -- /nowhere
	status=0
	wait "$launcher" || status=$?
	cat err
	[ "$status" = 127 ]
	[ ! -e "$JOB" ]
	[ ! -e "$HELPERS" ]
}

@test "kill -9 of the launcher: both leaves empty, and the next start removes them" {
	start --network open --disk 10M --memory 100M -- sh -c "$READY"
	kill -KILL "$launcher"
	wait "$launcher" || :
	until_true 60 grep -q 'populated 0' "$JOB/cgroup.events"
	until_true 60 grep -q 'populated 0' "$HELPERS/cgroup.events"
	"$COFFERDAM" run --pids 50 --id next -- true
	[ ! -e "$JOB" ]
	[ ! -e "$HELPERS" ]
}

@test "Ctrl-Z freezes the job and not what works for it" {
	start --network open --disk 10M --memory 100M -- sh -c "$READY"
	kill -TSTP "$launcher"
	until_true 60 grep -q 'frozen 1' "$JOB/cgroup.events"
	grep -q 'frozen 0' "$HELPERS/cgroup.events"
	kill -CONT "$launcher"
	finish 0
}
