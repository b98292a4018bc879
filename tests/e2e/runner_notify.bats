#!/usr/bin/env bats
# What the service manager hears from the supervisor, on a socket such as its own.

load runner_helpers

manager() {
	python3 "$BATS_TEST_DIRNAME/notify_socket.py" "$W/n" "$W/notified" 3>&- &
	MANAGER=$!
	until_true 20 notified bound
}

notified() {
	grep -qE -- "$1" "$W/notified" 2>/dev/null
}

line_of() {
	grep -nE -m 1 -- "$1" "$W/notified" | cut -d: -f1
}

# Whatever else fails: this test's own.
finish() {
	kill "$MANAGER"
	wait "$MANAGER" || true
}

@test "ready, the state of the slots, reloading, the watchdog, stopping" {
	manager
	echo '{"pools": [{"name": "a", "profile": "job.json"}]}' >pools.json
	start ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json" NOTIFY_SOCKET="$W/n" WATCHDOG_USEC=4000
	until_true 90 notified "^READY=1\$"
	until_true 20 notified '^STATUS=0 jobs, 1 idle, 0 starting or ending$'
	# Not before a slot waits for jobs.
	grep -q "registered as" err
	until_true 20 notified '^WATCHDOG=1$'
	id=$(script "echo begun; until curl -sf $URL/files/go >/dev/null; do sleep 0.2; done" \
		'for p in /proc/[0-9]*; do tr "\0" "\n" <$p/environ; done 2>/dev/null | grep -E "^(NOTIFY_SOCKET|WATCHDOG)" && echo seen || echo none')
	wait_log "$id" begun
	until_true 20 notified '^STATUS=1 job, 0 idle, 0 starting or ending$'
	# Neither a launcher nor the Listener has them.
	for p in $(ours | grep -v "cofferdam-runner start\|notify_socket" | cut -d' ' -f1); do
		not grep -qza "^NOTIFY_SOCKET=" "/proc/$p/environ"
	done
	# The service manager takes the time for the one of the signal that it has sent.
	before=$(python3 -c 'import time; print(time.monotonic_ns() // 1000)')
	kill -HUP "$RUNNER_PID"
	until_true 60 said "reload: nothing has changed"
	until_true 20 notified '^RELOADING=1\|MONOTONIC_USEC=[0-9]+$'
	[ "$(sed -n 's/^RELOADING=1|MONOTONIC_USEC=//p' notified)" -ge "$before" ]
	until_true 20 ready_after "$(line_of '^RELOADING=1')"
	# A reload of many pools may take longer than the watchdog waits.
	sed -n '/^RELOADING=1/,/^READY=1/p' notified | grep -q '^WATCHDOG=1$'
	echo go | curl -sf -T - "$URL/_hub/files/go" >/dev/null
	[ "$(conclusion "$id")" = success ]
	log_has "$id" none
	not notified STOPPING
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 0 ]
	until_true 20 notified '^STOPPING=1$'
	finish
	nothing_left
}

ready_after() {
	tail -n "+$1" notified | grep -q '^READY=1$'
}

@test "without a manager, and with one that does not listen, jobs run" {
	start ACCESS_TOKEN=$PAT NOTIFY_SOCKET="$W/nobody"
	[ "$(conclusion "$(script true)")" = success ]
	[ "$(grep -c "service manager: NOTIFY_SOCKET: " err)" = 1 ]
	# A hang-up is a request to reload there, also without a file of pools.
	kill -HUP "$RUNNER_PID"
	until_true 20 said "reload: no file of pools: the environment was read at the start; drained slots start again"
	[ "$(conclusion "$(script true)")" = success ]
	stops 60
}
