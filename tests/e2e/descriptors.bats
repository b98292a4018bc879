#!/usr/bin/env bats
# Descriptors 0-2: what a job gets of them, and what the caller has of them afterwards. Terminals are in tty.bats.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "closed by the caller they are /dev/null for every program of ours, and no file of ours takes their place" {
	local program

	"$COFFERDAM" run --report report.json -- sh -c ': <&0 && : >&1 && : >&2' <&- >&- 2>&-
	[ "$(jq .status report.json)" = 0 ]
	"$COFFERDAM" run --report other.json -- sh -c 'echo te""xt; echo te""xt >&2' <&- 2>&- >&-
	[ "$(jq .status other.json)" = 0 ]
	not_an_error() { ! grep -q text "$@"; }
	not_an_error report.json other.json
	"$COFFERDAM" entrypoint --report entry.json --allow-degraded landlock -- sh -c 'echo te""xt; echo te""xt >&2' <&- >&- 2>&-
	[ "$(jq .status entry.json)" = 0 ]
	not_an_error entry.json
	"$COFFERDAM" policy learn --quiet -o learned.json -- true <&- >&- 2>&-
	[ -s learned.json ]
	"$COFFERDAM" policy explain ./learned.json >/dev/null
	"$COFFERDAM" seccomp exec job -- sh -c 'readlink /proc/self/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 >list 2>&1' <&- >&- 2>&-
	grep -qx /dev/null list
	# A message has nowhere to go, and goes nowhere.
	for program in cofferdam cofferdam-runner cofferdam-worker tests/hub tests/standin/Runner.Worker; do
		run sh -c '"$0" --no-such-thing <&- >&- 2>&-' "$BUILD/$program"
		[ "$status" != 0 ]
		[ "$status" -lt 128 ]
		[ -z "$output" ]
	done
}

@test "no crash of a job becomes a core, whether core_pattern is a file or a pipe" {
	run "$COFFERDAM" run -- grep -i '^max core' /proc/self/limits
	echo "$output"
	[[ $output =~ ^Max\ core\ file\ size\ +1\ +1\  ]]
}

@test "a file given for reading: read at the caller's place, and left where the job stopped" {
	seq 100 >numbers
	run bash -c "{ '$COFFERDAM' run -- head -c 4; echo; cat | head -2; } <numbers"
	[ "${output//$'\n'/ }" = "1 2  3 4" ]
	run bash -c "exec 7<numbers; '$COFFERDAM' run --keep-fd 7 -- head -c 4 <&7 >/dev/null; head -1 <&7"
	[ "$output" = 3 ]
	# Whatever way the job ends.
	run bash -c "exec <numbers; '$COFFERDAM' run --time 500ms --grace 0s -- sh -c 'head -c 4; exec sleep 60' >/dev/null 2>&1; head -1"
	[ "$output" = 3 ]
	# It can be opened again, and seen as what it is.
	run "$COFFERDAM" run -- sh -c 'cat /proc/self/fd/0 | tail -1; readlink /proc/self/fd/0' <numbers
	[ "${lines[0]}" = 100 ]
	"$COFFERDAM" run -- cat </proc/version >version
	diff version /proc/version
}

@test "a file given for reading: one without a name passes, one that lost its name is refused with a way out" {
	run bash -c "'$COFFERDAM' run -- tail -1 <<EOF
$(seq 20000)
last
EOF"
	[ "$output" = last ]
	echo text >file
	ln file other
	exec 7<other
	rm other
	run_split "$COFFERDAM" run -- cat <&7
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: file descriptor 0: "*"/other (deleted): the file is not found again"*"cat FILE | cofferdam"* ]]
	# Another one in its place is not taken for it, and a link is not followed.
	echo forged >"other (deleted)"
	run_split "$COFFERDAM" run -- cat <&7
	[ "$status" = 125 ]
	ln -sf file "other (deleted)"
	run_split "$COFFERDAM" run -- cat <&7
	[ "$status" = 125 ]
	exec 7<&-
	# A new name is found.
	exec 7<file
	mv file moved
	run_split "$COFFERDAM" run -- cat <&7
	[ "$output" = text ]
	exec 7<&-
}

@test "a file given for reading that lost its name stays what it is on a mount that is read-only already" {
	mkdir mount
	mounted() {
		unshare --user --map-current-user --keep-caps --mount sh -c 'mount -t tmpfs tmpfs mount && echo text >mount/file && mount -o "remount,bind,$1" mount &&
			exec 7<mount/file && umount -l mount && setpriv --ambient-caps=-all "$0" run -- sh -c "cat; chmod 4777 /proc/self/fd/0 2>/dev/null || echo refused" <&7' \
			"$COFFERDAM" "$1"
	}
	run mounted ro
	[ "$output" = "text
refused" ]
	run mounted rw
	[ "$status" = 125 ]
	[[ $output == *"not found again"* ]]
}

@test "what was written keeps its mode, flags are as before, a job's locks are gone and the caller's are not" {
	: >log
	chmod 640 log
	"$COFFERDAM" run -- sh -c 'chmod 4777 /proc/self/fd/1; echo text' >log
	[ "$(stat -c %a log)" = 640 ]
	[ "$(<log)" = text ]
	# The same where set-up fails.
	run bash -c "'$COFFERDAM' run -- /no/such/command >log; stat -c %a log"
	[ "${lines[-1]}" = 640 ]
	# A lock on a written file that the caller has stays the caller's.
	exec 7>lock
	flock 7
	"$COFFERDAM" run -- true >&7
	run ! flock -n lock true
	flock -u 7
	"$COFFERDAM" run -- flock 1 >&7
	flock -n lock true
	exec 7>&-
}

@test "a path, and no more, is not handed over" {
	run python3 -c 'import os, sys
fd = os.open("/dev/null", os.O_PATH)
file = os.open(sys.argv[1], os.O_PATH)
os.dup2(file, 0)
os.execv(sys.argv[1], [sys.argv[1], "run", "--", "true"])' "$COFFERDAM"
	[ "$status" = 125 ]
	[[ $output == *"file descriptor 0: open as a path only"* ]]
}

@test "what works with the caller's rights or descriptors is not handed over, whatever number it has" {
	local command give='import os, select, sys
made = select.epoll()
os.dup2(made.fileno(), int(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])'

	for command in "run --keep-fd 7" "entrypoint --allow-degraded landlock --keep-fd 7"; do
		for number in 0 7; do
			[ "$number" = 7 ] || exec 7</dev/null
			# shellcheck disable=SC2086 # words
			run_split python3 -c "$give" "$number" "$COFFERDAM" $command -- touch ran
			[ "$status" = 125 ]
			[[ $stderr == *"cofferdam: file descriptor $number: [eventpoll]: holds its maker's other descriptors ("* ]]
		done
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $command -- touch ran 7>>/proc/self/comm
		[ "$status" = 125 ]
		[[ $stderr == *"file descriptor 7: a file of the kernel's, open for writing"* ]]
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $command -- touch ran 7</proc/self/ns/net
		[ "$status" = 125 ]
		[[ $stderr == *"file descriptor 7: net:["*"]: a namespace ("* ]]
	done
	exec 7<&-
	[ ! -e ran ]
}

@test "a job that fills the pipe of standard error does not silence what was denied" {
	local fill="'$BUILD/tests/escape/given' fill 2 >/dev/null; unshare -n true 2>/dev/null; exit 9"

	mkfifo pipe
	exec 7<>pipe
	"$COFFERDAM" run --ro "$BUILD/tests/escape" -- sh -c "echo >&2; $fill" 2>&7 7>&- 3>&- &
	pid=$!
	read -r <&7 # the job has begun
	# shellcheck disable=SC2317 # until_true calls it
	alone() { ! pgrep -P "$1" >/dev/null; }
	until_true 10 alone "$pid"
	timeout 10 sed -u '/denied: unshare(2)/q' <&7 | tr -d '\0' >said
	grep -q 'denied: unshare(2)' said
	status=0
	wait "$pid" || status=$?
	[ "$status" = 9 ]
	# Nor does a reader that never reads keep the launcher.
	status=0
	timeout -s KILL 30 "$COFFERDAM" run --ro "$BUILD/tests/escape" -- sh -c "$fill" 2>&7 7>&- || status=$?
	exec 7>&-
	[ "$status" = 9 ]
}

@test "a report to standard output waits neither for ever for a reader, nor past SIGTERM" {
	mkfifo pipe
	exec 7<>pipe
	"$BUILD/tests/escape/given" fill 1 >&7
	status=0
	timeout -s KILL 30 "$COFFERDAM" run --report - -- sh -c "exit 9" >&7 7>&- 2>said || status=$?
	[ "$status" = 9 ]
	grep -qx 'cofferdam: report: standard output: the reader does not read' said
	"$COFFERDAM" run --report - -- sh -c "echo begun" >&7 7>&- 2>said 3>&- &
	pid=$!
	until_true 10 grep -qx begun said
	alone() { ! pgrep -P "$pid" >/dev/null; }
	until_true 10 alone # the job is over
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	[ "$status" = 125 ]
	grep -qx 'cofferdam: report: standard output: the reader does not read, SIGTERM received' said
	# Who reads gets all of it.
	"$COFFERDAM" run --report - -- true | { read -rt 1 <> <(:) || :; jq -e .version; }
}

@test "a report to standard output is alone there: what the command prints goes to standard error" {
	local command

	for command in run "entrypoint --allow-degraded landlock"; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $command --report - -- sh -c 'echo one; echo two >&2; exit 3'
		echo "$command: $status: $output; $stderr"
		[ "$status" = 3 ]
		jq -e '.exit_code == 3 and .teardown.residue == []' <<<"$output"
		[ "$(grep -cx 'one\|two' <<<"$stderr")" = 2 ]
		# With a file the command's output stays where it was.
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $command --report r.json -- echo one
		[ "$output" = one ]
		# A closed standard error takes it, and the report is still alone.
		# shellcheck disable=SC2086 # words
		"$COFFERDAM" $command --report - -- echo one 2>&- | jq -e '.exit_code == 0'
		# Nothing leads the command back to standard output.
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $command --report - -- sh -c 'ls -l /proc/self/fd/ | grep "pipe:" | sed "s/.*-> //" | sort -u | wc -l' </dev/null
		[ "$(tail -1 <<<"$stderr")" = 1 ]
	done
	# A report that cannot be written is one to standard output, too.
	run_split sh -c "'$COFFERDAM' run --report - -- echo one >/dev/full"
	[ "$status" = 125 ]
	[ "$stderr" = $'one\ncofferdam: report: standard output: No space left on device' ]
}

@test "a descriptor that the caller does not have open is refused, also where the launcher opens one of that number" {
	local command number

	for number in 3 4 5; do
		for command in run "entrypoint --allow-degraded landlock"; do
			for report in r.json -; do
				# shellcheck disable=SC2086 # words
				run_split bash -c 'exec "$@" 3<&- 4<&- 5<&-' - "$COFFERDAM" $command --keep-fd "$number" --report "$report" -- touch ran
				echo "$command: $status: $stderr"
				[ "$status" = 125 ]
				[[ $stderr == *"cofferdam: file descriptor $number: Bad file descriptor (--keep-fd requires a descriptor that the caller has open)" ]]
				# What `run` is asked to report, it reports of a refused launch, too.
				case $command$report in
				run-) jq -e '.status == 125 and (.error | test("Bad file descriptor"))' <<<"$output" ;;
				*) [ -z "$output" ] ;;
				esac
			done
		done
		run_split bash -c 'exec "$@" 3<&- 4<&- 5<&-' - "$COFFERDAM" run --start-fd "$number" --report r.json -- touch ran
		[[ $stderr == "cofferdam: file descriptor $number: Bad file descriptor (--start-fd requires "* ]]
	done
	[ ! -e ran ]
	jq -e '.status == 125 and .ended_by == "launcher"' r.json
}

@test "a pipe has its size again, and where it holds too much for that the residue says so" {
	run python3 -c 'import fcntl, os, subprocess, sys
SET, GET = 1031, 1032 # F_SETPIPE_SZ
job = "import fcntl, sys, os; fcntl.fcntl(1, %d, int(sys.argv[1])); os.write(1, bytes(int(sys.argv[2])))" % SET
for size, fill in ("4096", "0"), ("262144", "200000"):
    ends = os.pipe()
    before = fcntl.fcntl(ends[1], GET)
    subprocess.run([sys.argv[1], "run", "--report", "r.json", "--", "/usr/bin/python3", "-c", job, size, fill], stdout=ends[1], check=True)
    print(fcntl.fcntl(ends[1], GET) == before, flush=True)
    subprocess.run(["jq", "-c", ".teardown.residue", "r.json"])' "$COFFERDAM"
	echo "$output"
	[ "$status" = 0 ]
	[ "${output//$'\n'/ }" = 'True [] False ["file descriptor 1: size of the pipe"]' ]
}
