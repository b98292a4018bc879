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
}

@test "a command that ignores SIGTERM is killed after the grace period" {
	run "$COFFERDAM" run --time 100ms --grace 100ms --report report.json -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	[ "$status" = 124 ]
	[ "$(jq -r .signal report.json)" = 9 ]
}

@test "127 for a command that is not there" {
	run_split -127 "$COFFERDAM" run -- /nonexistent
	[[ $stderr == "cofferdam: exec: /nonexistent: No such file or directory ("* ]]
	run_split -127 "$COFFERDAM" run -- no-such-command
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
		[[ $stderr == *"not in this version"* ]]
	done
	run_split "$COFFERDAM" docker proxy
	[ "$status" = 125 ]
	[[ $stderr == *"not in this version"* ]]
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
	run "$COFFERDAM" run --pids 20 --allow-degraded pids -- bash -c "echo started; $loop"
	[[ $output == *started* && $output != *all* ]]
	run "$COFFERDAM" run -- bash -c "$loop"
	[[ $output == *all* ]]
}

@test "--nofile none leaves the caller's limits as they are" {
	run bash -c 'ulimit -Sn 512; "$1" run --nofile none -- bash -c "ulimit -Sn; ulimit -Hn"' bash "$COFFERDAM"
	[ "$output" = "512"$'\n'"$(ulimit -Hn)" ]
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
	[[ $stderr == "cofferdam: "*"Too many open files (the caller may open too few files: raise \`ulimit -n\`)" ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
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

@test "the system is read-only; the workspace, /tmp and HOME are not" {
	run "$COFFERDAM" run -- sh -c 'for d in / /usr /etc /dev /proc/sys; do touch $d/x 2>/dev/null && echo "wrote $d"; done; touch x /tmp/x ~/x && pwd'
	[ "$output" = /workspace ]
}

@test "fresh directories share one file system, and none leads into another or into the root" {
	run "$COFFERDAM" run -- sh -c '
		for d in / /dev /dev/shm /tmp /var/tmp /workspace ~ /proc/scsi; do [ ! -e $d ] || stat -c %d $d; done | uniq | wc -l
		stat -c %a /tmp /var/tmp /dev/shm /workspace | xargs
		echo canary >/tmp/x && ln /tmp/x /workspace/x 2>/dev/null && echo linked
		cp /bin/true /dev/shm/true && /dev/shm/true 2>/dev/null && echo ran
		ls -A /tmp/.. | xargs; ls -A /workspace ~ /var/tmp | grep -v : | xargs'
	echo "$output"
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = "1777 1777 1777 755" ]
	[[ ${lines[2]} == "bench "* || ${lines[2]} == "bin "* ]]
	[ "${#lines[@]}" = 3 ]
}

@test "--workspace is the working directory, writable, and nothing else of the home is there" {
	mkdir w
	run "$COFFERDAM" run --workspace w -- sh -c "pwd; echo hello >file; ls -A '$HOME'"
	[ "$(cat w/file)" = hello ]
	[ "${lines[0]}" = "$PWD/w" ]
}

@test "--unset-env @secrets: patterns of --env pass no secret on, and what is kept back is named" {
	export CI_A=a CI_TOKEN=canary CI_URL=https://u:canary@h
	run_split "$COFFERDAM" run --env "CI_*" --unset-env @secrets --report r.json -- env
	[[ $output == *CI_A=a* && $output != *canary* ]]
	[ "$stderr" = "cofferdam: environment: kept back: CI_TOKEN, CI_URL (--env NAME passes one on)" ]
	jq -e '.protections.environment.detail == "kept back: CI_TOKEN, CI_URL"' r.json
	run_split "$COFFERDAM" run --quiet --env "CI_*" --unset-env @secrets --env CI_TOKEN -- env
	[[ $output == *CI_TOKEN=canary* && $output != *CI_URL* && -z $stderr ]]
	run_split "$COFFERDAM" run -- env
	[[ $output != *canary* && $output != *CI_A* && -z $stderr ]]
}

@test "--ro, --rw, --tmpfs and --hide" {
	mkdir a b
	echo canary >a/file
	run "$COFFERDAM" run --ro a:/in --rw b:/out --tmpfs /scratch:1M --hide /usr/share -- sh -c \
		'cat /in/file; touch /in/x 2>/dev/null || echo read-only; echo written >/out/file; ls -A /usr/share;
		 head -c 2000000 /dev/zero >/scratch/big 2>/dev/null || echo full'
	[ "$output" = "canary
read-only
full" ]
	[ "$(cat b/file)" = written ]
}

@test "a socket is not shown by --ro: read-only does not keep a job from connecting" {
	perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Local => "socket", Listen => 8) or die; print "ready\n"; close STDOUT; sleep 60' >ready 3>&- &
	server=$!
	until_true 10 test -s ready
	reach=$BUILD/tests/escape/reach
	for path in "$PWD/socket" "$PWD/socket:/run/socket"; do
		run_split "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$path" -- "$reach" path "${path##*:}"
		echo "$path: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: mount $PWD/socket: a socket: "*"(asked for by --ro; name it with --rw if it may)" ]]
		run "$COFFERDAM" run --ro "$BUILD/tests/escape" --rw "$path" -- "$reach" path "${path##*:}"
		[ "$status" = 0 ]
	done
	# Below a directory it is shown and can be connected to, as SECURITY.md says.
	run "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$PWD" -- "$reach" path "$PWD/socket"
	echo "$output"
	[ "$status" = 0 ]
	# A directory of sockets can be covered.
	run "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$PWD" --hide "$PWD/socket" -- "$reach" path "$PWD/socket"
	[ "$status" = 1 ]
	kill "$server"
}

@test "hide: what does not exist is a refusal where it could be made, and else left out" {
	mkdir a b w b/ro b/sub
	# Where it exists it cannot be made, nor seen.
	echo secret >b/key
	run "$COFFERDAM" run --rw b:/out --hide /out/key -- sh -c 'cat /out/key; echo mine >/out/key'
	[[ $output != *secret* ]]
	[ "$(cat b/key)" = secret ]
	rm b/key
	for options in "--rw b:/out --hide /out/key" "--rw b:/out --hide /out/sub/deep/key" "--workspace w --hide $PWD/w/key"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'touch /out/ran; touch ran'
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"hide "*"/key: No such file or directory"*"make it first"* ]]
		[ "$(wc -l <<<"$stderr")" = 1 ]
	done
	[ -z "$(ls b/ran w/ran 2>/dev/null)" ]
	"$COFFERDAM" run --rw b:/out --ro b/ro:/out/ro --ro a:/in --hide /in/key --hide /out/ro/key --hide /tmp/key --hide /nowhere/key -- true
	[ "$("$COFFERDAM" run --rw b:/out --hide /out/key --hide /in/key --dry-run -- true | jq -c '[.mounts[] | select(.kind == "hide" and (.target | test("key"))) | .optional]')" = "[false,true]" ]
	"$COFFERDAM" run --rw b:/out --hide-try /out/key -- true
	"$COFFERDAM" run --root overlay --rw b:/out --hide /usr/key -- sh -c ': >/usr/key' # the layer is this job's only
}

@test "a mount below the workspace is not covered by it" {
	mkdir w d
	echo canary >d/file
	run "$COFFERDAM" run --workspace w --ro "$PWD/d:$PWD/w/sub" -- cat sub/file
	[ "$output" = canary ]
}

@test "a symbolic link in a writable bind does not move a mount point" {
	mkdir w d target
	ln -s ../target w/sub
	run_split "$COFFERDAM" run --workspace w --ro "$PWD/d:$PWD/w/sub" -- true
	[ "$status" = 125 ]
	[[ $stderr == *"symbolic link"* ]]
}

@test "what the host mounts later does not come in: no mount is shared with it" {
	local shared='grep -cE " (shared|master):" /proc/self/mountinfo'
	run unshare --user --map-current-user --mount --propagation shared sh -c "$shared"
	[ "$output" -gt 0 ]
	run unshare --user --map-current-user --mount --propagation shared "$COFFERDAM" run -- sh -c "$shared"
	[ "$output" = 0 ]
}

@test "a source inside what a job can write is not reached through a link" {
	mkdir ws ws/real secret
	ln -s ../secret ws/cache
	run_split "$COFFERDAM" run --workspace ws --rw ws/cache:/cache -- true
	[ "$status" = 125 ]
	[[ $stderr == *"symbolic link"* ]]
	run "$COFFERDAM" run --workspace ws --rw ws/real:/cache -- touch /cache/x
	[ "$status" = 0 ]
	[ -e ws/real/x ]
	run_split "$COFFERDAM" run --workspace ws --report ws/r.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	# By another name too.
	ln -s ws link
	mkdir aside
	ln -s ../aside ws/out # what a job before this one may have left
	ln -s ws/out chain
	for options in "--workspace ws --report link/r.json" "--workspace link --report ws/r.json" "--rw link/real:/x --report ws/real/r.json" \
		"--workspace ws --report chain/r.json" \
		"--root overlay --rw ws:/x --changes link/real/c"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'for f in *.tmp; do echo forged >"$f"; done'
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"where the job can write"* ]]
	done
	[ -z "$(find ws aside -name '*.json*')" ]
	run "$COFFERDAM" run --workspace link --report r.json -- true
	[ "$status" = 0 ]
}

@test "a link of an earlier job is not followed, however the workspace is spelt" {
	mkdir -p real/ws/sub secret
	echo key >secret/id
	ln -s "$PWD/secret" real/ws/cache
	ln -s ../../secret real/ws/sub/back
	ln -s real alias
	ln -s alias again
	ln -s alias/ws/cache through
	for options in "--workspace $PWD/real/ws --rw $PWD/alias/ws/cache:/x" "--workspace $PWD/alias/ws --rw $PWD/real/ws/cache:/x" \
		"--workspace $PWD/again/ws --ro $PWD/alias/ws/cache:/x" "--workspace real/ws --ro through:/x" \
		"--workspace real/ws --ro $PWD/alias/ws/sub/back:/x" "--rw $PWD/real/ws:/w --ro again/ws/sub/back:/x"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'cat /x/id; echo owned >>/x/id'
		echo "$options: $status: $output $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"a symbolic link where a job can write is not followed"* ]]
	done
	[ "$(cat secret/id)" = key ]
	# The way to the workspace itself is the caller's.
	for options in "--workspace alias/ws --ro $PWD/real/ws/sub:/x" "--workspace $PWD/again/ws --rw $PWD/alias/ws/sub:/x"; do
		# shellcheck disable=SC2086 # several words
		run "$COFFERDAM" run $options -- ls /x
		echo "$options: $status: $output"
		[ "$status" = 0 ]
		[ "$output" = back ]
	done
	(
		cd alias/ws
		run "$COFFERDAM" run --workspace . -- sh -c 'pwd; touch made'
		[ "$status" = 0 ]
	)
	[ -e real/ws/made ]
}

@test "neither /proc nor the whole root is shown, whatever the source is called" {
	ln -s /proc lp
	ln -s / lr
	ln -s /proc/self/root magic
	mkdir sub
	ln -s /proc/self/fd/5 open
	ln -s lp chain
	for options in "--ro $PWD/lp:/x" "--rw $PWD/lp:/x" "--workspace lp" "--ro $PWD/chain/sys:/x" "--view $PWD/lp:/x" "--ro-try $PWD/lp/1:/x" \
		"--ro $PWD/lr:/x" "--rw $PWD/magic:/x" "--workspace magic" "--ro $PWD/magic/usr:/x" "--rw $PWD/open:/x" "--workspace open"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- true 5<sub
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"the host's /proc"* || $stderr == *"the whole root"* || $stderr == *"/proc/PID/fd"* ]]
	done
	# A link to anything else is the caller's to make.
	ln -s sub link
	run "$COFFERDAM" run --ro "$PWD/link:/x" -- ls /x
	[ "$status" = 0 ]
}

@test "a report is refused where a bind mount shows what the job can write, and through a link of the job's" {
	mkdir -p ws/deep/er alias below ws/mounted other safe
	bind() {
		# shellcheck disable=SC2016 # for the shell inside
		run_split unshare --user --map-current-user --keep-caps --mount sh -c "$1"' && shift && exec "$@"' sh - "$COFFERDAM" run "${@:2}"
		echo "$*: $status: $stderr"
	}
	# shellcheck disable=SC2016 # for the shell inside
	forge='for f in *.tmp */*.tmp */*/*.tmp; do [ ! -e "$f" ] || echo forged >"$f"; done'
	for mounts in "mount --bind ws alias" "mount --bind ws/deep alias" "mount -t tmpfs tmpfs ws/mounted && mount --bind ws/mounted alias" \
		"mount --bind ws alias && mount --bind alias/deep other"; do
		bind "$mounts" --workspace ws --report alias/r.json -- sh -c "$forge"
		[ "$status" = 125 ]
		[[ $stderr == *"--report: $PWD/alias/r.json: lies in $PWD/ws, where the job can write"* ]]
		bind "$mounts" --root overlay --rw ws:/x --changes alias/c -- true
		[ "$status" = 125 ]
	done
	bind "mount --bind ws alias" --workspace alias --report ws/deep/er/r.json -- sh -c "$forge"
	[ "$status" = 125 ]
	[ -z "$(find ws alias -type f)" ]
	# A link that an earlier job made, by another name of the workspace.
	ln -s "$PWD/safe" ws/link
	bind "mount --bind ws alias" --workspace ws --report alias/link/r.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	[ -z "$(ls -A safe)" ]
	# What lies beside it, on the same file system, is another place; so is what the job cannot write to.
	bind "mount --bind below alias" --workspace ws --report alias/r.json -- true
	[ "$status" = 0 ]
	[ -s below/r.json ]
	bind "mount --bind ws alias" --ro ws:/x --report alias/r.json -- true
	[ "$status" = 0 ] && [ -s ws/r.json ]
}

@test "a report goes to the directory that was there when the job began" {
	mkdir -p a b
	ln -s a place
	mkfifo started
	"$COFFERDAM" run --rw started:/started --report place/r.json -- sh -c 'echo >/started; read -r _ </started' &
	launcher=$!
	read -r _ <started
	ln -sfn b place
	echo >started
	wait "$launcher"
	[ -s a/r.json ] && [ -z "$(ls -A b)" ]
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
