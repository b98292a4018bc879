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

@test "a report that cannot be written is found out before anything runs" {
	mkdir out
	run_split "$COFFERDAM" run --report /nonexistent/r.json --rw out:/out -- touch /out/ran
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: report: /nonexistent/r.json: "* ]]
	[ ! -e ran ]
	[ -z "$(find . -name '*.tmp')" ]
}

@test "text that is not UTF-8 does not cost the report" {
	printf '{"extends": "default"}' >$'p\xff.json'
	run "$COFFERDAM" run --profile $'./p\xff.json' --report r.json -- true
	[ "$status" = 0 ]
	jq -e .profile r.json
}

@test "a delegated cgroup: the job has a leaf of its own, which is gone afterwards" {
	run "$COFFERDAM" run --report r.json -- sh -c 'grep ^0:: /proc/self/cgroup; cat /proc/1/cgroup | grep -c /docker/'
	[ "${lines[0]}" = "0::/" ]
	if [ "$(jq -r .protections.cgroup.state r.json)" != active ]; then
		skip "no cgroup v2 subtree is delegated to this user here"
	fi
	local v2
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -z "$(find "$v2" -name 'cofferdam-run-*' 2>/dev/null)" ]
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
	[ -z "$output" ]
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
	[ "$status" = 0 ] && [ "$output" = fuse ]
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
