# Seccomp policies: explained, tested, compared, translated, and installed by themselves. Transcripts.

bats_require_minimum_version 1.5.0

setup() {
	ROOT=$BATS_TEST_DIRNAME/../..
	BUILD=${BUILD:-$ROOT/build}
	C=$BUILD/cofferdam
	docker=/var/cache/cofferdam-tests/docker-seccomp.json
	podman=/usr/share/containers/seccomp.json
	cd "$BATS_TEST_TMPDIR" || return
}

# --- test

@test "the shipped policies decide as their tables say" {
	for policy in job strict listener; do
		for table in common "$policy"; do
			run -0 "$C" policy test --table "$ROOT/tests/policy/$table.table" "$policy"
			[[ $output == *" 0 unexpected verdicts" ]]
		done
	done
	for policy in proxy docker-outer; do
		run -0 "$C" policy test --table "$ROOT/tests/policy/$policy.table" $policy
		[[ $output == *" 0 unexpected verdicts" ]]
	done
	[ "$(cat "$ROOT"/tests/policy/*.table | grep -cv '^#')" -ge 300 ]
}

# What the kernel refuses by itself is refused by the same errno: the calls, made without the policy and with it.
kernel_errnos='import ctypes, errno, platform, struct
from socket import *
libc = ctypes.CDLL(None, use_errno=True)
nr = {"x86_64": (317, 238), "aarch64": (277, 237)}[platform.machine()]
def say(what, result):
    print(what, "ok" if result >= 0 else errno.errorcode[ctypes.get_errno()])
for family in AF_INET, AF_INET6, AF_NETLINK:
    for type, protocol in (0, 0), (4, 0), (5, 0), (9, 0), (11, 0), (12, 0), (15, 0), (15 | SOCK_CLOEXEC, 6), (1, 512), (2, -1), (3, 1), (10, 768):
        if family == AF_NETLINK and type in (1, 2, 3, 10):
            continue
        say(("socket", family, type, protocol), libc.socket(family, type, protocol))
pair = (ctypes.c_int * 2)()
for family, type, protocol in (AF_INET, 1, 0), (AF_INET6, 2, 17), (AF_INET, 1 | SOCK_NONBLOCK, 6), (AF_NETLINK, 3, 0):
    say(("socketpair", family, type), libc.socketpair(family, type, protocol, pair))
for operation, flags in (4, 0), (99, 0), (-1, 0), (1, 0x40), (1, 1 << 31), (1, 0x20):
    say(("seccomp", operation, flags), libc.syscall(nr[0], operation, flags, None))
say("set_mempolicy", libc.syscall(nr[1], 0, None, 0))
clock = (ctypes.c_char * 256)()
say("adjtimex", libc.adjtimex(clock))
libc.clock_adjtime(0, clock)
same = (ctypes.c_char * 256)()
struct.pack_into("I", same, 0, 2) # ADJ_FREQUENCY
same[16:24] = clock[16:24]
say("adjtimex to the same frequency", libc.adjtimex(same))
say("clock_adjtime to the same frequency", libc.clock_adjtime(0, same))'

@test "what the kernel refuses has the kernel's errno, and reading the clock and the default memory policy work" {
	python3 -c "$kernel_errnos" >without
	"$C" run --quiet -- python3 -c "$kernel_errnos" >with
	diff without with
	[ "$(grep -c EINVAL with)" -ge 20 ]
	grep -q '^adjtimex ok' with
	grep -q '^set_mempolicy ok' with
	grep -q '^adjtimex to the same frequency EPERM' with
}

@test "a table that says otherwise is not believed" {
	echo 'native mount N N N N N N ALLOW' >wrong
	run -1 "$C" policy test --table wrong job
	[[ $output == *"wrong:1: got ERRNO(EPERM), expected ALLOW, decided by profiles/seccomp/job.json#/rules/0"* ]]
	for line in 'native mount N N N N N ALLOW' 'vax mount N N N N N N ALLOW' 'native muont N N N N N N ALLOW' \
		'native mount x N N N N N ALLOW' 'native mount N N N N N N PERHAPS'; do
		echo "$line" >bad
		run -125 "$C" policy test --table bad job
		[[ $output == "cofferdam: bad:1: "* ]]
	done
	# All of it is said at once, in the order of the lines.
	printf '%s\n' '# three' 'native muont N N N N N N ALLOW' 'native mount N N N N N N ALLOW' 'native mount N N N N N N PERHAPS' \
		'native read N N N N N N ALLOW' >all
	run -125 "$C" policy test --table all job
	echo "$output"
	[ "${#lines[@]}" = 4 ]
	[[ ${lines[0]} == "cofferdam: all:2: "* && ${lines[2]} == "cofferdam: all:4: "* ]]
	[[ ${lines[1]} == "all:3: got ERRNO(EPERM), expected ALLOW, decided by "* ]]
	[ "${lines[3]}" = "all: 2 rows, 1 unexpected verdicts, 2 bad lines" ]
}

@test "a verdict comes with the rule that decides" {
	run -0 "$C" policy test job 'openat(AT_FDCWD, 0, O_RDWR|O_CREAT)' 'socket(alg, seqpacket)' 'ioctl(0, 0x100005412)' x86:socketcall \
		'x32:read' 9999 'clone(CLONE_NEWUSER)'
	[ "${lines[0]}" = $'openat(AT_FDCWD, 0, O_RDWR|O_CREAT)\tALLOW\tprofiles/seccomp/job.json#/rules/21' ]
	[[ ${lines[1]} == *$'\tERRNO(EAFNOSUPPORT)\tprofiles/seccomp/job.json#/rules/'* ]]
	[[ ${lines[2]} == *$'\tERRNO(EPERM)\tprofiles/seccomp/job.json#/rules/'*/deny/0 ]]
	[ "${lines[3]}" = $'x86:socketcall\tKILL_PROCESS\tnot the machine\'s architecture' ]
	[ "${lines[4]}" = $'x32:read\tERRNO(ENOSYS)\ta number without a name' ]
	[ "${lines[5]}" = $'9999\tERRNO(ENOSYS)\ta number without a name' ]
	[[ ${lines[6]} == *$'\tERRNO(EPERM)\t'* ]]
}

@test "calls that are none are refused, each with its reason" {
	while IFS='|' read -r call reason; do
		run -125 "$C" policy test job "$call"
		[[ $output == *"$reason"* ]] || { echo "$call: $output"; false; }
	done <<-'EOF'
		opneat(0)|"opneat": unknown system call
		openat(0|expected ')' at the end of the call
		openat(0,0,O_RDWR) x|expected ')' at the end of the call
		openat(0,1,2,3,4,5,6)|more than 6 arguments
		openat(AT_FDCWD,,O_RDWR)|argument 1 of openat is empty
		socket(AF_UNXI)|"AF_UNXI": unknown value of argument 0 of socket
		socket(SOCK_RAW)|"SOCK_RAW": unknown value of argument 0 of socket
		socket(AF_)|"AF_": unknown value of argument 0 of socket
		keyctl(SECCOMP_KEYCTL_READ)|"SECCOMP_KEYCTL_READ": unknown value of argument 0 of keyctl
		read(99999999999999999999)|unknown value of argument 0 of read
		vax:read|"vax": unknown architecture
		(0)|expected a system call before the arguments
	EOF
}

@test "C's names are taken for those of policies, and the calls after one that is none are tested" {
	while read -r ours cs; do
		run -0 "$C" policy test job "$ours"
		expected=${output#*$'\t'}
		run -0 "$C" policy test job "$cs"
		[ "$output" = "$cs"$'\t'"$expected" ]
	done <<-'EOF'
		socket(packet,raw) socket(AF_PACKET,SOCK_RAW)
		socket(inet,stream,tcp) socket(PF_INET,SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK,IPPROTO_TCP)
		setsockopt(3,socket,1) setsockopt(3,SOL_SOCKET,1)
		setsockopt(3,ipv6,1) setsockopt(3,IPPROTO_IPV6,1)
		seccomp(SET_MODE_FILTER,NEW_LISTENER) seccomp(SECCOMP_SET_MODE_FILTER,SECCOMP_FILTER_FLAG_NEW_LISTENER)
	EOF
	run -0 "$C" policy test job 'socket(AF_UNIX)' 'socket(AF_PACKET)'
	[[ ${lines[0]} == *$'\tALLOW\t'* && ${lines[1]} == *$'\tERRNO('* ]]
	run -125 "$C" policy test job 'read(0)' 'raed(0)' 'socket(AF_NOPE)' 'write(1)'
	[[ ${lines[0]} == $'read(0)\tALLOW\t'* && ${lines[3]} == $'write(1)\tALLOW\t'* ]]
	[[ ${lines[1]} == 'cofferdam: "raed": unknown system call (did you mean read?)' && ${lines[2]} == 'cofferdam: "AF_NOPE": unknown value of argument 0 of socket' ]]
}

# --- explain

@test "explain: the whole of it in words" {
	run -0 "$C" policy explain job
	[[ $output == *"The default for other calls: denied, EPERM."* ]]
	[[ $output == *"x86_64 "*" allowed, "*" by their arguments, "*" denied"* ]]
	[[ $output == *"aarch64 "*" allowed, "* ]]
	[[ $output == *"@mount"*" denied"* ]]
	[[ $output == *"denied, EPERM if request is TIOCSTI or request is TIOCLINUX"* ]]
}

@test "explain: single calls, for the capabilities that are asked about" {
	run -0 "$C" policy explain "$docker" bpf
	[[ $output != *allowed* ]]
	run -0 "$C" policy explain --caps CAP_SYS_ADMIN "$docker" bpf
	[[ $output == *allowed*"$docker#/syscalls/"* ]]
	run -125 "$C" policy explain --caps CAP_SYS_ADMNI "$docker" bpf
	[[ $output == *"CAP_SYS_ADMNI: unknown capability"* ]]
	run -125 "$C" policy explain job bfp
	[[ $output == *'unknown system call "bfp"'* ]]
}

# --- diff

@test "diff: what widens fails, what narrows does not" {
	run -0 "$C" policy diff job job
	[ "$output" = "" ]
	run -0 "$C" policy diff job strict
	[[ $output == *"narrows  unshare(flags=0): ALLOW -> ERRNO(EPERM)"* ]]
	[[ $output != *widens* ]]
	run -1 "$C" policy diff strict job
	[[ $output == *"widens   unshare(flags=0): ERRNO(EPERM) -> ALLOW"* ]]
	run -1 "$C" policy diff --json strict job
	[ "$(jq '.widens | length > 10' <<<"$output")" = true ]
	[ "$(jq -r '.narrows | length' <<<"$output")" = 0 ]
}

@test "diff: a single value of an argument is found" {
	cat >other.json <<-'EOF'
		{"extends": "job", "rules": [{"allow": ["ioctl: request is TIOCSTI and fd is 7"]}]}
	EOF
	run -1 "$C" policy diff job other.json
	[ "$output" = "widens   ioctl(fd=7, request=TIOCSTI): ERRNO(EPERM) -> ALLOW" ]
}

# --- the two forms

@test "each form becomes the other without a difference" {
	for policy in job strict listener proxy "$docker" "$podman"; do
		for caps in none CAP_SYS_ADMIN all; do
			"$C" policy compile "$policy" --format json -o oci.json
			"$C" policy compile oci.json --format form -o form.json
			"$C" policy compile form.json --format json -o again.json
			for file in oci form again; do
				run -0 "$C" policy diff --caps "$caps" "$policy" "$file.json"
				[ "$output" = "" ] || { echo "$policy $caps $file: $output"; false; }
			done
		done
	done
}

@test "what OCI's form has no words for becomes what it stands for" {
	cat >not.json <<-'EOF'
		{"default": "deny", "rules": [
			{"allow": ["ioctl: request not in [TIOCSTI, TIOCLINUX]", "socket: family in [unix, inet] and type is not raw"]},
			{"allow": ["fcntl: command is F_GETFD or arg2 > 7"]}]}
	EOF
	"$C" policy compile not.json --format json -o oci.json
	run -0 "$C" policy diff not.json oci.json
	[ "$output" = "" ]
	[ "$(jq -r '[.syscalls[].args[].op] | unique | join(" ")' oci.json)" = "SCMP_CMP_EQ SCMP_CMP_GT SCMP_CMP_MASKED_EQ" ] ||
		[ "$(jq -r '[.syscalls[].args[].op] | unique | join(" ")' oci.json)" = "SCMP_CMP_GT SCMP_CMP_MASKED_EQ" ]
}

@test "mistakes in our own form are errors with a place" {
	while IFS='|' read -r rule reason; do
		printf '{"default": "deny",\n"rules": [\n%s]}\n' "$rule" >bad.json
		run -1 "$C" policy check bad.json
		[[ $output == "bad.json:3:"*"$reason"* ]] || { echo "$rule: $output"; false; }
	done <<-'EOF'
		{"allow": ["raed"]}|unknown system call "raed" (did you mean read? if it is newer than this version, allow_unknown_syscalls skips it)
		{"allow": ["@flie-read"]}|unknown group "@flie-read"
		{"allow": ["socket: famly is unix"]}|socket has no argument "famly" (expected family, type, protocol, or arg0 to arg5)
		{"allow": ["socket: family is unux"]}|family has no value "unux" (did you mean unix?)
		{"allow": ["socket: family in [unix"]}|unexpected end: expected , or ]
		{"allow": ["socket: family"]}|is, in, not in, with, without
		{"allow": ["socket: family is unix nad type is raw"]}|"nad type is raw"
		{"allow": ["socket: family < 3"]}|family cannot be ordered
		{"allow": ["socket: arg9 is 1"]}|socket has no argument "arg9"
		{"allow": ["socket: type is 0x80001"]}|has bits outside those of type
		{"allow": ["socket: arg0 is 18446744073709551616"]}|more than 64 bits
		{"allow": ["socket: family not in [unix, inet] or type is raw"]}|make it a rule of its own
		{"allow": ["read"], "deny": ["write"]}|exclude each other
		{"allow": ["read"], "errno": "EPERM"}|an errno requires
		{"deny": ["read"], "errno": "EWHAT"}|unknown errno "EWHAT"
		{"why": "nothing"}|is missing
		{"allow": []}|expected a list of system calls
		{"allow": ["read"]}, {"deny": ["read"]}|already decided, without a condition, by /rules/0
	EOF
	for text in '{"default": "deny"}' '{"default": "deny", "extends": "job"}' '{"default": "deny", "errno": "EPERM", "extends": "job"}'; do
		echo "$text" >bad.json
		run -1 "$C" policy check bad.json
		[[ $output == "bad.json:1:"*'"rules" is missing'* ]] || { echo "$text: $output"; false; }
	done
	printf '{"rules": []}' >bad.json
	run -1 "$C" policy check bad.json
	[[ $output == *'"default" is missing'* ]]
	printf '{"extends": "bad.json",\n"rules": []}' >bad.json
	run -1 "$C" policy check bad.json
	[[ $output == *"bad.json:1:"*"more than 8 policies extend each other"* ]]
}

# --- compile, and other launchers

@test "check: every mistake of a policy is named, in either form" {
	cat >bad.json <<-'X'
		{
			"extends": "job",
			"why": "a key of rules",
			"rules": [
				{"allow": ["foo", "read", "personality: persona is NO_SUCH", 7, "bar"], "why": "two names and a value"},
				{"alow": ["read"]},
				{"deny": ["write"], "errno": "ENOSUCH"}
			]
		}
	X
	run -1 "$C" policy check bad.json
	echo "$output"
	[ "$(cut -d: -f2-3 <<<"$output" | paste -sd' ')" = "3:1 5:12 5:62 5:65 5:27 6:2 7:30" ]
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["foo", "read", "bar", "read"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["write"], "action": "ALLOW"}]}' >bad.json
	run -1 "$C" policy check bad.json
	echo "$output"
	[ "$(cut -d: -f2-3 <<<"$output" | paste -sd' ')" = "1:61 1:76 1:83 2:34" ]
	# Those of a rule's names beside those of its arguments, which make no rule without a condition of it.
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO"},
		{"names": ["foo", "read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 9, "value": 0, "op": "SCMP_CMP_EQ"}]}]}' >bad.json
	run -1 "$C" policy check bad.json
	echo "$output"
	[ "$(cut -d: -f2-3 <<<"$output" | paste -sd' ')" = "2:77 2:14" ]
	jq -n '{extends: "job", rules: [{allow: [range(60) | "x\(.)"]}]}' >bad.json
	run -1 "$C" policy check bad.json
	[ "${#lines[@]}" = 51 ]
	[ "${lines[50]}" = "bad.json: more than 49 errors: giving up" ]
	# What is in a policy that is extended has its place in `extends`.
	echo '{"extends": "./bad.json", "rules": []}' >mine.json
	run -1 "$C" policy check ./mine.json
	[ "${#lines[@]}" = 1 ]
	[[ $output == "./mine.json:1:13: "*"bad.json:"*'unknown system call "x0"'* ]]
	# To run with one, the first is enough.
	run -125 --separate-stderr "$C" run --seccomp ./bad.json -- true
	[ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "check: a file that cannot be read is an error of ours, not a finding in it" {
	echo '{"extends": "default", "memroy": "1G"}' >bad.json
	echo '{' >broken.json
	run -1 --separate-stderr "$C" policy check none.json . bad.json broken.json
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == bad.json:1:* ]]
	[[ ${lines[1]} == broken.json:* ]]
	[ "$stderr" = "cofferdam: open none.json: No such file or directory
cofferdam: read .: Is a directory" ]
}

@test "show and check take the name of a shipped profile or policy" {
	run -0 "$C" policy show --profile job --pids 7
	echo "$output" >with-option
	for arguments in "job --pids 7" "--pids 7 job"; do
		# shellcheck disable=SC2086 # words
		run -0 "$C" policy show $arguments
		[ "$output" = "$(cat with-option)" ]
	done
	run -0 "$C" policy show job --help
	[ "${lines[0]}" = "Usage: cofferdam policy show [OPTION of run…] [NAME|FILE]" ]
	run -125 "$C" policy show jbo
	[[ $output == "cofferdam: profile jbo: unknown (did you mean job? shipped: "* ]]
	run -125 "$C" policy show job --profile strict
	[ "$output" = "cofferdam: policy show: job and --profile exclude each other" ]
	run -125 "$C" policy show job strict
	[ "$output" = "cofferdam: strict: unexpected argument" ]
	run -0 "$C" policy check default strict build job listener entrypoint outer proxy docker-outer
	[ "$output" = "" ]
	run -1 "$C" policy check jbo
	[[ $output == "cofferdam: open jbo: No such file or directory (did you mean job? shipped: "* ]]
	echo '{' >plain
	echo '{' >job
	run -1 "$C" policy check plain job
	[[ ${#lines[@]} = 1 && $output == plain:* ]]
	run -1 "$C" policy check ./job
	[[ $output == ./job:* ]]
}

@test "compile: a program that bubblewrap takes" {
	"$C" policy compile strict -o strict.bpf
	[ $(($(stat -c %s strict.bpf) % 8)) = 0 ]
	run -0 bwrap --bind / / --seccomp 9 9<strict.bpf -- sh -c 'grep "^Seccomp:" /proc/self/status; unshare -U true 2>&1 || :'
	[[ $output == *$'Seccomp:\t2'* ]]
	[[ $output == *"Operation not permitted"* ]]
	run -0 bwrap --bind / / -- unshare -U true
}

@test "compile: one instruction a line, to be read" {
	run -0 "$C" policy compile job --format asm
	[ "${lines[0]}" = "   0  load   arch" ]
	[[ $output == *"return KILL_PROCESS"* ]]
	[ "${#lines[@]}" -lt 360 ]
}

@test "compile: a policy that is too large is named, and nothing is left behind" {
	{
		printf '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": ['
		for ((i = 0; i < 1200; i++)); do
			printf '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": %d, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]},' \
				$((i * 3)) $((i * 5))
		done
		printf '{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}'
	} >large.json
	run -125 "$C" policy compile large.json -o large.bpf
	[[ $output == *"large.json: compiles to more than 4096 instructions"* ]]
	run -0 ls
	[ "$output" = large.json ]
}

# --- seccomp exec

@test "seccomp exec: the policy and no_new_privs, and nothing else" {
	run -0 "$C" seccomp exec strict -- sh -c 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status; readlink /proc/self/ns/mnt'
	[ "${lines[0]}" = $'NoNewPrivs:\t1' ]
	[ "${lines[1]}" = $'Seccomp:\t2' ]
	[ "${lines[2]}" = "$(readlink /proc/self/ns/mnt)" ]
	run "$C" seccomp exec strict -- unshare -U true
	[ "$status" = 1 ]
	run -0 unshare -U true
}

@test "seccomp exec: Docker's own profile, for what this process may" {
	run "$C" seccomp exec "$docker" -- unshare -U true
	[ "$status" = 1 ]
	run -0 "$C" seccomp exec "$docker" -- ls /
}

@test "seccomp exec: exit codes" {
	run -7 "$C" seccomp exec job sh -c 'exit 7'
	run -127 "$C" seccomp exec job -- ./nothing
	touch plain
	run -126 "$C" seccomp exec job -- ./plain
	run -125 "$C" seccomp exec nothing -- true
	[[ $output == *"nothing: unknown policy (shipped: "* ]]
	run -125 "$C" seccomp exec job
	[[ $output == *"no command"* ]]
}

# --- names from the future

@test "names newer than this version are errors, or are skipped where that was asked for" {
	cat >newer.json <<-'E'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat", "from_the_future"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71}]}
	E
	run -125 "$C" run --seccomp ./newer.json -- true
	[[ $output == *'newer.json:2:32: unknown system call "from_the_future" (if it is newer than this version, allow_unknown_syscalls skips it)' ]]
	run "$C" run --seccomp ./newer.json --allow-unknown-syscalls --report r.json -- mkdir /workspace/x
	[ "$status" = 1 ]
	[[ $output == *"Protocol error"* ]]
	jq -e '.denials.seccomp[0].syscall == "mkdir"' r.json
	echo '{"extends": "default", "seccomp": "newer.json", "allow_unknown_syscalls": true}' >profile.json
	run -0 "$C" policy check profile.json
	run -0 "$C" policy show --profile ./profile.json
	jq -e '.settings.allow_unknown_syscalls.value == true and (.settings.allow_unknown_syscalls.origin | startswith("profile.json:1:"))' <<<"$output" ||
		jq -e '.settings.allow_unknown_syscalls.origin | test("profile.json:1:")' <<<"$output"
	run -0 "$C" run --profile ./profile.json -- true
	run -125 "$C" run --profile ./profile.json --no-allow-unknown-syscalls -- true
}

@test "conditions on the kernel are about the one that runs" {
	local release
	release=$(uname -r)
	for version in "${release%%.*}.0" "$((${release%%.*} + 1)).0"; do
		printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71, "includes": {"minKernel": "%s"}}]}\n' \
			"$version" >"$version.json"
	done
	run -1 "$C" run --seccomp "./${release%%.*}.0.json" -- mkdir /workspace/x
	run -0 "$C" run --seccomp "./$((${release%%.*} + 1)).0.json" -- mkdir /workspace/x
}

@test "every subcommand has help" {
	for command in explain test diff compile; do
		run -0 "$C" policy "$command" --help
		[[ $output == "Usage: cofferdam policy $command "* ]]
		run -125 "$C" policy "$command" --nonsense
		[[ $output == *"unknown option"* ]]
		run -125 "$C" policy "$command"
	done
}
