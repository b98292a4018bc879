#!/usr/bin/env bats
# policy learn: what a command was seen to do, and no more, becomes its policy; a learning run itself confines nothing.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir work out
}

teardown() {
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
}

# learn NAME [OPTION…] -- COMMAND…: into out/NAME.json and out/NAME.profile.json
learn() {
	local name=$1
	shift
	run_split "$COFFERDAM" policy learn -o "out/$name.json" -p "out/$name.profile.json" "$@"
	echo "learn $name: $status: $output: $stderr"
}

# Fewer calls than 120, and a document that all other commands read.
is_small() {
	local n
	"$COFFERDAM" policy check "out/$1.json" "out/$1.profile.json"
	n=$("$COFFERDAM" policy compile "out/$1.json" --format json |
		jq '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]] | unique | length')
	echo "$1: $n calls"
	[ "$n" -gt 15 ] && [ "$n" -lt 120 ]
}

# runs_clean NAME [OPTION…] -- COMMAND…: under the learned profile, with no denial.
runs_clean() {
	local name=$1
	shift
	run_split "$COFFERDAM" run --profile "out/$name.profile.json" --report out/report.json "$@"
	echo "run $name: $status: $output: $stderr"
	[ "$status" = 0 ]
	jq -e '.denials.seccomp == [] and .denials.more == 0 and .denials.killed == null' out/report.json
	jq -e '.protections.explain.state == "active"' out/report.json
}

# A command that the policy was not learned from is denied, and named.
denies() {
	run_split "$COFFERDAM" run --seccomp "out/$1.json" --explain -- unshare -U true
	echo "unshare under $1: $status: $stderr"
	[ "$status" != 0 ]
	[[ $stderr == *"denied: unshare(2) by unshare (pid 2): flags CLONE_NEWUSER: EPERM (no rule of "*"$1.json allows it)"* ]]
	run "$COFFERDAM" seccomp exec "out/$1.json" -- unshare -U true
	[ "$status" != 0 ]
}

@test "git clone of a local repository: learned, replayed clean, nothing else" {
	git init -q repo
	git -C repo -c user.name=n -c user.email=e commit -q --allow-empty -m first
	local clone=(git -c user.name=n -c user.email=e clone -q "$PWD/repo" "$PWD/work/clone")
	learn git -- "${clone[@]}"
	[ "$status" = 0 ]
	[[ $stderr == *"only policy job confines this run"* ]]
	is_small git
	rm -rf work/clone
	"$COFFERDAM" seccomp exec out/git.json -- "${clone[@]}"
	[ "$(git -C work/clone log --format=%s)" = first ]
	rm -rf work/clone
	# In the sandbox the repository lies on another mount, where git cannot make hard links and copies instead: another
	# run shows what that takes.
	learn git --merge out/git.json -- "${clone[@]}" --no-hardlinks
	is_small git
	rm -rf work/clone
	runs_clean git -- "${clone[@]}"
	[ "$(git -C work/clone log --format=%s)" = first ]
	denies git
}

@test "a compile: learned, replayed clean, nothing else" {
	printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >work/hello.c
	local compile=(gcc -o "$PWD/work/hello" "$PWD/work/hello.c")
	learn gcc -- "${compile[@]}"
	[ "$status" = 0 ]
	[[ $stderr != *"move "*" elsewhere"* ]]
	is_small gcc
	rm work/hello
	"$COFFERDAM" seccomp exec out/gcc.json -- "${compile[@]}"
	rm work/hello
	runs_clean gcc -- "${compile[@]}"
	[ "$(work/hello)" = hello ]
	jq -e --arg dir "$PWD/work" '.rw == [$dir] and .network == null' out/gcc.profile.json
	run_split "$COFFERDAM" policy learn -o work/own.json -p work/own.profile.json -- "${compile[@]}"
	[[ $stderr == *"move work/own.json elsewhere: the command can write to its directory"* ]]
	denies gcc
	# No socket at all.
	run_split "$COFFERDAM" run --seccomp out/gcc.json -- bash -c 'echo >/dev/tcp/127.0.0.1/1'
	[[ $stderr == *"denied: socket(2) by bash"* ]]
}

# A local server, and what curl needs to ask it: $port, and curl.json, curl.profile.json in out.
learn_curl() {
	echo page >work/page
	(cd work && exec python3 -u -m http.server --bind 127.0.0.1 0) >server.log 2>&1 3>&- &
	server=$!
	until_true 20 grep -q 'port [0-9]' server.log
	port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' server.log)
	learn curl -- curl -sS "http://127.0.0.1:$port/page"
	[ "$status" = 0 ]
	[ "$output" = page ]
}

@test "curl to a local server: learned with its address, replayed clean, nothing else" {
	local port
	learn_curl
	[[ $stderr == *"seen: network 127.0.0.1:$port"* ]]
	is_small curl
	jq -e --arg to "127.0.0.1:$port" '.network == "open" and .network_open == [$to]' out/curl.profile.json
	[ "$("$COFFERDAM" seccomp exec out/curl.json -- curl -sS "http://127.0.0.1:$port/page")" = page ]
	# The host's own network, which takes no /dev/net/tun; the learned one is the next test.
	jq 'del(.network_open)' out/curl.profile.json >out/host.profile.json
	runs_clean host --network host -- curl -sS "http://127.0.0.1:$port/page"
	[ "$output" = page ]
	denies curl
	run_split "$COFFERDAM" run --seccomp out/curl.json -- python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
	[[ $stderr == *"denied: "* ]]
}

@test "curl to a local server: the learned profile as it is, with network open, leads to that server and to no other" {
	"$COFFERDAM" run --network open -- true 2>said || skip "network open: $(<said)"
	local port
	learn_curl
	runs_clean curl -- curl -sS "http://127.0.0.1:$port/page"
	[ "$output" = page ]
	jq -e '.protections.network_namespace.state == "active"' out/report.json
	# Without the address that was learned there is nobody at that port.
	jq 'del(.network_open)' out/curl.profile.json >out/closed.profile.json
	run_split "$COFFERDAM" run --profile out/closed.profile.json -- curl -sS "http://127.0.0.1:$port/page"
	[ "$status" = 7 ]
}

@test "arguments are learned where they choose what the kernel does" {
	learn socket -- python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'
	[ "$status" = 0 ]
	run "$COFFERDAM" policy test out/socket.json 'socket(inet,dgram,0)' 'socket(inet,stream,0)' 'socket(unix,stream,0)'
	echo "$output"
	[[ ${lines[0]} == *allow* && ${lines[1]} != *allow* && ${lines[2]} != *allow* ]]
}

@test "what the base denies stays denied, and is not learned" {
	learn denied -- python3 -c '
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mount(b"none", b"/mnt", b"tmpfs", 0, None) == -1 and ctypes.get_errno() == errno.EPERM'
	[ "$status" = 0 ]
	[[ $stderr == *"denied, not learned: mount: EPERM, 1 time"* ]]
	run "$COFFERDAM" policy test out/denied.json 'mount(0,0,0,0,0)'
	[[ $output != *allow* ]]
}

@test "dangerous calls are left out unless they are included by name" {
	local call='import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)'
	learn left --deny-as none -- python3 -c "$call"
	[ "$status" = 0 ]
	[[ $stderr == *"left out: ptrace, a dangerous call (debug) (--include ptrace)"* ]]
	run "$COFFERDAM" policy test out/left.json 'ptrace(0,0,0,0)'
	[[ $output != *allow* ]]
	learn taken --include ptrace -- python3 -c "$call"
	[ "$status" = 0 ]
	run "$COFFERDAM" policy test out/taken.json 'ptrace(0,0,0,0)' 'ptrace(16,1,0,0)'
	[[ ${lines[0]} == *allow* && ${lines[1]} != *allow* ]]
	learn spaces --deny-as none -- unshare -U true
	[[ $stderr == *"left out: unshare with new namespaces, 1 time (--include unshare)"* ]]
	run "$COFFERDAM" policy test out/spaces.json 'unshare(CLONE_NEWUSER)'
	[[ $output != *allow* ]]
}

@test "protected paths are told of and never granted, however they are reached" {
	mkdir -p home/.ssh home/work
	echo key >home/.ssh/id_ed25519
	ln -s .ssh home/innocent
	for i in 1 2 3 4 5; do echo $i >home/work/$i; done
	HOME=$PWD/home learn keys -- bash -c 'cd home && cat work/* innocent/id_ed25519 .ssh/id_ed25519; cat /etc/shadow; ls . >/dev/null'
	[[ $stderr == *"protected, never granted: $PWD/home/.ssh/id_ed25519: SSH keys"* ]]
	[[ $stderr == *"protected, never granted: /etc/shadow: password hashes"* ]]
	[[ $stderr == *"not granted: ro $PWD/home: it contains protected paths"* ]]
	# The five files became their directory, which was listed too, and that is told.
	[[ $stderr == *"grants more than was seen: ro $PWD/home/work: everything below it, for 6 paths"* ]]
	jq -e --arg dir "$PWD/home/work" '.ro == [$dir] and .rw == null' out/keys.profile.json
	run "$COFFERDAM" run --profile out/keys.profile.json -- cat "$PWD/home/.ssh/id_ed25519"
	[ "$status" != 0 ]
}

@test "a socket of a daemon is protected" {
	python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.bind("work/docker.sock"); s.listen()'
	learn docker -- python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect_ex("work/docker.sock")'
	[ "$status" = 0 ]
	[[ $stderr == *"protected, never granted: $PWD/work/docker.sock: the Docker daemon"* ]]
	run jq -r '(.ro // []) + (.rw // []) | .[]' out/docker.profile.json
	[[ $output != *docker.sock* && $output != *"$PWD/work" ]]
}

@test "runs are merged, in either form, and the union is what both did" {
	learn one --format json -- python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'
	learn two --merge out/one.json -- python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)'
	[ "$status" = 0 ]
	"$COFFERDAM" policy learn -o out/three.json --merge out/one.json --merge out/two.json
	for file in two three; do
		run "$COFFERDAM" policy test "out/$file.json" 'socket(inet,dgram,0)' 'socket(unix,stream,0)' 'socket(inet,stream,0)'
		echo "$file: $output"
		[[ ${lines[0]} == *allow* && ${lines[1]} == *allow* && ${lines[2]} != *allow* ]]
	done
	# Nothing got lost, and nothing came to it.
	run "$COFFERDAM" policy diff out/two.json out/three.json
	echo "$output"
	[ "$status" = 0 ]
	run "$COFFERDAM" policy diff out/three.json out/two.json
	[ "$status" = 0 ]
	run "$COFFERDAM" policy diff out/one.json out/two.json
	[ "$status" = 1 ]
	echo '{"default": "allow", "rules": []}' >wide.json
	run_split "$COFFERDAM" policy learn -o out/no.json --merge wide.json
	[ "$status" = 125 ]
	[[ $stderr == *"not a learned policy"* ]]
	[ ! -e out/no.json ]
}

@test "the command's own exit status; nothing is written for one that did not start" {
	learn seven -- sh -c 'exit 7'
	[ "$status" = 7 ]
	[ -s out/seven.json ]
	learn killed -- sh -c 'kill -TERM $$'
	[ "$status" = 143 ]
	run -127 env PATH=/usr/bin:/bin "$COFFERDAM" policy learn -o out/missing.json -- nosuchcommand
	[ ! -e out/missing.json ]
	learn plain -- "$PWD/out"
	[ "$status" = 126 ]
	run_split "$COFFERDAM" policy learn -- true
	[ "$status" = 125 ]
	run_split "$COFFERDAM" policy learn -o /nonexistent/x -- touch ran
	[ "$status" = 125 ]
	[ ! -e ran ]
	for file in out out/ none/; do
		for options in "-o $file" "-o good -p $file"; do
			# shellcheck disable=SC2086 # several words
			run_split "$COFFERDAM" policy learn $options -- touch ran
			echo "$options: $status: $stderr"
			[ "$status" = 125 ]
			[[ $stderr == "cofferdam: policy learn: $file: Is a directory (name a file in it)" ]]
			[ ! -e ran ]
		done
	done
	run_split "$COFFERDAM" policy learn --help
	[[ $output == *"Only the base policy confines"* ]]
}

@test "hostile: daemons that stay are killed after the grace, those that end are recorded" {
	mkfifo held
	sleep 300 <>held & # somebody must hold it open: the daemon would wait for that else
	server=$!
	learn daemon --grace 200ms -- sh -c 'setsid setsid sleep 1234567 >/dev/null 2>&1 & setsid sh -c "touch work/late" & exit 3'
	[ "$status" = 3 ]
	[[ $stderr == *"killed "*" processes that the command left behind"* ]]
	run pgrep -f 'sleep 1234567' -u "$(id -u)"
	[ "$status" != 0 ]
	jq -e --arg dir "$PWD/work" '.rw == [$dir]' out/daemon.profile.json
}

@test "hostile: floods of calls, processes, threads and names end, and are cut with a word" {
	learn flood -- python3 -c '
import os, socket, threading, ctypes
libc = ctypes.CDLL(None)
for i in range(3000):
    libc.prctl(100000 + i, 0, 0, 0, 0)
for i in range(300):
    if os.fork() == 0:
        os._exit(0)
ts = [threading.Thread(target=lambda: [os.getppid() for _ in range(500)]) for _ in range(16)]
[t.start() for t in ts]
[t.join() for t in ts]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1, 800):
    s.connect_ex(("127.0.0.1", i))
'
	[ "$status" = 0 ]
	[[ $stderr == *"grants more than was seen: prctl: any arguments: more than 192 different ones"* ]]
	[[ $stderr == *"not recorded: "*" destinations beyond 512"* ]]
	"$COFFERDAM" policy check out/flood.json
}

@test "hostile: a name that drives terminals reaches none; pointers to nowhere are counted" {
	mkdir -p work/.ssh
	learn names -- python3 -c '
import ctypes, os
open("work/.ssh/a\x1b[31m", "w").close()
open("work/.ssh/a\x1b[31m").close()
libc = ctypes.CDLL(None)
libc.openat(-100, ctypes.c_void_p(8), 0)'
	[ "$status" = 0 ]
	[[ $stderr == *"protected, never granted: $PWD/work/.ssh/a"* ]]
	[[ $stderr != *$'\x1b'* ]]
	# Nor does a directory; and what JSON cannot hold is told.
	mkdir work/$'d\x1b[31m' work/$'n\xff' work/$'l\ncofferdam: forged'
	learn names -- sh -c 'for d in work/d* work/n* work/l*; do : >"$d/new"; done; cat work/.ssh/a* work/nowhere; :'
	[[ $stderr != *$'\x1b'* && $stderr != *$'\ncofferdam: forged'* ]]
	[[ $stderr == *"not granted: rw $PWD/work/n\\xff: not UTF-8"* ]]
	learn names -- python3 -c 'import ctypes; ctypes.CDLL(None).openat(-100, ctypes.c_void_p(8), 0)'
	[[ $stderr == *"not recorded: 1 paths"* ]]
}

@test "no listener: refused, and the command has not run" {
	run_split "$COFFERDAM" run --explain --rw "$PWD/work" --workdir "$PWD/work" --ro "$BUILD" -- \
		"$COFFERDAM" policy learn -o x.json -- touch ran
	echo "$status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == *"cofferdam: learn: "* ]]
	[ ! -e work/ran ]
	[ ! -e work/x.json ]
}

@test "told to stop, the learner hands it on, and writes what was seen" {
	mkfifo started
	# A read without a limit would hold the trap back where the signal comes just before it.
	"$COFFERDAM" policy learn -o out/stopped.json -- bash -c 'trap "exit 9" TERM; echo >started; while :; do read -rt 0.05 <> <(:) || :; done' 3>&- &
	local learner=$!
	read -r <started
	kill "$learner"
	local status=0
	wait "$learner" || status=$?
	echo "$status"
	[ "$status" = 9 ]
	"$COFFERDAM" policy check out/stopped.json
}

@test "a learner that is killed takes the command along" {
	mkfifo started
	"$COFFERDAM" policy learn -o out/killed.json -- sh -c 'echo $$ >started; while :; do :; done' 3>&- &
	local learner=$! command
	read -r command <started
	kill -KILL "$learner"
	wait "$learner" || :
	gone() { ! kill -0 "$command" 2>/dev/null; }
	until_true 10 gone
	[ ! -e out/killed.json ]
}

# The one place beside it answers for calls that the policy allows whatever their arguments are: tests/unit/test_watched.c.
@test "nothing but the learner, and --explain for calls that are always allowed, lets a notified call continue" {
	run grep -rlF --include='*.c' FLAG_CONTINUE "$SRC/cli" "$SRC/common" "$SRC/policy" "$SRC/runner" "$SRC/sandbox"
	[ "$(sort <<<"$output")" = "$SRC/sandbox/filter/notify.c
$SRC/sandbox/learn/learn.c" ]
}
