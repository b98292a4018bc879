#!/usr/bin/env bats
# cofferdam run: signals, death, the end; what it says of itself.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "a set-up that is killed is a failure of the launcher, not of the command" {
	mkdir out
	run_split strace -qq -o /dev/null -f -e trace=sethostname -e inject=sethostname:signal=KILL \
		"$COFFERDAM" run --report r.json --rw out:/out -- touch /out/ran
	[ "$status" = 125 ]
	[ ! -e out/ran ]
	[[ $stderr == *"killed before the command started"* ]]
	[ "$(jq -r .ended_by r.json)" = launcher ]
}

@test "a command that does not begin is a failure of the launcher, whatever the policy denies our own process" {
	local action command

	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP; do
		printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["exit_group","exit","sendmsg","sendto"],"action":"%s"}]}' \
			"$action" >deaf.json
		for command in "run --no-explain" "entrypoint --allow-degraded landlock"; do
			# shellcheck disable=SC2086 # words
			run_split -127 "$COFFERDAM" $command --seccomp ./deaf.json --report r.json -- /no/such
			[ "$status" = 127 ]
			[[ $stderr == *"cofferdam: exec: /no/such: No such file or directory"* ]]
			[ "$(jq -c '[.ended_by, .status, .exit_code, .signal, (.error != null)]' r.json)" = '["launcher",127,null,null,true]' ]
			# The command's own end is its own.
			# shellcheck disable=SC2086 # words
			run "$COFFERDAM" $command --seccomp ./deaf.json --report r.json -- sh -c 'kill -9 $$'
			[ "$status" = 137 ]
			[ "$(jq -r .ended_by r.json)" = signal ]
		done
		printf '{"defaultAction":"%s","syscalls":[]}' "$action" >mute.json
		for command in "run --no-explain" "entrypoint --allow-degraded landlock"; do
			# shellcheck disable=SC2086 # words
			run_split "$COFFERDAM" $command --seccomp ./mute.json -- true
			echo "$action $command: $stderr"
			[ "$status" = 125 ]
			[[ $stderr == *"seccomp: "*"/mute.json: denies execve(2), which starts the command (allow it"* ]]
		done
	done
}

@test "a report that cannot be written is found out before anything runs" {
	mkdir out
	run_split "$COFFERDAM" run --report /nonexistent/r.json --rw out:/out -- touch /out/ran
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: report: /nonexistent/r.json: "* ]]
	[ ! -e ran ]
	[ -z "$(find . -name '*.tmp')" ]
}

@test "a report or a list that would be a directory is refused before anything runs" {
	mkdir out place
	for options in "--report place" "--report place/" "--report $PWD/place/" "--report none/" "--report place/." "--root overlay --changes place" \
		"--root overlay --changes none/"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options --rw out:/out -- touch /out/ran
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: "*": Is a directory (name a file in it)" || $stderr == "cofferdam: --"*"/: names a directory (name a file)" ]]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[ ! -e out/ran ]
		[ ! -e none ]
		[ -d place ]
	done
	run_split "$COFFERDAM" entrypoint --report place --allow-degraded landlock -- touch out/ran
	[ "$status" = 125 ]
	[[ $stderr == *"cofferdam: report: $PWD/place: Is a directory (name a file in it)" ]]
	[ ! -e out/ran ]
	[ -z "$(find . -name '*.tmp')" ]
}

@test "a launcher that is killed leaves nothing beside its report and its list" {
	local only_names='{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["openat"],"action":"SCMP_ACT_ERRNO","errnoRet":95,
		"args":[{"index":2,"value":4259840,"valueTwo":4259840,"op":"SCMP_CMP_MASKED_EQ"}]}]}'
	local list as pid

	mkdir out ws image
	list=(--root ./image --ro /usr:/usr --ro /bin:/bin --ro /lib:/lib --ro /lib64:/lib64 --changes out/c)
	echo "$only_names" >names.json
	if python3 -c 'import os; os.open("out", os.O_TMPFILE | os.O_WRONLY)'; then
		"$COFFERDAM" run --rw ws:/ws --report out/r "${list[@]}" -- sh -c ': >/ws/begun; exec sleep 60' 3>&- &
		pid=$!
		until_true 10 test -e ws/begun
		kill -9 "$pid"
		[ -z "$(ls -A out)" ]
		# A name that is taken is somebody else's.
		run sh -c ': >"out/r.$$.tmp"; exec "$0" run --report out/r -- true' "$COFFERDAM"
		[ "$status" = 0 ]
		rm out/r
		[ "$(wc -c out/r.*.tmp | awk '{ print $1 }')" = 0 ]
		rm out/*
	else
		echo "this file system has no files without a name" >&3
	fi
	for as in "" "$COFFERDAM seccomp exec ./names.json"; do
		echo old >out/r
		# shellcheck disable=SC2086 # words
		$as "$COFFERDAM" run --report out/r "${list[@]}" -- sh -c 'ls -A /proc/self/fd'
		[ "$(find out -type f -printf '%f\n' | sort | paste -sd' ')" = "c r" ]
		[ "$(jq .status out/r)" = 0 ]
		rm out/*
	done
}

@test "where files have names at once, what a killed launcher left goes with the next run of the same report" {
	local pid
	local through=("$COFFERDAM" seccomp exec ./names.json "$COFFERDAM")

	mkdir out ws
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["openat"],"action":"SCMP_ACT_ERRNO","errnoRet":95,
		"args":[{"index":2,"value":4259840,"valueTwo":4259840,"op":"SCMP_CMP_MASKED_EQ"}]}]}' >names.json
	"${through[@]}" run --rw ws:/ws --report out/r -- sh -c ': >/ws/begun; exec sleep 60' 3>&- &
	pid=$!
	until_true 20 test -e ws/begun
	# While it runs, another launcher leaves its file alone.
	"${through[@]}" run --report out/r -- true
	[ -e "out/r.$pid.tmp" ]
	kill -9 "$pid"
	wait "$pid" || :
	[ -e "out/r.$pid.tmp" ]
	: >out/r.$$.tmp      # of a process that is there
	: >"out/s.$pid.tmp"  # of another report
	: >"out/r.x$pid.tmp" # no process's
	ln -s r "out/r.$pid.7.tmp"
	"${through[@]}" run --report out/r -- true
	[ "$(find out -printf '%f\n' | sort | xargs)" = "$(printf '%s\n' out r r.$$.tmp "s.$pid.tmp" "r.x$pid.tmp" "r.$pid.7.tmp" | sort | xargs)" ]
}

@test "the command has the caller's umask, and the set-up does not: one that takes the owner's rights keeps nothing from running" {
	mkdir ws
	for mask in 0000 0002 0022 0077 0777; do
		for as in "$COFFERDAM run --quiet --workspace $PWD/ws --report" "$COFFERDAM entrypoint --workdir $PWD/ws --report"; do
			rm -rf r.json said ws/f
			# shellcheck disable=SC2086 # words
			(umask "$mask" && $as r.json -- sh -c 'umask; : >f; stat -c %A /tmp' >said 2>/dev/null)
			chmod 600 r.json said
			echo "$mask: $(<said)"
			[ "$(jq .status r.json)" = 0 ]
			[ "$(<said)" = "$mask"$'\n'drwxrwxrwt ]
			[ "$(stat -c %04a ws/f)" = "$(printf %04o $((0666 & ~mask)))" ]
		done
	done
}

@test "text that is not UTF-8 does not cost the report" {
	printf '{"extends": "default"}' >$'p\xff.json'
	run "$COFFERDAM" run --profile $'./p\xff.json' --report r.json -- true
	[ "$status" = 0 ]
	jq -e .profile r.json
}

@test "a delegated cgroup: the job has a leaf of its own, which is gone afterwards" {
	run "$COFFERDAM" run --id "gone-$$" --report r.json -- sh -c 'grep ^0:: /proc/self/cgroup; cat /proc/1/cgroup | grep -c /docker/'
	[ "${lines[0]}" = "0::/" ]
	if [ "$(jq -r .protections.cgroup.state r.json)" != active ]; then
		skip "no cgroup v2 subtree is delegated to this user here"
	fi
	local v2 own
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[ -z "$(find "$v2${own%/*}" -name "cofferdam-gone-$$*" 2>/dev/null)" ]
}

@test "a file system below a source that keeps the set-up waiting keeps neither the time limit nor SIGTERM" {
	mkdir -p x/fuse
	true 2>/dev/null 3<>/dev/fuse || skip "no /dev/fuse that one may open"
	# Nobody ever answers it.
	unanswered() {
		run unshare --user --map-current-user --keep-caps --mount sh -c '
			exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=$(id -u),group_id=$(id -g) none x/fuse && exec "$@"' \
			sh timeout -k 1 20 "$@" 3>&-
		echo "$*: $status: $output"
	}
	unanswered "$COFFERDAM" run --time 100ms --grace 100ms --ro "$PWD/x" -- "$PWD/x/fuse/program"
	[ "$status" = 124 ]
	[ "$output" = "cofferdam: ended: time limit of 100ms (--time)" ]
	for option in "--workdir $PWD/x/fuse" "--tmpfs $PWD/x/fuse/below"; do
		# shellcheck disable=SC2086 # two words
		unanswered "$COFFERDAM" run --time 100ms --grace 100ms --rw "$PWD/x" $option -- true
		[ "$status" = 125 ]
		[[ $output == *"killed before the command started"* ]]
	done
	unanswered "$COFFERDAM" entrypoint --time 100ms --workdir "$PWD/x/fuse" -- true
	[ "$status" = 124 ]
	[[ $output == *"cofferdam: entrypoint: the command has not been executed: not done in time" ]]
	unanswered "$COFFERDAM" run --rw "$PWD/x" -- ls "$PWD/x"
	[ "$status" = 0 ]
	[ "$output" = fuse ]
}

@test "SIGTERM reaches the command, which may answer" {
	"$COFFERDAM" run -- sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' >out &
	local pid=$!
	until_true 10 grep -q ready out
	kill "$pid"
	wait "$pid" || status=$?
	[ "$status" = 9 ]
}

@test "a caller that ignores SIGCHLD gets the status all the same" {
	run timeout 20 env --ignore-signal=CHLD "$COFFERDAM" run -- sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "kill -9 of the launcher ends the sandbox" {
	local mark="sleep 4242$$" # of this run alone
	mkdir canary
	"$COFFERDAM" run --rw canary:/canary -- sh -c "echo ready >/canary/ready; exec $mark" &
	local pid=$!
	until_true 10 test -e canary/ready
	until_true 10 pgrep -u "$(id -u)" -f "^$mark\$"
	kill -9 "$pid"
	until_true 5 sh -c "! pgrep -u $(id -u) -f '^$mark\$'"
}

@test "what the command leaves behind dies with it, setsid and double fork or not" {
	local mark="sleep 4343$$"
	run "$COFFERDAM" run --report r.json -- sh -c "(setsid $mark >/dev/null 2>&1 &) ; ($mark >/dev/null 2>&1 &); exit 0"
	[ "$status" = 0 ]
	run ! pgrep -u "$(id -u)" -f "^$mark\$"
	[ "$(jq -c .teardown.residue r.json)" = "[]" ]
	[ "$(jq -c .teardown.processes_killed r.json)" = 2 ]
}

@test "the report says what was done" {
	run "$COFFERDAM" run --report r.json --id my-job -- sh -c 'exit 3'
	[ "$status" = 3 ]
	jq -e '.id == "my-job" and .exit_code == 3 and .status == 3 and .ended_by == "exit" and .profile == "default"
		and .protections.seccomp.state == "active" and .protections.user_namespace.state == "active"
		and (.profile_digest | length) == 64 and .teardown.residue == []' r.json
	run "$COFFERDAM" run --network host --report r.json -- true
	[ "$(jq -r .protections.network_namespace.state r.json)" = disabled ]
}

@test "--dry-run shows memory_min with its origin, and the consent that lets it be missing" {
	run "$COFFERDAM" run --dry-run --memory-min 64M --allow-degraded memory -- true
	[ "$status" = 0 ]
	[ "$(jq -c .settings.memory_min <<<"$output")" = '{"value":67108864,"origin":"--memory-min"}' ]
	[ "$(jq -c '.allow_degraded - (.allow_degraded - ["memory"])' <<<"$output")" = '["memory"]' ]
	run "$COFFERDAM" run --dry-run -- true
	[ "$(jq -c .settings.memory_min <<<"$output")" = '{"value":null,"origin":"default"}' ]
}

@test "--dry-run prints the plan with origins and runs nothing" {
	run "$COFFERDAM" run --dry-run --hostname elsewhere --workspace . -- touch ran
	[ "$status" = 0 ]
	[ ! -e ran ]
	jq -e '.settings.hostname.value == "elsewhere" and .settings.hostname.origin == "--hostname"
		and (.settings.nofile.origin | startswith("profiles/default.json:"))' <<<"$output"
}

@test "doctor names what is missing with a remedy, and exits 0 only when nothing is" {
	run "$COFFERDAM" doctor
	[ "$status" = 0 ]
	[[ $output == *"launch"* ]]
	run "$COFFERDAM" doctor --profile job --json
	if [ "$status" = 1 ]; then
		jq -e '.checks | map(select(.state == "missing")) | all(.remedy != "")' <<<"$output"
	else
		[ "$status" = 0 ]
	fi
}

@test "doctor with the options of run: each thing that this launch lacks here, and only that" {
	mkdir ws
	run_split "$COFFERDAM" doctor -w ws --root overlay --time 9s --pids 9 --allow-degraded pids --tmpfs /x:1M --start-fd 9 --json
	echo "$output"
	jq -e '.profile == "default" and .options[0:4] == ["-w", "ws", "--root", "overlay"] and (.options | index("--json") | not)
		and ([.checks[] | select(.name == "launch") | .state] == ["ok"])
		and ([.checks[] | select(.state == "missing")] == [])' <<<"$output"
	[ -z "$(ls ws)" ]
	# What run would refuse is a row with the same text and remedy, each source one of its own.
	run_split "$COFFERDAM" doctor --ro ./one --ro ./two --hostname x --json
	[ "$status" = 1 ]
	jq -e '[.checks[] | select(.name == "source") | .found] | length == 2 and (.[0] | contains("/one: no such file"))
		and (.[1] | contains("/two: no such file"))' <<<"$output"
	found=$(jq -r '.checks[] | select(.name == "launch") | "\(.found) (\(.remedy))"' <<<"$output")
	run_split "$COFFERDAM" run --ro ./one --ro ./two --hostname x -- true
	[ "$stderr" = "cofferdam: $found" ]
	# A limit that cannot be had: doctor and run agree, and consent makes it degraded.
	if ! "$COFFERDAM" run --memory 1G -- true 2>said; then
		run_split "$COFFERDAM" doctor --memory 1G --json
		[ "$status" = 1 ]
		[ "cofferdam: $(jq -r '.checks[] | select(.name == "memory") | .found' <<<"$output")" = "$(sed 's/ (requested by .*//' said)" ]
		run_split "$COFFERDAM" doctor --memory 1G --allow-degraded memory --json
		[ "$(jq -r '.checks[] | select(.name == "memory") | .state' <<<"$output")" = degraded ]
	fi
	run_split "$COFFERDAM" doctor --memory
	[ "$stderr" = "cofferdam: doctor: --memory: requires a value" ]
	run_split "$COFFERDAM" doctor -- true
	[ "$stderr" = "cofferdam: doctor: true: unexpected argument" ]
}

@test "help and version on every level" {
	for command in "" run doctor policy runner; do
		# shellcheck disable=SC2086
		run_split "$COFFERDAM" $command --help
		echo "$command: $status"
		[ "$status" = 0 ]
		[[ $output == *sage* ]]
	done
	run "$COFFERDAM" --version
	[[ $output == "cofferdam "* ]]
}

@test "the caller's session keyring stays the caller's" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}' >allow.json
	# shellcheck disable=SC2016
	run keyctl session - sh -c 'keyctl add user cofferdam-canary secret @s >/dev/null && keyctl show @s &&
		echo inside && "$0" run --seccomp ./allow.json -- keyctl show @s' "$COFFERDAM"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c cofferdam-canary <<<"$output")" = 1 ]
	[[ ${output#*inside} != *cofferdam-canary* ]]
}

@test "systemd-run is the system's, not one of the caller's PATH" {
	local socket=$PWD/run/systemd/private
	mkdir -p bin run/systemd
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\necho "$@" >>%q\nexit 1\n' "$PWD/asked" >bin/systemd-run
	chmod +x bin/systemd-run
	# Somebody listens where the user's manager would, and hangs up.
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); print(flush=True)
while True: s.accept()[0].close()' "$socket" >listening 3>&- &
	manager=$!
	until_true 10 test -s listening
	run env PATH="$PWD/bin:$PATH" XDG_RUNTIME_DIR="$PWD/run" DBUS_SESSION_BUS_ADDRESS="unix:path=$PWD/none" \
		"$COFFERDAM" run --memory 64M --allow-degraded memory -- true
	kill "$manager"
	echo "$status: $output"
	[ "$status" = 0 ]
	[ ! -e asked ]
}

# Its tracer is its parent then, which is PID 1, and the kernel reports to that when it stops.
@test "a command that asks to be traced and stops has not ended" {
	local command
	cat >traced.py <<-'E'
		import ctypes, os, signal
		command = os.getpid()
		ctypes.CDLL(None).ptrace(0, 0, None, None)
		if os.fork() == 0:
		    while not any(line.startswith("State:\tt") for line in open(f"/proc/{command}/status")):
		        pass
		    os.kill(command, signal.SIGKILL)
		    os._exit(0)
		os.kill(command, signal.SIGUSR1)
	E
	for command in run "entrypoint --allow-degraded landlock"; do
		# shellcheck disable=SC2086 # words
		run timeout -k 1 20 "$COFFERDAM" $command --report r.json -- python3 -c "$(<traced.py)"
		echo "$command: $status: $output"
		[ "$status" = 137 ]
		[ "$(jq -c '[.ended_by, .signal]' r.json)" = '["signal",9]' ]
	done
}
