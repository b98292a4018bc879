#!/usr/bin/env bats
# cgroup v2 limits, on a kernel that has all of them. Each limit is tried with the same command without it.

load ../e2e/helpers

HOG=$BUILD/tests/vm/hog

setup() {
	# On the virtual disk: what is written there goes through a block device.
	cd "$(mktemp -d "$HOME/XXXXXX")" || return 1
	mkdir work
	OWN=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	PARENT=${OWN%/*}
}

teardown() {
	rm -rf "$PWD"
}

# job OPTION… -- COMMAND…, with a report in report.json
JOB=("$COFFERDAM" run --ro "$BUILD" --report report.json) # where $! is to be the launcher's
job() {
	"${JOB[@]}" "$@"
}

said() {
	jq -r "$1" report.json
}

# leave NAME: back from a directory of a test's own, which is removed.
leave() {
	echo "$BASHPID" >"$OWN/cgroup.procs"
	until_true 60 grep -q 'populated 0' "$PARENT/$1/cgroup.events"
	find "$PARENT/$1" -depth -type d -exec rmdir {} +
}

leaves() {
	find "$PARENT" -mindepth 1 -maxdepth 1 -name 'cofferdam-*' | wc -l
}

# --- memory

@test "memory.max: a hog finishes without it; with it, it is killed and the report says by what" {
	run job -- "$HOG" memory 100
	[ "$status" = 0 ]
	[ "$(said .ended_by)" = exit ]
	[ "$(said .limits.memory.oom_kills)" = 0 ]
	run job --memory 32M -- "$HOG" memory 100
	[ "$status" = 137 ]
	[ "$(said .ended_by)" = memory ]
	[ "$(said .limits.memory.oom_kills)" -ge 1 ]
	[[ ${lines[-1]} =~ ^"cofferdam: ended: memory limit of 32M (--memory): the kernel killed "[1-9][0-9]*" process"(es)?", peak 3"[0-9.]*M$ ]]
	[ "$(said .limits.memory.peak)" -gt $((30 << 20)) ]
	[ "$(said .limits.memory.peak)" -le $((32 << 20)) ]
	[ "$(said .limits.memory.peak_of)" = cgroup ]
	[ "$(said .protections.memory.state)" = active ]
}

@test "a job reads its own limits, as runtimes do, and can change none of them" {
	run job --memory 64M --cpus 1.5 --pids 50 -- sh -c 'cd /sys/fs/cgroup && cat memory.max cpu.max pids.max
		echo max >memory.max || echo max >pids.max || echo 1 >cgroup.kill || mkdir below || echo "nothing written"'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = $((64 << 20)) ]
	[ "${lines[1]}" = "150000 100000" ]
	[ "${lines[2]}" = 50 ]
	[ "${lines[-1]}" = "nothing written" ]
	# Nothing of the host's other cgroups, and without a leaf no cgroup at all.
	run job --memory 64M -- sh -c 'find /sys/fs/cgroup -mindepth 1 -type d | wc -l; cat /proc/self/cgroup'
	[ "$output" = $'0\n0::/' ]
	run "$COFFERDAM" run -- ls /sys/fs/cgroup
	[ "$status" != 0 ]
}

@test "memory.oom.group: when one child is too big the whole job dies" {
	local script='"$0" memory 100 & wait $!; echo "survived $?"'
	run job --memory 400M -- sh -c "$script" "$HOG"
	[ "$status" = 0 ]
	[ "$output" = "survived 0" ]
	run job --memory 32M -- sh -c "$script" "$HOG"
	[ "$status" = 137 ]
	[[ ${#lines[@]} = 1 && ${lines[0]} == "cofferdam: ended: memory limit of 32M (--memory): "* ]]
	[ "$(said .ended_by)" = memory ]
}

@test "40 hogs of every kind count: children, tmpfs, /dev/shm, System V shared memory, page tables" {
	local kind
	for kind in children tmpfs shm sysv page-tables; do
		run job --tmpfs /fill:200M -- "$HOG" "$kind" 100
		echo "$kind: $status: $output"
		[ "$status" = 0 ]
		run job --memory 32M --tmpfs /fill:200M -- "$HOG" "$kind" 100
		echo "$kind, limited: $status: $output"
		[ "$status" = 137 ]
		[ "$(said .ended_by)" = memory ]
	done
}

@test "memory.high slows down and does not kill" {
	run job --memory-high 400M -- "$HOG" memory 60
	[ "$status" = 0 ]
	[ "$(said .limits.memory.high_events)" = 0 ]
	run job --memory-high 32M --swap none -- "$HOG" memory 60
	[ "$status" = 0 ]
	[ "$(said .limits.memory.high_events)" -gt 0 ]
	[ "$(said .limits.memory.oom_kills)" = 0 ]
	[ "$(said .ended_by)" = exit ]
}

@test "memory.min is written as it was asked for, and read back" {
	job --memory-min 20M --workspace "$PWD/work" -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		cat "$PARENT"/cofferdam-*/memory.min >min; echo)
	[ "$(<min)" = $((20 << 20)) ]
	[ "$(said .limits.memory.min)" = $((20 << 20)) ]
	[ "$(said .protections.memory.state)" = active ]
	[ "$(said .protections.memory.seen.min)" = $((20 << 20)) ]
	rm work/ready
	job --memory 64M --workspace "$PWD/work" -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		cat "$PARENT"/cofferdam-*/memory.min >min; echo)
	[ "$(<min)" = 0 ]
	[ "$(said .limits.memory.min)" = null ]
}

@test "memory.swap.max: with swap a hog gets by, without any it does not" {
	run job --memory 32M --swap 100M -- "$HOG" memory 60
	[ "$status" = 0 ]
	[ "$(said .limits.swap.limit)" = $((100 << 20)) ]
	run job --memory 32M -- "$HOG" memory 60
	[ "$status" = 137 ]
	[ "$(said .ended_by)" = memory ]
	run job --memory 32M --swap 8M -- "$HOG" memory 60
	[ "$status" = 137 ]
}

# --- processes

@test "pids.max refuses exactly at the limit" {
	# PID 1 of the job and the program itself are two of them.
	run job --pids 10 -- "$HOG" fork 20
	[ "$status" = 3 ]
	[ "${lines[0]}" = "8 children, then EAGAIN" ]
	[[ ${lines[1]} =~ ^"cofferdam: ended: process limit of 10 refused "[1-9][0-9]*" (--pids)"$ ]]
	[ "$(said .ended_by)" = pids ]
	[ "$(said .limits.pids.refused)" -ge 1 ]
	[ "$(said .limits.pids.peak)" = 10 ]
	run job --pids 40 -- "$HOG" fork 20
	[ "$status" = 0 ]
	[ "$output" = "20 children" ]
	[ "$(said .ended_by)" = exit ]
	[ "$(said .limits.pids.refused)" = 0 ]
}

@test "39 a fork bomb stays within its processes, and others start meanwhile" {
	"${JOB[@]}" --pids 50 --time 20s -- sh -c 'bomb() { bomb | bomb & }; bomb 2>/dev/null; wait; sleep 20; exit 1' &
	local bomb=$! leaf
	until_true 60 sh -c "cat $PARENT/cofferdam-*/pids.events 2>/dev/null | grep -q 'max [1-9]'"
	leaf=$(find "$PARENT" -maxdepth 1 -name 'cofferdam-*')
	[ "$(cat "$leaf/pids.current")" -le 50 ]
	"$COFFERDAM" run -- true
	kill -TERM "$bomb"
	kill -TERM "$bomb" 2>/dev/null || : # at once; the first may have done
	wait "$bomb" || :
	[ "$(said .limits.pids.peak)" -le 50 ]
	[ ! -e "$leaf" ]
}

# --- processor

@test "cpu.max holds a busy loop back" {
	run job -- "$HOG" cpu 500
	local free=$output
	run job --cpus 0.25 -- "$HOG" cpu 500
	[ "$status" = 0 ]
	echo "of the wall clock: $free % without, $output % with"
	[ "$output" -ge 10 ]
	[ "$output" -le 40 ]
	[ "$free" -gt 50 ]
	[ "$(said .limits.cpu.throttled_usec)" -gt 0 ]
	[ "$(said .limits.cpu.used_usec)" -gt 0 ]
}

@test "cpu.weight is written" {
	run job --cpu-weight 37 --workspace "$PWD/work" -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		cat "$PARENT"/cofferdam-*/cpu.weight >weight; echo)
	[ "$status" = 0 ] || [ "$status" = 1 ]
	[ "$(<weight)" = 37 ]
	[ "$(said .limits.cpu.weight)" = 37 ]
}

# --- disks

@test "disk: a job is frozen for a count of its workspace, and goes on" {
	job --workspace work --disk 20M --time 60s -- bash -c 'for i in {1..30}; do head -c 512K /dev/zero >f$i; read -rt 0.1 <> <(:); done; :'
	[ "$(said .ended_by)" = exit ]
	rm work/f*
	# It sees nothing of it: no signal, and nobody counts what has moved meanwhile.
	run job --workspace work --disk 64M --time 300s -- bash -c '
		trap "echo signal" CONT
		exec "$0" from-counts "$PWD" 80' "$BUILD/tests/escape/hide"
	echo "$output"
	[[ $output != *signal* ]]
	[ "$(said .ended_by)" = disk ]
}

@test "disk: a btrfs subvolume of the job's own counts, and a file without a name in it" {
	local fill
	[ -d ~/btrfs ] || skip "no btrfs here"
	for fill in 'for i in 1 2 3; do fallocate -l 15M sub/f$i; done' \
		'exec 3>sub/a 4>sub/b; rm sub/a sub/b; head -c 15M /dev/zero >&3; head -c 15M /dev/zero >&4'; do
		rm -rf ~/btrfs/work
		mkdir ~/btrfs/work
		job --workspace ~/btrfs/work -- sh -c "btrfs subvolume create sub && $fill"
		rm -rf ~/btrfs/work/*
		run job --workspace ~/btrfs/work --disk 20M --time 60s -- sh -c "btrfs subvolume create sub && { $fill; }; sleep 30"
		echo "$fill: $output"
		[ "$(said .ended_by)" = disk ]
	done
}

@test "io.max is written for the disk behind the workspace, and what is written is counted" {
	local disk
	disk=$(cat /sys/class/block/nvme0n1/dev)
	run job --io-read 3M --io-write 2M --workspace "$PWD/work" -- sh -c 'touch ready; read -r line
		dd if=/dev/zero of=file bs=64k count=16 oflag=direct 2>/dev/null' < <(until_true 60 test -e work/ready
		cat "$PARENT"/cofferdam-*/io.max >max; echo)
	[ "$status" = 0 ]
	[ "$(grep "^$disk " max)" = "$disk rbps=3145728 wbps=2097152 riops=max wiops=max" ]
	[ "$(said .limits.io.written)" -ge $((1 << 20)) ]
	[ "$(said .protections.io.state)" = active ]
}

@test "io.max slows writes down" {
	local before after
	before=$(date +%s%N)
	job --workspace "$PWD/work" -- dd if=/dev/zero of=file bs=64k count=32 oflag=direct 2>/dev/null
	before=$((($(date +%s%N) - before) / 1000000))
	after=$(date +%s%N)
	job --io-write 500K --workspace "$PWD/work" -- dd if=/dev/zero of=file bs=64k count=32 oflag=direct 2>/dev/null
	after=$((($(date +%s%N) - after) / 1000000))
	echo "2 MiB: $before ms without, $after ms with 500 KiB/s"
	[ "$after" -ge 3000 ]
	[ "$before" -lt "$after" ]
}

@test "an io limit without a disk is refused by name" {
	run_split "$COFFERDAM" run --io-write 1M -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: io limit: the job can write to no block device"*"--allow-degraded io"* ]]
	run job --io-write 1M --allow-degraded io -- true
	[ "$status" = 0 ]
	[ "$(said .protections.io.state)" = unavailable ]
}

# --- the leaf

@test "the job has a leaf of its own, which is gone afterwards" {
	run job --memory 1G --pids 50 -- cat /proc/self/cgroup
	[ "$status" = 0 ]
	[ "$output" = "0::/" ]
	[ "$(leaves)" = 0 ]
	[ "$(said '.teardown.residue | length')" = 0 ]
}

@test "41 the job cannot raise its limits: its cgroup is shown read-only, and none can be mounted" {
	run job --quiet --memory 64M -- sh -c 'echo max >/sys/fs/cgroup/memory.max; mkdir /tmp/c && mount -t cgroup2 none /tmp/c; cat /sys/fs/cgroup/memory.max; echo end'
	[ "${lines[-1]}" = end ]
	[ "${lines[-2]}" = 67108864 ]
	# Without a sandbox around it the same user can, in the leaf it is in.
	[ -w "$OWN/cgroup.procs" ]
}

@test "kill -9 of the launcher: everything dies, and the next start sweeps the leaf" {
	"${JOB[@]}" --memory 64M --workspace "$PWD/work" --id killed -- sh -c 'touch ready; sleep 100' &
	local launcher=$!
	until_true 60 test -e work/ready
	kill -KILL "$launcher"
	wait "$launcher" || :
	until_true 60 grep -q 'populated 0' "$PARENT/cofferdam-killed/cgroup.events"
	"$COFFERDAM" run --pids 50 --id next -- true
	[ ! -e "$PARENT/cofferdam-killed" ]
}

@test "a leaf is not swept while its launcher lives, nor one of somebody else's name" {
	mkdir "$PARENT/other"
	job --workspace "$PWD/work" --id living -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		"$COFFERDAM" run --pids 50 -- true; [ -e "$PARENT/cofferdam-living" ] && touch there; echo)
	[ -e there ]
	[ -e "$PARENT/other" ]
	rmdir "$PARENT/other"
}

@test "two launchers with one --id: the second is refused" {
	job --workspace "$PWD/work" --id twice -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		"$COFFERDAM" run --pids 50 --id twice -- true 2>second || echo $? >>second; echo)
	[[ $(<second) == *"a job with this --id is running"*125 ]]
}

@test "Ctrl-Z freezes the job, and fg lets it go on" {
	"${JOB[@]}" --workspace "$PWD/work" --id stopped -- sh -c 'touch ready; read -r line; echo went on >result' < <(until_true 60 test -e go; echo) &
	local launcher=$!
	until_true 60 test -e work/ready
	kill -TSTP "$launcher"
	until_true 60 grep -q 'frozen 1' "$PARENT/cofferdam-stopped/cgroup.events"
	[ "$(awk '/^State/ { print $2 }' "/proc/$launcher/status")" = T ]
	touch go
	kill -CONT "$launcher"
	wait "$launcher"
	[ "$(<work/result)" = "went on" ]
}

# --- which directory

@test "--cgroup and COFFERDAM_CGROUP choose the directory, and a wrong one is refused by name" {
	mkdir "$PARENT/pool"
	job --cgroup "$PARENT/pool" --memory 64M --workspace "$PWD/work" -- sh -c 'touch ready; read -r line' < <(until_true 60 test -e work/ready
		ls -d "$PARENT"/pool/cofferdam-* >where; echo)
	[ -s where ]
	COFFERDAM_CGROUP=$PARENT/pool run job --memory 64M -- true
	[ "$status" = 0 ]
	rmdir "$PARENT/pool"
	run_split "$COFFERDAM" run --cgroup "$PARENT/pool" -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: --cgroup: $PARENT/pool: no such directory"* ]]
	COFFERDAM_CGROUP=/tmp run_split "$COFFERDAM" run -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: COFFERDAM_CGROUP: /tmp: not a cgroup v2 directory"* ]]
	run_split "$COFFERDAM" run --cgroup /sys/fs/cgroup -- true
	[ "$status" = 125 ]
	[[ $stderr == *"not delegated to this user"* ]]
}

@test "a cgroup namespace of one's own, as in a container: its root is the delegated directory" {
	mkdir "$PARENT/container"
	echo "$BASHPID" >"$PARENT/container/cgroup.procs"
	run unshare --user --map-root-user --cgroup --mount sh -c 'mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup &&
		exec unshare --user --map-user=1000 --map-group=1000 "$@"' sh \
		"$COFFERDAM" run --memory 64M --report report.json -- true
	echo "$output"
	[ "$status" = 0 ]
	[ "$(said .protections.memory.state)" = active ]
	[ "$(said .limits.memory.peak_of)" = cgroup ]
	leave container
}

@test "processes in a directory that is to get controllers are moved out of the way" {
	mkdir "$PARENT/top"
	echo "$BASHPID" >"$PARENT/top/cgroup.procs"
	run job -- true
	[ "$status" = 0 ]
	# Of one that threads can share the kernel says nothing until a process is to start in the leaf.
	run job --pids 20 -- true
	echo "$output"
	[ "$status" = 0 ]
	[ "$(said .limits.pids.peak)" -ge 2 ]
	run job --memory 64M -- true
	echo "$output"
	[ "$status" = 0 ]
	[ "$(said .limits.memory.peak_of)" = cgroup ]
	leave top
	mkdir "$PARENT/top"
	echo "$BASHPID" >"$PARENT/top/cgroup.procs"
	echo +pids >"$PARENT/top/cgroup.subtree_control"
	run job -- true
	echo "$output"
	[ "$status" = 0 ]
	leave top
}

@test "a controller that cannot be had is refused by name, with the reason, or degraded by consent" {
	mkdir "$PARENT/poor" "$PARENT/poor/run"
	echo "+pids" >"$PARENT/poor/cgroup.subtree_control"
	mkdir "$PARENT/poor/run/in"
	echo "$BASHPID" >"$PARENT/poor/run/in/cgroup.procs"
	run_split "$COFFERDAM" run --memory 64M -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: memory limit: no delegated cgroup v2 with the memory controller: "*"--allow-degraded memory"* ]]
	run_split "$COFFERDAM" run --memory-min 64M -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: memory limit: no delegated cgroup v2 with the memory controller: "*"requested by --memory-min"* ]]
	echo '{"swap": "0", "allow_degraded": ["swap"]}' >swap.json
	run "$COFFERDAM" doctor --profile ./swap.json
	echo "$output"
	grep -q '^degraded *memory controller' <<<"$output"
	echo '{"swap": "0", "allow_degraded": ["memory"]}' >swap.json
	run "$COFFERDAM" doctor --profile ./swap.json
	grep -q '^missing *memory controller' <<<"$output"
	run_split job --memory 64M --pids 9 --allow-degraded memory -- "$HOG" fork 20
	echo "$output"
	[ "$status" = 3 ]
	[ "$output" = "7 children, then EAGAIN" ]
	[ "$(said .protections.memory.state)" = unavailable ]
	leave poor
}
