#!/usr/bin/env bats
# cofferdam run --disk: a job that stores more than it may ends, whatever it stores it in.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

@test "disk: the writable directories of a sandbox share one limit" {
	run "$COFFERDAM" run --disk 20M --report report -- sh -c '
		for dir in /workspace /tmp /var/tmp /home/job /dev/shm; do head -c 6M /dev/zero >$dir/f || echo "$dir: full"; done'
	echo "$output"
	[[ $output == *"No space left on device"* ]]
	[ "$(grep -c full <<<"$output")" -ge 2 ]
	[ "$(jq ".limits.disk.used // 0" report)" -le $((20 << 20)) ]
	# Without the limit all of it fits.
	run "$COFFERDAM" run -- sh -c 'for dir in /workspace /tmp /var/tmp /home/job /dev/shm; do head -c 6M /dev/zero >$dir/f || exit 1; done'
	[ "$status" = 0 ]
}

@test "disk: the layer has the same limit: bytes, allocated bytes and files" {
	for fill in 'head -c 30M /dev/zero >/usr/f' 'fallocate -l 30M /usr/f' 'truncate -s 1G /usr/f && fallocate -l 30M /usr/f' \
		'cp -r /usr/bin /usr/copy' 'i=0; while : >/usr/lib/f$i; do i=$((i + 1)); done'; do
		run "$COFFERDAM" run --root overlay --disk 20M --time 60s --report report -- sh -c "exec 2>&1; $fill || { echo failed; exit 1; }; echo fits"
		echo "$fill: ${lines[0]}: $(jq -c '[.ended_by, .limits.disk]' report)"
		[[ $output == *"No space left on device"* ]]
		[[ $output != *fits* || $fill == i=* ]]
		[ "$(jq ".limits.disk.used // 0" report)" -le $((20 << 20)) ]
	done
	run "$COFFERDAM" run --root overlay --disk 80M -- sh -c 'head -c 30M /dev/zero >/usr/f && fallocate -l 30M /usr/g && echo fits'
	[ "$output" = fits ]
}

@test "disk: a job that failed when all was full ended by disk" {
	run "$COFFERDAM" run --disk 5M --report report -- sh -c 'head -c 30M /dev/zero >f'
	[ "$status" = 1 ]
	[ "$(jq -r .ended_by report)" = disk ]
	[ "${lines[-1]}" = "cofferdam: ended: disk limit of 5M (--disk): no room was left when the command failed" ]
}

# filler SCRIPT: in a workspace with a limit of 20M; must be ended by it. Without the limit it must end by itself.
filler() {
	rm -rf ws
	mkdir ws
	run "$COFFERDAM" run --workspace ws --disk 20M --time 60s --report report -- sh -c "$1; sleep 30"
	echo "$1: $status: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	[ "$(jq .limits.disk.used report)" -ge $((20 << 20)) ] || [ "$(jq .limits.disk.files report)" -gt 16384 ]
	[[ $output == *"cofferdam: ended: disk limit of 20M (--disk): $PWD/ws holds "*", and at most 20M in 16384" ]]
	chmod -R u+rwX ws
	rm -rf ws
	mkdir ws
	"$COFFERDAM" run --workspace ws --report report -- sh -c "$1"
	chmod -R u+rwX ws
}

@test "disk: a job that fills its workspace is killed: bytes, hidden bytes, files, nameless files" {
	filler 'for i in 1 2 3; do head -c 15M /dev/zero >f$i; done'
	filler 'mkdir d; for i in 1 2 3; do head -c 15M /dev/zero >d/f$i; done; chmod 0 d'
	filler 'exec 3>a 4>b; rm a b; head -c 15M /dev/zero >&3; head -c 15M /dev/zero >&4'
	filler 'i=0; while [ $i -lt 20000 ]; do : >f$i; i=$((i + 1)); done'
	filler 'trap "" TERM; for i in 1 2 3; do fallocate -l 15M f$i; done'
}

@test "disk: what a file without a name held is said where there is no workspace of the caller's" {
	mkdir rw
	run "$COFFERDAM" run --rw "$PWD/rw" --disk 20M --time 60s --report report -- \
		sh -c "exec 7>$PWD/rw/f; rm $PWD/rw/f; head -c 30M /dev/zero >&7; sleep 50"
	echo "$output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	[ "$(jq .limits.disk.used report)" -ge $((20 << 20)) ]
	# What the sandbox has in memory has the same limit, and is what counts where it is more.
	run "$COFFERDAM" run --rw "$PWD/rw" --disk 20M --report report -- sh -c "head -c 3M /dev/zero >$PWD/rw/f; head -c 9M /dev/zero >/tmp/f"
	[ "$status" = 0 ]
	[ "$(jq .limits.disk.used report)" -ge $((9 << 20)) ]
}

@test "disk: what is there in the end counts, also when the job was faster than the counts, or has closed its directories" {
	for end in : 'chmod 0 d'; do
		mkdir ws
		run "$COFFERDAM" run --workspace ws --disk 20M --report report -- sh -c "mkdir d; for i in 1 2 3; do fallocate -l 15M d/\$i; done; $end"
		echo "$end: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
		[ "$status" = 137 ]
		[ "$(jq -r .ended_by report)" = disk ]
		[[ $output == *"cofferdam: ended: disk limit of 20M (--disk): $PWD/ws holds "*", and at most 20M in 16384" ]]
		# Without the limit it succeeds.
		chmod -R u+rwX ws
		rm -rf ws
		mkdir ws
		"$COFFERDAM" run --workspace ws -- sh -c "mkdir d; for i in 1 2 3; do fallocate -l 15M d/\$i; done; $end"
		chmod -R u+rwX ws
		rm -rf ws
	done
}

@test "disk: a job is held still for a count, and goes on" {
	mkdir ws
	# Each half of what is left is a reason; SIGCONT says that it was one: without a report there is no cgroup
	# that would be frozen instead. On a file system where nobody else frees room meanwhile.
	cat >job <<-'EOF'
		trap "held=1" CONT
		for i in {1..15}; do
			head -c 1M /dev/zero >f$i
		done
		until [ -n "$held" ]; do read -rt 0.05 <> <(:); done
		echo done
	EOF
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --ro job:/job -- bash /job"
	echo "$status: $output"
	[ "$status" = 0 ]
	[ "$output" = "done" ]
}

# Who has PID 1's number after it was reaped is somebody else.
@test "disk: what counts while the job runs has ended before PID 1 is reaped" {
	local init counter

	mkdir ws
	strace -qq -o trace -e trace=clone,clone3,kill,wait4 "$COFFERDAM" run --workspace ws --disk 20M -- true
	cat trace
	init=$(sed -nE 's/^clone3?\(.* = ([0-9]+)$/\1/p' trace | head -1)
	counter=$(sed -nE 's/^kill\(([0-9]+), SIGKILL\) += 0$/\1/p' trace | head -1)
	[ -n "$counter" ]
	[ "$counter" != "$init" ]
	[ "$(grep -E "^wait4\(($init|$counter), " trace | grep -oE '[0-9]+$' | xargs)" = "$counter $init" ]
}

# only_counts LAUNCHER: its job has ended, and processes of its own are left.
only_counts() {
	local children child

	read -ra children <"/proc/$1/task/$1/children"
	for child in "${children[@]}"; do
		[ "$(<"/proc/$child/comm")" != cofferdam-init ] || return
	done
	[ "${#children[@]}" -gt 0 ]
}

@test "disk: the count in the end, where it takes long, leaves a signal the grace period" {
	local strace launcher status=0

	mkdir ws
	strace -f -qq -o /dev/null -e trace=setns -e inject=setns:delay_enter=20000000 \
		"$COFFERDAM" run --workspace ws --disk 20M --grace 1s --report report -- sh -c ': >begun' 2>said 3>&- &
	strace=$!
	until_true 10 test -e ws/begun
	launcher=$(cat "/proc/$strace/task/$strace/children")
	until_true 10 only_counts "${launcher% }"
	kill "${launcher% }"
	wait "$strace" || status=$?
	cat said
	[ "$status" = 125 ]
	[[ $(<said) == *"cofferdam: disk limit: the job's storage could not be counted at the end: SIGTERM came"* ]]
	[ "$(jq -r .ended_by report)" = launcher ]
}

@test "disk: without a cgroup, where /proc hides processes, is refused" {
	mkdir ws
	for hidepid in 2 invisible; do
		run_split unshare --user --map-current-user --keep-caps --mount --pid --fork sh -c "
			mount -t proc -o hidepid=$hidepid proc /proc && exec '$COFFERDAM' run --workspace ws --disk 20M -- true"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: disk limit: $PWD/ws: /proc is mounted with hidepid: "*"cofferdam doctor"* ]]
	done
	run unshare --user --map-current-user --keep-caps --mount --pid --fork sh -c "
		mount -t proc -o hidepid=0 proc /proc && exec '$COFFERDAM' run --workspace ws --disk 20M -- true"
	[ "$status" = 0 ]
}

@test "disk: what is mounted below the workspace counts" {
	mkdir -p ws/below
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws/below && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --report report -- \
			sh -c 'for i in 1 2 3; do fallocate -l 15M below/f\$i; done; sleep 30'"
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	# So do files without a name there.
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws/below && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --report report -- \
			sh -c 'exec 3>below/a 4>below/b; rm below/a below/b; head -c 15M /dev/zero >&3; head -c 15M /dev/zero >&4; sleep 30'"
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
}

@test "disk: a directory that can be filled but not read is refused, or the end" {
	mkdir -p ws/blind
	chmod 0333 ws/blind
	run_split "$COFFERDAM" run --workspace ws --disk 20M -- true
	[ "$status" = 125 ]
	[[ $stderr == *"cannot be counted"*"written but not read"* ]]
	"$COFFERDAM" run --workspace ws -- true
}

@test "disk: a workspace that holds too much already is refused, one within the limit runs" {
	mkdir ws
	head -c 3M /dev/zero >ws/f
	run_split "$COFFERDAM" run --workspace ws --disk 2M -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"holds more than 2097152 bytes"*"raise --disk"* ]]
	[ ! -e ws/ran ]
	run "$COFFERDAM" run --workspace ws --disk 10M --report report -- sh -c 'ln f g; ln f h; ln f i; ln f j; cat f >k' # one file with five names, and one more
	[ "$status" = 0 ]
	[ "$(jq -r .ended_by report)" = exit ]
	[ "$(jq .limits.disk.used report)" -ge $((5 << 20)) ]
}
