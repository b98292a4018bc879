#!/usr/bin/env bats
# cofferdam run --start-fd: prepared in advance, started by a byte.

# shellcheck disable=SC2154 # run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkfifo start
	exec 8<>start
	mkdir work
}

teardown() {
	[ ! -s pid ] || kill -9 "$(cat pid)" 2>/dev/null || :
}

# prepare OPTION… -- COMMAND…: in the background, its process in $launcher; standard error in err.
prepare() {
	"$COFFERDAM" run --start-fd 8 "$@" >out 2>err 3>&- &
	launcher=$!
	echo $launcher >pid
}

# The process that is to become the command: the child of the launcher's child, in $command.
waits() {
	local init
	init=$(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null) && [ -n "$init" ] || return 1
	command=$(cat "/proc/${init% }/task/${init% }/children" 2>/dev/null) && command=${command% } && [ -n "$command" ] || return 1
	grep -q '^Seccomp:[[:space:]]*2$' "/proc/$command/status" && grep -q '^State:[[:space:]]*S' "/proc/$command/status"
}

ended() { # the launcher's status in $status
	status=0
	wait "$launcher" || status=$?
}

@test "nothing runs before the byte, and every restriction is in force by then" {
	prepare --workspace "$PWD/work" --report "$PWD/report.json" -- touch ran
	until_true 20 waits
	[ ! -e work/ran ]
	grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$command/status"
	grep -Eq '^CapBnd:[[:space:]]*0+$' "/proc/$command/status"
	# PID 1, which shares the memory of what waits, sleeps so that it is no load on the machine, as after vfork(2) it would be.
	grep -q '^State:[[:space:]]*S' "/proc/$(ps -o ppid= -p "$command" | tr -d ' ')/status"
	prepared=$(date +%s%N)
	printf x >&8
	ended
	[ "$status" = 0 ]
	[ -e work/ran ]
	# The job is as long as its command.
	[ "$(date -d "$(jq -r .start report.json)" +%s)" -ge $((prepared / 1000000000)) ]
	jq -e '.ended_by == "exit" and .teardown.residue == []' report.json
}

@test "a byte that was there before starts it at once" {
	printf x >&8
	run "$COFFERDAM" run --start-fd 8 -- sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "the command inherits the descriptor neither way" {
	printf xy >&8
	run "$COFFERDAM" run --start-fd 8 -- bash -c 'test ! -e /proc/self/fd/8'
	[ "$status" = 0 ]
	[ "$(dd bs=1 count=1 status=none <&8)" = y ] # one byte was read, and no more
}

@test "without a byte nothing runs: end of file" {
	run_split "$COFFERDAM" run --start-fd 8 --workspace "$PWD/work" --report "$PWD/report.json" -- touch ran 8< <(:)
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: start: descriptor 8 was closed and no byte came: nothing has run" ]
	[ ! -e work/ran ]
	jq -e '.ended_by == "launcher" and .teardown.residue == []' report.json
}

@test "without a byte nothing runs: signals" {
	for sig in TERM INT HUP QUIT; do
		prepare --workspace "$PWD/work" -- touch ran
		until_true 20 waits
		kill -USR1 "$launcher" # nobody is there to hear it
		waits
		kill -$sig "$launcher"
		ended
		[ "$status" = 125 ]
		[ "$(cat err)" = "cofferdam: start: SIG$sig came before the byte: nothing has run" ]
		[ ! -e work/ran ]
		[ ! -e "/proc/$command" ]
	done
}

# Each round all that wait wake up for one byte.
@test "several may wait at one descriptor: a byte starts one, and the others still hear signals" {
	local round pid n started waiting
	for ((round = 0; round < 8; round++)); do
		waiting=()
		for ((n = 0; n < 6; n++)); do
			"$COFFERDAM" run --start-fd 8 -- sh -c 'exit 3' 3>&- 2>>err &
			waiting+=($!)
		done
		for launcher in "${waiting[@]}"; do
			until_true 20 waits
		done
		printf xxx >&8
		started=0
		until_true 20 eval '[ "$(for pid in "${waiting[@]}"; do [ ! -e "/proc/$pid" ] || echo; done | wc -l)" = 3 ]'
		for pid in "${waiting[@]}"; do
			kill -TERM "$pid" 2>/dev/null || :
		done
		for pid in "${waiting[@]}"; do
			if ! until_true 20 test ! -e "/proc/$pid"; then
				kill -9 "$pid"
				return 1
			fi
			n=0
			wait "$pid" || n=$?
			[ "$n" != 3 ] || started=$((started + 1))
		done
		[ "$started" = 3 ]
	done
}

@test "a caller that is gone, and had the other end of its FIFO open by the same descriptor: nothing runs" {
	exec 8>&-
	bash -c 'exec 9<>start; "$0" run --start-fd 9 --workspace "$PWD/work" -- touch ran 2>err 3>&- & echo $! >pid' "$COFFERDAM"
	until_true 20 test ! -e "/proc/$(cat pid)"
	[ "$(cat err)" = "cofferdam: start: descriptor 9 was closed and no byte came: nothing has run" ]
	[ ! -e work/ran ]
}

# As soon as there is a child.
@test "a signal that comes during the set-up is named as well" {
	local n=0
	until [ "$n" = 20 ]; do
		prepare -- true
		until_true 20 grep -qs . "/proc/$launcher/task/$launcher/children"
		kill -TERM "$launcher"
		ended
		[ "$status" = 125 ]
		[ "$(cat err)" = "cofferdam: start: SIGTERM came before the byte: nothing has run" ]
		n=$((n + 1))
	done
}

@test "a launcher that is killed takes what waits along" {
	prepare --workspace "$PWD/work" -- touch ran
	until_true 20 waits
	kill -9 "$launcher"
	until_true 20 test ! -e "/proc/$command"
	printf x >&8
	[ ! -e work/ran ]
}

@test "the time limit is the command's, not the waiting's" {
	prepare --time 400ms --report "$PWD/report.json" -- sh -c 'exit 3'
	until_true 20 waits
	sleep 0.6 # this has to pass
	printf x >&8
	ended
	[ "$status" = 3 ]
	prepare --time 100ms -- sleep 60
	until_true 20 waits
	printf x >&8
	ended
	[ "$status" = 124 ]
}

@test "a workspace is counted from the byte on" {
	prepare --workspace "$PWD/work" --disk 20M --report "$PWD/report.json" -- sh -c 'for i in 1 2 3; do head -c 15M /dev/zero >$i; done; sleep 60'
	until_true 20 waits # nobody but PID 1 is the launcher's child
	printf x >&8
	ended
	[ "$status" = 137 ]
	jq -e '.ended_by == "disk" and .teardown.residue == []' report.json
}

@test "denials are named and signals handed on as in any other" {
	prepare --report "$PWD/report.json" -- bash -c 'trap "exit 9" USR1; unshare -U true; echo ready; while :; do read -rt 0.05 <> <(:) || :; done'
	until_true 20 waits
	printf x >&8
	until_true 20 grep -q ready out
	kill -USR1 "$launcher"
	ended
	[ "$status" = 9 ]
	grep -q '^cofferdam: denied: unshare(2)' err
}

@test "--start-fd: what is refused" {
	run_split "$COFFERDAM" run --start-fd 77 -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: file descriptor 77: Bad file descriptor (--start-fd requires"* ]]
	run_split "$COFFERDAM" run --start-fd 9 -- true 9> >(:)
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: file descriptor 9: not open for reading (--start-fd requires"* ]]
	run_split "$COFFERDAM" run --start-fd 9 -- true 9</dev/null
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: file descriptor 9: neither a pipe nor a socket (--start-fd requires"* ]]
	# shellcheck disable=SC2016
	run_split python3 -c 'import os, socket, sys
ours, theirs = socket.socketpair()
theirs.setblocking(False)
os.dup2(theirs.fileno(), 9)
os.execv(sys.argv[1], sys.argv[1:])' "$COFFERDAM" run --start-fd 9 -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: file descriptor 9: non-blocking (--start-fd requires"* ]]
	run_split "$COFFERDAM" run --start-fd 8 --keep-fd 8 -- true
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: --start-fd: 8: also named by --keep-fd" ]
	run_split "$COFFERDAM" run --start-fd 2 -- true
	[ "$status" = 125 ]
	run_split "$COFFERDAM" entrypoint --start-fd 8 -- true
	[ "$status" = 125 ]
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO"}]}' >no-read.json
	run_split "$COFFERDAM" run --start-fd 8 --seccomp ./no-read.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"--start-fd: "*"no-read.json does not allow read(2), which a waiting start requires" ]]
}
