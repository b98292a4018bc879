#!/usr/bin/env bats
# cofferdam run: exit codes, limits, errors, and what a command finds inside.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# --- exit codes: the contract of cli.md

@test "exit 0 is the command's" {
	run "$COFFERDAM" run -- /bin/true
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "exit 7 is the command's" {
	run "$COFFERDAM" run -- sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "128 + n when a signal ends the command" {
	# shellcheck disable=SC2016
	run "$COFFERDAM" run -- sh -c 'kill -USR1 $$'
	[ "$status" = $((128 + 10)) ]
}

@test "124 and ended_by timeout after the time limit" {
	run "$COFFERDAM" run --time 100ms --report report.json -- sleep 60
	[ "$status" = 124 ]
	[ "$(jq -r .ended_by report.json)" = timeout ]
	[ "$output" = "cofferdam: ended: time limit of 100ms (--time)" ]
	# Also with --quiet, and by the place of a profile's key.
	printf '{"extends": "default",\n "time": "100ms"}\n' >short.json
	run "$COFFERDAM" run --quiet --profile ./short.json -- sleep 60
	[ "$status" = 124 ]
	[[ $output == "cofferdam: ended: time limit of 100ms ("*"short.json:2:10: time)" ]]
}

@test "a command that ignores SIGTERM is killed after the grace period" {
	run "$COFFERDAM" run --time 1s --grace 100ms --report report.json -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	[ "$status" = 124 ]
	[ "$(jq -r .signal report.json)" = 9 ]
}

@test "127 for a command that is not there" {
	run_split -127 "$COFFERDAM" run -- /nonexistent
	[[ $stderr == "cofferdam: exec: /nonexistent: No such file or directory ("* ]]
	run_split -127 "$COFFERDAM" run -- no-such-command
}

@test "a command that cannot be executed: why, by its name and its format" {
	local foreign='\267\000' machine=aarch64
	mkdir work work/d
	[ "$(uname -m)" = x86_64 ] || { foreign='\076\000'; machine=x86-64; }
	run_split -127 "$COFFERDAM" run -- "ls -l"
	[[ $stderr == "cofferdam: exec: ls -l: No such file or directory (the command is one word with a blank in it: write each argument as a word of its own, or sh -c '…')" ]]
	cp /bin/true work/d/foreign
	printf %b "$foreign" | dd of=work/d/foreign bs=1 seek=18 conv=notrunc status=none
	for command in d/foreign ./d/foreign "$PWD/work/d/foreign"; do
		run_split "$COFFERDAM" run --workspace work -- "$command"
		[ "$status" = 126 ]
		[[ $stderr == "cofferdam: exec: $command: Exec format error (an ELF file for $machine: this machine is "*")" ]]
	done
	# What the job may have made instead is not followed, and what is no ELF file is not called one.
	ln -s foreign work/d/link
	echo true >work/d/text
	printf '#!%s\n' "$PWD/work/d/foreign" >work/d/script
	chmod +x work/d/text work/d/script
	for command in d/link d/text d/script; do
		run_split "$COFFERDAM" run --workspace work -- "$command"
		[ "$status" = 126 ]
		[[ $stderr == *": Exec format error (neither a program for this machine nor a script that begins with #! and an interpreter for this machine)" ]]
	done
}

@test "126 for a file that cannot be executed" {
	run_split "$COFFERDAM" run -- /etc/passwd
	[ "$status" = 126 ]
	[[ $stderr == "cofferdam: exec: /etc/passwd: Permission denied"* ]]
}

@test "125 and FILE:LINE:COLUMN for an unknown key in a profile" {
	printf '{\n  "extends": "default",\n  "memroy": "1G"\n}\n' >p.json
	run_split "$COFFERDAM" run --profile ./p.json -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: $PWD/p.json:3:3: "*memroy* || $stderr == "cofferdam: ./p.json:3:3: "*memroy* ]]
}

@test "125 for bad input, each named in one line" {
	local -A bad=(
		["--memory 12Q"]="--memory"
		["--time 5"]="--time"
		["--cpus x"]="--cpus"
		["--frobnicate"]="--frobnicate"
		["--ro /nonexistent"]="/nonexistent"
		["--hostname a/b"]="--hostname"
		["--keep-fd 77"]="77"
		["--profile nosuch"]="nosuch"
		["--seccomp nosuch"]="nosuch"
		["--workspace /"]="--workspace"
		["--tmpfs /proc"]="/proc"
	)
	each_refused bad run
}

@test "later work is refused by name, never ignored" {
	for options in "--network allow" "--allow github.com" "--docker private" "--docker shared"; do
		# shellcheck disable=SC2086
		run_split "$COFFERDAM" run $options -- true
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"not supported yet"* ]]
	done
	run_split "$COFFERDAM" docker proxy
	[ "$status" = 125 ]
	[[ $stderr == *"not supported yet"* ]]
}

@test "a limit that this host cannot enforce is refused, and degraded by consent only" {
	if "$COFFERDAM" run --memory 1G -- true 2>/dev/null; then
		skip "this host delegates the memory controller"
	fi
	run_split "$COFFERDAM" run --memory 1G --pids 50 -- true
	[ "$status" = 125 ]
	[[ $stderr == *"memory"*"--allow-degraded memory"* ]]
	run_split "$COFFERDAM" run --memory 1G --pids 50 --allow-degraded memory -- true
	[ "$status" = 125 ]
	[[ $stderr == *"pids"* ]]
	run "$COFFERDAM" run --memory 1G --pids 50 --allow-degraded memory --allow-degraded pids --report r.json -- true
	[ "$status" = 0 ]
	[ "$(jq -r .protections.memory.state r.json)" = unavailable ]
	[ "$(jq -r .protections.pids.state r.json)" = degraded ]
}

@test "--pids without pids.max: RLIMIT_NPROC stands in and stops a fork loop" {
	if "$COFFERDAM" run --pids 50 -- true 2>/dev/null; then
		skip "this host delegates the pids controller"
	fi
	local loop='i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done 2>/dev/null; kill $(jobs -p); echo all'
	run "$COFFERDAM" run --pids 20 --allow-degraded pids --report r.json -- bash -c "echo started; $loop"
	[[ $output == *started* && $output != *all* ]]
	# Nothing counts what it refuses.
	[ "$(jq -c .limits.pids.refused r.json)" = null ]
	"$COFFERDAM" run --report r.json -- true
	[ "$(jq -c .limits.pids.refused r.json)" = 0 ]
	run "$COFFERDAM" run -- bash -c "$loop"
	[[ $output == *all* ]]
}

@test "--nofile none leaves the caller's limits as they are" {
	run bash -c 'ulimit -Sn 512; "$1" run --nofile none -- bash -c "ulimit -Sn; ulimit -Hn"' bash "$COFFERDAM"
	[ "$output" = "512"$'\n'"$(ulimit -Hn)" ]
}

@test "--nofile SOFT:HARD: a process may raise its own limit that far" {
	run -0 "$COFFERDAM" run --nofile 64:128 --report report.json -- bash -c \
		'ulimit -Sn; ulimit -Hn; ulimit -Sn 128 && ulimit -Sn; ulimit -n 129 2>/dev/null || echo no'
	[ "$(tr '\n' ' ' <<<"$output")" = "64 128 128 no " ]
	jq -e '.limits.nofile == {"limit": 64, "hard": 128} and .protections.rlimits.seen.nofile == 128' report.json
	run -0 "$COFFERDAM" run --nofile 64 -- bash -c 'ulimit -n 128 2>/dev/null || echo no'
	[ "$output" = no ]
	# As much as hosted runners have, or three quarters of what the caller has.
	run -0 "$COFFERDAM" run --profile job --network none --allow-degraded memory,swap,pids,cpu -- bash -c 'ulimit -Sn; ulimit -Hn'
	[ "${lines[0]}" = 65536 ] || [ "${lines[0]}" = "${lines[1]}" ]
	[ "${lines[1]}" = 1048576 ] || [ "${lines[1]}" = $(($(ulimit -Hn) * 3 / 4)) ] || [ "${lines[1]}" = $(($(ulimit -Hn) - $(ulimit -Hn) / 4)) ]
	run -0 "$COFFERDAM" run --dry-run --profile job --network none --allow-degraded memory,swap,pids,cpu -- true
	[ "$(jq -r .settings.nofile.value <<<"$output")" = 65536:1048576 ]
}

@test "--nofile is the command's: set-up opens more than that many writable paths" {
	local options=(--nofile 16)
	for i in {1..20}; do
		mkdir "w$i"
		options+=(--rw "$PWD/w$i")
	done
	run -0 "$COFFERDAM" run "${options[@]}" -- bash -c "ulimit -n; touch '$PWD/w20/x'"
	[ "$output" = 16 ]
	[ -e w20/x ]
	run_split -0 "$COFFERDAM" entrypoint --ro / "${options[@]}" -- bash -c "ulimit -n; touch '$PWD/w19/x'"
	[ "$output" = 16 ]
	[ -e w19/x ]
}

@test "too few descriptors, or processes, for the set-up: the line says which limit" {
	run_split -125 bash -c 'ulimit -n 12; exec "$0" run -- true' "$COFFERDAM"
	[[ $stderr == "cofferdam: "*"Too many open files (the caller's limit of open files is too low: raise \`ulimit -n\`)" ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	# Wherever it is that one is missing, before the launch and after the job.
	local failed=0
	for n in {4..24}; do
		run_split bash -c 'ulimit -n '"$n"'; exec "$0" run --root overlay --changes list --report r.json -- true' "$COFFERDAM"
		echo "$n: $status: $stderr"
		[ "$status" != 0 ] || continue
		[[ $stderr != *"Too many open files"* ]] || [[ $stderr == *"raise \`ulimit -n\`)" ]]
		failed=$((failed + 1))
	done
	[ "$failed" -ge 3 ]
}

@test "files of the caller that may not be large enough for the set-up: the line says which limit" {
	# Its messages go to a pipe: a file would be too large as well.
	for size in 0 4096; do
		what=init
		[ "$size" != 0 ] || what=/etc/hosts
		# A passwd larger than that is not what this is about.
		run -125 prlimit --fsize="$size" -- "$COFFERDAM" run --env HOME="$(getent passwd "$(id -u)" | cut -d: -f6)" -- true
		echo "$size: $output"
		[ "$output" = "cofferdam: $what: write: File too large (files of the caller may not be large enough: raise \`ulimit -f\`)" ]
	done
	# Arguments are in the report.
	run -125 prlimit --fsize=16384 -- "$COFFERDAM" run --report r.json -- true "$(printf %020000d 0)"
	echo "$output"
	[ "$output" = "cofferdam: report: $PWD/r.json: File too large (files of the caller may not be large enough: raise \`ulimit -f\`)" ]
}

# --- inside

@test "no capability in any set, no_new_privs, a filter" {
	run "$COFFERDAM" run -- cat /proc/self/status
	[ "$(grep -c '^Cap.*0000000000000000$' <<<"$output")" = 5 ]
	[[ $output == *"NoNewPrivs:	1"* ]]
	[[ $output == *"Seccomp:	2"* ]]
}

@test "only its own processes, and PID 1 tells nothing of the host" {
	run "$COFFERDAM" run -- sh -c 'echo /proc/[0-9]*; tr "\0" " " </proc/1/cmdline'
	[ "${lines[0]}" = "/proc/1 /proc/2" ]
	[ "${lines[1]}" = "cofferdam-init " ] || [[ ${lines[1]} == cofferdam-init* && ${lines[1]} != *run* ]]
}

# memory_of PID: all that process_vm_readv(2) gives of its memory. /proc/PID/mem is root's where a process is not dumpable.
memory_of() {
	# shellcheck disable=SC2016
	perl -e '
		my %numbers = (x86_64 => 310, aarch64 => 270);
		my ($nr, $pid) = ($numbers{$ARGV[0]}, $ARGV[1] + 0);
		open my $maps, "<", "/proc/$pid/maps" or die "maps: $!";
		while (<$maps>) {
			my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) r/ or next;
			my $size = hex($to) - hex($from);
			my $data = "\0" x $size;
			my $local = pack("pQ", $data, $size);
			my $remote = pack("QQ", hex($from), $size);
			print $data if syscall($nr, $pid, $local, 1, $remote, 1, 0) > 0;
		}' "$(uname -m)" "$1"
}

@test "nothing of the plan is in the memory of PID 1" {
	local launcher init
	secret=in-the-environment-8f3a "$COFFERDAM" run --env secret --ro "$PWD" -- sh -c 'echo "$secret"; exec sleep 60' >out &
	launcher=$!
	until_true 10 grep -q . out
	init=$(pgrep -P "$launcher")
	until_true 10 grep -qs memfd:cofferdam-init "/proc/$init/maps" # it was not to be looked into before its exec
	memory_of "$(pgrep -P "$init")" >has-it # looked for in the same way, it is found here
	grep -q in-the-environment has-it
	memory_of "$init" >memory
	grep -q cofferdam-init memory
	! grep -q -e in-the-environment -e "$PWD" memory || false
	kill -TERM "$launcher"
	wait "$launcher" || :
}

@test "only lo, and it is up; --network host has the host's" {
	local interfaces='tail -n +3 /proc/net/dev | cut -d: -f1 | xargs'

	run "$COFFERDAM" run -- sh -c "$interfaces; cat /proc/net/fib_trie"
	[ "${lines[0]}" = lo ]
	[[ $output == *127.0.0.1* ]]
	run "$COFFERDAM" run -- bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'
	[[ $output == *"Connection refused"* ]]
	run "$COFFERDAM" run --network host -- readlink /proc/self/ns/net
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
	run "$COFFERDAM" run -- readlink /proc/self/ns/net
	[ "$output" != "$(readlink /proc/self/ns/net)" ]
}

@test "file descriptors 0 to 2 and no other" {
	exec 9</etc/passwd
	run "$COFFERDAM" run -- bash -c 'for fd in {0..300}; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done'
	exec 9<&-
	[ "$status" = 0 ]
	[ "$(xargs <<<"$output")" = "0 1 2" ]
}

@test "--keep-fd hands over exactly that one, and no directory" {
	exec 8</etc/passwd 9<.
	run "$COFFERDAM" run --keep-fd 8 -- sh -c 'test -e /proc/self/fd/8 && test ! -e /proc/self/fd/9'
	[ "$status" = 0 ]
	run_split "$COFFERDAM" run --keep-fd 9 -- true
	[ "$status" = 125 ]
	[[ $stderr == *"a directory"* ]]
	run_split "$COFFERDAM" run -- true <.
	[ "$status" = 125 ]
	exec 8<&- 9<&-
}

@test "closed standard descriptors become /dev/null" {
	run bash -c '"$0" run -- readlink /proc/self/fd/0 <&-' "$COFFERDAM"
	[ "$output" = /dev/null ]
}

@test "the environment holds what was allowed and nothing of the caller" {
	SECRET=canary LANG=C.UTF-8 run "$COFFERDAM" run --env NAME=value --env HERE -- env
	[[ $output == *NAME=value* ]]
	[[ $output != *canary* ]]
	[[ $output != *HERE* ]]
	[ "$(cut -d= -f1 <<<"$output" | grep -cvxE 'PATH|HOME|LANG|TERM|NAME')" = 0 ]
	HERE=there run "$COFFERDAM" run --env HERE -- env
	[[ $output == *HERE=there* ]]
}

@test "--unset-env @secrets: patterns of --env pass no secret on, and what is kept back is named" {
	export CI_A=a CI_TOKEN=canary CI_URL=https://u:canary@h
	run_split "$COFFERDAM" run --env "CI_*" --unset-env @secrets --report r.json -- env
	[[ $output == *CI_A=a* && $output != *canary* ]]
	[ "$stderr" = "cofferdam: environment: withheld: CI_TOKEN, CI_URL (--env NAME passes one on)" ]
	jq -e '.protections.environment.detail == "withheld: CI_TOKEN, CI_URL"' r.json
	run_split "$COFFERDAM" run --quiet --env "CI_*" --unset-env @secrets --env CI_TOKEN -- env
	[[ $output == *CI_TOKEN=canary* && $output != *CI_URL* && -z $stderr ]]
	run_split "$COFFERDAM" run -- env
	[[ $output != *canary* && $output != *CI_A* && -z $stderr ]]
}

@test "what is counted per user of the machine has a limit of its own" {
	run "$COFFERDAM" run -- bash -c 'ulimit -c; ulimit -i; cat /proc/sys/user/max_inotify_instances; ulimit -q
		grep -o "devpts.*" /proc/self/mountinfo'
	[ "${lines[0]}" -le 1 ]
	[ "${lines[1]}" -le 4096 ]
	[ "${lines[2]}" = 64 ]
	[ "${lines[3]}" -le $((400 * 1024)) ]
	[[ ${lines[4]} == *max=256* ]]
	# Descriptors: the job's limit lies below what its user can still pass around.
	run "$COFFERDAM" run --nofile 1000000 -- bash -c 'ulimit -Hn'
	[ "$output" -lt "$(ulimit -Hn)" ]
}

@test "a plain launch: the C library's start does not look up the program's path" {
	# A kernel without Landlock starts the launcher anew from a copy of itself, which it opens by that path.
	strace -qq -e trace=execve,readlink,readlinkat -o trace "$COFFERDAM" run -- true </dev/null
	grep -F 'execve(' trace
	run grep -F '"/proc/self/exe"' trace
	[ "$status" = 1 ]
}
