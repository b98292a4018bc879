#!/usr/bin/env bats
# Denials are named, and stay denials: seccomp user notification reports and never decides.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

NOTIFY=$BUILD/tests/escape/notify

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}' >open.json
	# mkdir(2) fails with an errno that nothing else gives.
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71, "comment": "no directories"}]}' >no-mkdir.json
	# A profile that lets nothing be missing.
	echo '{"ro": ["/usr"], "ro_try": ["/bin", "/lib", "/lib64"], "env": ["PATH=/usr/bin:/bin"]}' >bare.json
}

teardown() {
	[ -z "${launcher:-}" ] || kill -KILL "$launcher" 2>/dev/null || true
}

# A launcher that a filter with a listener is around of.
under_listener() {
	python3 - "$@" <<-'E'
		import ctypes, os, struct, sys
		libc = ctypes.CDLL(None, use_errno=True)
		allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
		class Program(ctypes.Structure):
		    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
		program = Program(1, ctypes.addressof(allow))
		number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
		libc.prctl(38, 1, 0, 0, 0)
		fd = libc.syscall(number, 1, 8, ctypes.byref(program))
		if fd < 0:
		    sys.exit("no listener: " + os.strerror(ctypes.get_errno()))
		os.set_inheritable(fd, True)
		os.execvp(sys.argv[1], sys.argv[1:])
	E
}

# What each shipped policy denies, by a program that tells the errno it got.
denied_calls='import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def say(what, result):
    print(what, "done" if result >= 0 else errno.errorcode[ctypes.get_errno()])
say("mount", libc.mount(b"none", b"/mnt", b"tmpfs", 6, None))
say("mount", libc.mount(b"none", b"/mnt", b"tmpfs", 6, None))
say("chroot", libc.chroot(b"/"))
say("keyctl", libc.syscall({"x86_64": 250, "aarch64": 219}[os.uname().machine], 1, 0, 0, 0, 0))
say("unshare", libc.unshare(0x10020000))
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)
    print("socket done")
except OSError as e:
    print("socket", errno.errorcode[e.errno])
'

@test "--denials-fd: a line for each kind of denied call is in the file when the program sees the errno, and the command has no way to it" {
	echo before >record
	sed 's/"mkdir", /"mkdir", "rmdir", "unlinkat", /' no-mkdir.json >no-dirs.json
	run_split "$COFFERDAM" run --denials-fd 8 --ro "$PWD/record:/tmp/record" --seccomp "$PWD/no-dirs.json" -- bash -c '
		mkdir /tmp/1 || cat /tmp/record
		mkdir /tmp/2 2>/dev/null; rmdir /tmp/3 || cat /tmp/record
		[ ! -e /proc/self/fd/8 ] && ! echo forged 2>/dev/null >>/tmp/record && echo "closed"' 8>>record
	[ "$output" = "before
mkdir by mkdir (EPROTO)
before
mkdir by mkdir (EPROTO)
rmdir by rmdir (EPROTO)
closed" ]
	# What is open for the command too is not the launcher's.
	run_split "$COFFERDAM" run --keep-fd 8 -- bash -c 'echo forged >&8' 8>>record
	[ "$(tail -n 1 record)" = forged ]
	run_split bash -c '"$1" run --denials-fd 8 --no-explain -- true 8>>record' - "$COFFERDAM"
	[ "$status" = 0 ]
	[ "$stderr" = 'cofferdam: --denials-fd: nothing is recorded: denied calls are not named (leave out --no-explain, or set "explain": true)' ]
	for row in '8>>record --keep-fd 8|--denials-fd: 8: also named by --keep-fd' '8< <(:) |file descriptor 8: not a file' \
		'8<record |file descriptor 8: not open for writing' '8>&- |file descriptor 8: Bad file descriptor'; do
		run bash -c "\"\$1\" run --denials-fd 8 ${row%|*} -- true" - "$COFFERDAM"
		[ "$status" = 125 ]
		[[ $output == *"cofferdam: ${row##*|}"* ]] || { echo "$output"; false; }
	done
}

@test "each shipped policy: call, arguments in words, process, pid, errno, rule, count" {
	local policy socket_errno
	for policy in job strict listener; do
		run_split "$COFFERDAM" run --seccomp $policy --report $policy.report -- python3 -c "$denied_calls"
		echo "$policy: $output $stderr"
		[ "$status" = 0 ]
		[ "${lines[*]::5}" = "mount EPERM mount EPERM chroot EPERM keyctl EPERM unshare EPERM" ]
		socket_errno=$(cut -d' ' -f2 <<<"${lines[5]}")
		[[ $socket_errno = EAFNOSUPPORT || $socket_errno = EPERM ]]
		for line in \
			'mount(2) by python3 (pid 2): source "none", target "/mnt", type "tmpfs", flags MS_NOSUID|MS_NODEV: EPERM (*), 2 times' \
			'chroot(2) by python3 (pid 2): path "/": EPERM ([A-Z]*)' \
			'keyctl(2) by python3 (pid 2): operation KEYCTL_JOIN_SESSION_KEYRING: EPERM ([A-Z]*)' \
			'unshare(2) by python3 (pid 2): flags CLONE_NEWNS|CLONE_NEWUSER: EPERM ([A-Z]*)' \
			'socket(2) by python3 (pid 2): family packet, type raw, protocol 3: '$socket_errno' ([A-Z]*)'; do
			# shellcheck disable=SC2053 # a pattern
			[[ $stderr == *"cofferdam: denied: "$line* ]] || { echo "missing: $line"; false; }
		done
		[[ $stderr == *$'\n'"cofferdam: denied: \`cofferdam policy explain $policy mount chroot keyctl unshare socket\` shows the rules" ]]
		jq -e '.protections.explain.state == "active" and .denials.more == 0 and .denials.killed == null' $policy.report
		jq -e '.denials.seccomp[] | select(.syscall == "mount") | .count == 2 and .pid == 2 and .process == "python3"
			and .errno == "EPERM" and (.rule | startswith("profiles/seccomp/")) and (.why | length > 0)' $policy.report
	done
}

# A rule that denies several things says of each why, in its first sentence.
@test "the reason speaks of what was denied" {
	run_split "$COFFERDAM" run -- python3 -c 'import ctypes, fcntl, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace(26, 1, None, None)
libc.ptrace(0x4200, 1, None, ctypes.c_void_p(0x200000))
try: fcntl.fcntl(os.open("/", os.O_RDONLY), fcntl.F_NOTIFY, 1)
except OSError as e: print(e.errno)'
	echo "$output $stderr"
	[ "$output" = 22 ]
	[[ $stderr == *"PTRACE_SETOPTIONS, "*": EIO ("*"PTRACE_O_SUSPEND_SECCOMP read a filter or take it off)"* ]]
	[[ $stderr == *"fcntl(2) by python3"*": EINVAL ("*"F_NOTIFY is older than inotify(7))"* ]]
}

@test "--no-explain: the same errnos, and nothing is named" {
	run_split "$COFFERDAM" run -- python3 -c "$denied_calls"
	local explained=$output
	[[ $stderr == *denied:* ]]
	run_split "$COFFERDAM" run --no-explain --report r.json -- python3 -c "$denied_calls"
	[ "$output" = "$explained" ]
	[ -z "$stderr" ]
	jq -e '.protections.explain.state == "disabled" and .denials.seccomp == null' r.json
}

@test "--quiet: the report only" {
	run_split "$COFFERDAM" run --quiet --report r.json -- python3 -c "$denied_calls"
	[ -z "$stderr" ]
	[ "$(jq '.denials.seccomp | length' r.json)" = 5 ]
}

@test "nothing denied, nothing printed" {
	run_split "$COFFERDAM" run --report r.json -- sh -c 'ls / | wc -l; (:); sleep 0'
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(jq -c .denials.seccomp r.json)" = "[]" ]
}

@test "ENOSYS is not told: the C library asks for clone3 with each thread" {
	run_split "$COFFERDAM" run --report r.json --ro "$BUILD/tests/escape" -- "$BUILD/tests/escape/namespaces" threads
	[ "$output" = "threads work" ]
	[ "$(jq -c .denials.seccomp r.json)" = "[]" ]
}

@test "the errno of a policy in a file, its rule and its reason" {
	run_split "$COFFERDAM" run --seccomp ./no-mkdir.json --report r.json -- mkdir /workspace/x
	[[ $stderr == *"Protocol error"*"cofferdam: denied: mkdir"*"EPROTO (no directories)"$'\n'"cofferdam: denied: \`cofferdam policy explain "*"no-mkdir.json mkdir\` shows the rules" ]]
	[ "$(jq -r '.denials.seccomp[0].why' r.json)" = "no directories" ]
}

@test "no descriptor of it in the job" {
	run "$COFFERDAM" run -- sh -c 'exec ls /proc/self/fd'
	[ "$(xargs <<<"$output")" = "0 1 2 3" ] # 3 is the directory itself
	run "$COFFERDAM" run --quiet -- sh -c 'readlink /proc/[0-9]*/fd/* | grep -c seccomp'
	[ "$output" = 0 ]
}

@test "what comes from the job is printed as text" {
	run_split "$COFFERDAM" run --report r.json --ro "$BUILD/tests/escape" -- "$NOTIFY" strings
	[ "$output" = "mount: EPERM" ]
	[[ $stderr == *'by a\x0ab\x1b[2J\"c (pid 2): source unreadable, target unreadable, type NULL'* ]]
	[[ $stderr == *'source "\x1b]0;x\x07\x0a##[error]x\x0a::set-output name=a::b\xff\"\\"'* ]]
	[ "$(grep -cv '^cofferdam: denied: ' <<<"$stderr")" = 0 ]
	[ "$(LC_ALL=C grep -c '[^ -~]' <<<"$stderr")" = 0 ]
	jq -e . r.json
}

@test "a path that another thread changes meanwhile: never made; without the rule it is" {
	run "$COFFERDAM" run --seccomp ./no-mkdir.json --ro "$BUILD/tests/escape" -- \
		sh -c '"$0" rewrite /workspace 2000; ls -A /workspace' "$NOTIFY"
	[ "${lines[0]}" = "mkdir: 2000 times EPROTO" ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[1]} == "cofferdam: denied: "*" 2000 times" ]]
	run "$COFFERDAM" run --seccomp ./open.json --ro "$BUILD/tests/escape" -- "$NOTIFY" rewrite /workspace 2000
	[[ $output == "mkdir: done"* ]]
}

@test "signals do not show through: EPERM each time" {
	run_split "$COFFERDAM" run --ro "$BUILD/tests/escape" -- "$NOTIFY" signals 500
	[ "$output" = "mount: EPERM each time" ]
}

@test "a listener of the job's own: EBUSY, named; with --no-explain it works" {
	run_split "$COFFERDAM" run --seccomp ./open.json --ro "$BUILD/tests/escape" -- "$NOTIFY" listener /workspace/x
	[ "$output" = "listener: EBUSY" ]
	[[ $stderr == *"denied: seccomp(2) by notify (pid 2): operation SET_MODE_FILTER, flags NEW_LISTENER: EBUSY (--no-explain leaves the listener to the job)"* ]]
	run_split "$COFFERDAM" run --no-explain --seccomp ./open.json --ro "$BUILD/tests/escape" -- "$NOTIFY" listener /workspace/x
	[ "$output" = "listener: its answer made the directory" ]
}

@test "a flood of denied calls: the table is bounded, and the time limit holds" {
	run_split "$COFFERDAM" run --time 1s --grace 1s --report r.json --ro "$BUILD/tests/escape" -- "$NOTIFY" flood
	[ "$status" = 124 ]
	[ "$output" = flooding ]
	[ "$(jq '.denials.seccomp | length' r.json)" = 64 ]
	[ "$(jq .denials.more r.json)" -gt 1000 ]
	[ "$(wc -l <<<"$stderr")" = 19 ]
	[[ $stderr == *$'\n'"cofferdam: denied: "*" more calls; the report (--report) lists more of them"$'\n'"cofferdam: denied: \`cofferdam policy explain job "*"\` shows the rules"$'\n'"cofferdam: ended: time limit of 1s (--time)" ]]
}

# Whatever the load: a slower machine answers fewer. 4096 calls are looked at, then at most 64 are answered in 10 ms.
@test "a flood of denied calls: the launcher answers so many a second, and no more" {
	run_split "$COFFERDAM" run --time 2s --grace 1s --report r.json --ro "$BUILD/tests/escape" -- "$NOTIFY" flood
	[ "$status" = 124 ]
	jq -e '.denials.more > 1000 and .denials.more <= 4096 + 64 + .duration_ms * 6.4' r.json
}

# worked PID TICKS: it has used so much time of a processor.
worked() {
	local fields
	read -r -a fields <"/proc/$1/stat"
	[ $((fields[13] + fields[14])) -ge "$2" ]
}

@test "a flood of denied calls: the launcher stays small, and ends when told" {
	"$COFFERDAM" run --grace 10s --ro "$BUILD/tests/escape" -- "$NOTIFY" flood >out 2>err 3>&- &
	local anonymous status=0
	launcher=$!
	until_true 10 grep -q flooding out
	until_true 30 worked $launcher 20
	anonymous=$(awk '/^RssAnon/ {print $2}' "/proc/$launcher/status")
	kill -TERM $launcher
	wait $launcher || status=$?
	echo "$anonymous KiB, status $status"
	[ $status = 143 ]
	[ "$anonymous" -lt 1024 ]
}

# waits_in_mkdir PID: a process below this launcher has become mkdir(1).
waits_in_mkdir() {
	local pid
	for pid in $(pgrep -x mkdir); do
		grep -qs "^NSpid:.*[[:space:]][0-9]*[[:space:]][0-9]" "/proc/$pid/status" || continue
		[ "$(readlink "/proc/$pid/cwd")" != "$PWD/w" ] || return 0
	done
	return 1
}

@test "kill -9 of the launcher while a call waits: not made, and the job dies" {
	local policy init
	for policy in no-mkdir open; do
		rm -rf w
		mkdir w
		mkfifo w/fifo
		"$COFFERDAM" run --seccomp ./$policy.json --workspace "$PWD/w" -- \
			sh -c 'echo >started; read -r go <fifo; mkdir made; echo $? >status; sleep 60' >/dev/null 2>&1 3>&- &
		launcher=$!
		until_true 10 test -s w/started
		init=$(pgrep -P $launcher)
		kill -STOP $launcher
		echo go >w/fifo
		if [ $policy = no-mkdir ]; then
			# Nobody answers it.
			until_true 10 waits_in_mkdir
			[ ! -e w/status ]
		else
			until_true 10 test -s w/status
		fi
		kill -KILL $launcher
		wait $launcher || true
		until_true 10 sh -c "! grep -qs '^State:.[RSDT]' /proc/$init/status"
		if [ $policy = no-mkdir ]; then
			[ ! -e w/made ]
		else
			[ -d w/made ]
		fi
	done
}

@test "killed by the filter: the report says by what" {
	run_split "$COFFERDAM" run --report r.json -- sh -c 'kill -SYS $$'
	[ "$status" = 159 ]
	[[ $stderr == *"cofferdam: killed: SIGSYS from the filter"* ]]
	[[ $(jq -r .denials.killed r.json) == SIGSYS* ]]
}

@test "calls of another architecture are killed by the filter" {
	[ "$(uname -m)" = x86_64 ] || skip "int 0x80 is x86"
	[ "$("$BUILD/tests/escape/abi" int80 getpid)" != "int 0x80 getpid: killed by SIGSEGV" ] || skip "this kernel has no 32-bit calls"
	run "$COFFERDAM" run --ro "$BUILD/tests/escape" -- "$BUILD/tests/escape/abi" int80 getpid
	[ "$output" = "int 0x80 getpid: killed by SIGSYS" ]
}

@test "an outer filter has a listener: refused, or missing by consent" {
	under_listener true || skip "no listener can be had here"
	run_split under_listener "$COFFERDAM" run --profile ./bare.json -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: explain: an outer filter already has a listener ("*"--no-explain"*"--allow-degraded explain (allow_degraded in a profile))" ]]
	run_split under_listener "$COFFERDAM" run --profile ./bare.json --no-explain -- true
	[ "$status" = 0 ]
	run under_listener "$COFFERDAM" doctor --json
	[ "$status" = 1 ]
	jq -e '.checks[] | select(.name == "explain") | .state == "degraded" and .remedy != ""' <<<"$output"
	# The shipped profiles let it be missing: what is denied stays denied.
	run_split under_listener "$COFFERDAM" run --report r.json -- python3 -c "$denied_calls"
	[ "${lines[0]}" = "mount EPERM" ]
	[[ $output == *"unshare EPERM"* ]]
	[ -z "$stderr" ]
	jq -e '.protections.explain.state == "unavailable" and .denials.seccomp == null' r.json
	[ "$(jq -r .protections.explain.detail r.json)" = "an outer filter already has a listener" ]
	# Calls that would have been looked at are made, not answered.
	run_split under_listener "$COFFERDAM" run --explain -- sh -c 'echo made >/workspace/x && cat /workspace/x; touch /usr/x'
	[ "$output" = made ]
	[ "$stderr" = "touch: cannot touch '/usr/x': Read-only file system" ] || [[ $stderr != *denied:* ]]
}

@test "a policy without sendmsg(2): refused, or missing by consent" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "sendmsg", "action": "SCMP_ACT_ERRNO"}]}' >p.json
	run_split "$COFFERDAM" run --profile ./bare.json --seccomp ./p.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"sendmsg"*"--no-explain"* ]]
	run_split "$COFFERDAM" run --profile ./bare.json --seccomp ./p.json --allow-degraded explain --report r.json -- true
	[ "$status" = 0 ]
	jq -e '.protections.explain.state == "unavailable"' r.json
}

# What is denied there waits for the launcher, which may not be asleep then.
@test "a policy that denies what lies between it and the command: named, and nobody waits for ever" {
	local call stderr status
	for call in brk mmap munmap mprotect close execve exit_group; do
		echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["'"$call"'"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71}]}' >between.json
		status=0
		stderr=$(timeout -k 1 20 "$COFFERDAM" run --seccomp "$PWD/between.json" -- /bin/busybox true 2>&1) || status=$?
		[ "$status" != 124 ] && [ "$status" != 137 ] || { echo "$call: hangs"; false; }
		case $call in
		brk) [[ $stderr == *"denied: brk(2) by "*"EPROTO"* ]] || { echo "$stderr"; false; } ;;
		execve) [[ $stderr == *"denies execve(2), which starts the command"* ]] || { echo "$stderr"; false; } ;;
		esac
	done
}

# The same where there is nothing to execute: what the launcher is told then comes from under the filter.
@test "a command that is not there, whatever one call a policy denies: 127 or a refusal, and nobody waits for ever" {
	local call status
	for call in newfstatat fstat stat lstat statx statfs fstatfs access faccessat faccessat2 readlink open openat openat2 close \
		read write sendto brk mmap munmap mremap mprotect madvise futex getrandom getpid gettid prctl fcntl poll ioctl \
		rt_sigaction rt_sigprocmask rt_sigreturn getcwd chdir execve execveat exit exit_group kill; do
		echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["'"$call"'"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71}]}' >between.json
		for command in /no/such no-such /usr /etc/passwd; do
			status=0
			timeout -k 1 20 "$COFFERDAM" run --quiet --time 10s --seccomp "$PWD/between.json" -- "$command" 2>/dev/null || status=$?
			case $call:$status in
			*:12[567] | exit_group:*) : ;; # whoever may not exit ends by a signal
			*)
				echo "$call denied, $command: status $status"
				false
				;;
			esac
		done
	done
}

# What is called from seccomp(2), which loads the filter, to the end of the process.
after_filter() {
	strace -f -qq -o trace "$COFFERDAM" "$@" 2>/dev/null
	awk '{ call = $2; sub(/\(.*/, "", call) }
		$2 ~ /^seccomp\(SECCOMP_SET_MODE_FILTER/ { pid = $1; next }
		pid == $1 && call !~ /^(\+\+\+|---|<\.\.\.)$/ { print call }' trace | uniq | paste -sd' '
}

@test "a command that cannot be executed: from the filter on nothing but the limit on descriptors, execve, one message and exit" {
	[ "$(after_filter run -- /no/such)" = "sendmsg prlimit64 sendmsg exit_group" ]
	[ "$(after_filter run -- no-such)" = "sendmsg prlimit64 sendmsg exit_group" ]
	[ "$(after_filter run -- /etc/passwd)" = "sendmsg prlimit64 execve sendmsg exit_group" ]
	[ "$(after_filter run -- /proc/self/exe)" = "sendmsg prlimit64 sendmsg exit_group" ]
	[ "$(after_filter run --env PATH=/:/usr:/nowhere -- lib)" = "sendmsg prlimit64 execve sendmsg exit_group" ]
	[ "$(after_filter run --no-explain -- /etc/passwd)" = "prlimit64 execve sendmsg exit_group" ]
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}' >open.json
	[ "$(after_filter run --seccomp "$PWD/open.json" -- /etc/passwd)" = "sendmsg prlimit64 execve sendmsg exit_group" ]
	[ "$(after_filter run --start-fd 8 -- /etc/passwd 8< <(echo))" = "sendmsg prlimit64 read write execve sendmsg exit_group" ]
	[ "$(after_filter entrypoint -- /etc/passwd)" = "execve exit_group" ]
}

@test "126 and 127: what can be told" {
	printf '#!/nonexistent/interpreter\n' >script
	chmod 755 script
	printf 'text\n' >text
	chmod 644 text
	run_split -127 "$COFFERDAM" run -- "$PWD/script"
	[[ $stderr == *"(the file exists outside, but no bound path contains it: use --ro $PWD/script)" ]]
	run_split -127 "$COFFERDAM" run --ro "$PWD" -- "$PWD/script"
	[[ $stderr == *"(the file exists, but not the interpreter or loader that it names: bind that with --ro)" ]]
	run_split "$COFFERDAM" run --ro "$PWD" -- "$PWD/text"
	[ "$status" = 126 ]
	[[ $stderr == *"(no execute bit is set: chmod +x)" ]]
	run_split "$COFFERDAM" run -- /usr
	[ "$status" = 126 ]
	[[ $stderr == *"(the command is a directory)" ]]
	run_split -127 "$COFFERDAM" run -- sh -c no-such-program
	[[ $stderr == *"cofferdam: status 127: "*"--ro PATH"* ]]
	run_split -127 "$COFFERDAM" run --quiet -- sh -c 'exec 2>/dev/null; no-such-program'
	[ -z "$stderr" ]
}

# hostile: bytes that drive a terminal, reorder a line or end it.
hostile() {
	printf 'x\033]0;t\a\302\233\342\200\256\342\200\250\nforged: line'
}

not_hostile() {
	run ! grep -aP '\x1b|\x07|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|^forged' "$@"
}

@test "no foreign text drives a terminal or begins a line: arguments, names, policies, reports" {
	local json='"x\u001b]0;t\u0007\u009b\u202e\u2028\nforged: line"'

	echo "{\"default\": \"EPERM\", \"description\": $json, \"rules\": [{\"allow\": [\"@file-read\"], \"why\": $json}]}" >pol.json
	"$COFFERDAM" policy explain pol.json >shown 2>&1 || "$COFFERDAM" policy check pol.json >>shown 2>&1 || :
	"$COFFERDAM" run --dry-run --env "V=$(hostile)" -- "$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" run --report - -- true "$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" run -- "$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" run --ro "$(hostile)" -- true >>shown 2>&1 || :
	"$COFFERDAM" run --profile "./$(hostile)" -- true >>shown 2>&1 || :
	"$COFFERDAM" doctor --profile "./$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" policy explain "$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" policy test job "$(hostile)" >>shown 2>&1 || :
	"$COFFERDAM" "$(hostile)" >>shown 2>&1 || :
	[ "$(wc -l <shown)" -gt 20 ]
	not_hostile shown || { cat -v shown; false; }
}

# 1,000 denied calls of a process that a timer interrupts 5,000 times a second: which errnos come back. RESTART is yes or no:
# whether the handler has SA_RESTART.
storm='import ctypes, errno, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, sys.argv[1] == "no")
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
seen = set()
for _ in range(1000):
    seen.add(errno.errorcode[ctypes.get_errno()] if libc.unshare(0x10000000) < 0 else "made")
signal.setitimer(signal.ITIMER_REAL, 0)
print(*sorted(seen))'

@test "under a storm of signals a denied call has the errno of the policy, or where a handler does not restart calls EINTR" {
	run -0 "$COFFERDAM" run -- python3 -c "$storm" yes
	[ "${lines[0]}" = EPERM ]
	# A kernel before 5.19: the flag by which a received call is no longer interrupted does not exist.
	echo '{"default": "allow", "rules": [{"deny": ["seccomp: flags & 0x20 is 0x20"], "errno": "EINVAL"}]}' >before-5.19.json
	run -0 "$COFFERDAM" seccomp exec ./before-5.19.json -- "$COFFERDAM" run -- python3 -c "$storm" yes
	[ "${lines[0]}" = EPERM ]
	run -0 "$COFFERDAM" run -- python3 -c "$storm" no
	[[ ${lines[0]} = EPERM || ${lines[0]} = "EINTR EPERM" ]]
	run -0 "$COFFERDAM" run --no-explain -- python3 -c "$storm" no
	[ "$output" = EPERM ]
}
