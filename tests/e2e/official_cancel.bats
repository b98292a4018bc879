#!/usr/bin/env bats
# How long a cancel may take, with the official runner: a Worker that does not obey.

load official_helpers

@test "a Worker that does not obey a cancel is killed when the time that the message gives is over" {
	hub
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit deaf)"
	id=$(script 'echo begun; exec sleep 600')
	until_true 300 log_has "$id" begun
	kill -STOP "$(pid_of bin/Runner.Worker)"
	SECONDS=0
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel?timeout=60"
	ended 300
	[ "$SECONDS" -ge 40 ] # 15 s before the time is over
	job "$id" in_progress | jq -e '.status == "in_progress"' # nobody reports its end: GitHub waits for its lock
}
