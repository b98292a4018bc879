#!/usr/bin/env bats
# A runner's jobs with layer: disk: the layer lies in the job's directory and goes with it, however the job ends.

load runner_helpers

# Where layers lie: of a runner's jobs in their directories, unless the supervisor is told otherwise.
LAYERS='state/jobs/*/layers'

# shellcheck disable=SC2086 # a pattern
written() {
	[ "$(cat $LAYERS/*/upper-*/mine 2>/dev/null)" = mine ]
}

# busy [VARIABLE=VALUE…]: a supervisor whose job has written to its layer and waits for a file "stop" in its work directory; $id is the job.
busy() {
	case $(stat -f -c %T "$W") in ext2/ext3 | xfs | btrfs) ;; *) skip "$W lies on $(stat -f -c %T "$W"): ext4, xfs or btrfs is required" ;; esac
	profile '"root": "overlay", "layer": "disk"'
	id=$(script "mkdir -m 000 /opt/closed; echo mine >/opt/mine; rm -rf /usr/share/doc/bash; grep -c $STATE /proc/self/mountinfo; cat /opt/mine
		until [ -e ../../stop ]; do read -rt 0.1 <> <(:) || :; done")
	start "ACCESS_TOKEN=$PAT" "EPHEMERAL=true" "$@"
	until_true 40 written
}

no_job_process() {
	[[ $(ours) != *"$STATE/jobs"* ]]
}

# What overlayfs leaves after a failure has no permissions.
teardown_file() {
	chmod -R u+rwX "$BATS_RUN_TMPDIR" 2>/dev/null || :
}

@test "the layer of a job lies in its directory, and is gone with it" {
	busy
	touch "$(echo "$STATE"/jobs/*/work)/stop"
	job "$id" >/dev/null
	ended 60
	nothing_left
	log_has "$id" mine
	report | jq -e '.residue == []'
}

@test "COFFERDAM_LAYERS of the supervisor: layers lie there, covered, and one that was left goes with the next job" {
	LAYERS=elsewhere
	busy "COFFERDAM_LAYERS=$W/elsewhere"
	[ -z "$(find "$STATE/jobs" -name layers)" ]
	kill -KILL "$(pid_of 'cofferdam run .*spawnclient')"
	[ "$(conclusion "$id")" = failure ]
	ended 60
	nothing_left
	[ -n "$(ls elsewhere)" ]

	profile "\"root\": \"overlay\", \"layer\": \"disk\", \"ro\": [\"$W/elsewhere\"]"
	echo '{"layers": 1}' >elsewhere/of-mine
	id=$(script "ls -A '$W/elsewhere'; echo end")
	start "ACCESS_TOKEN=$PAT" "EPHEMERAL=true" "COFFERDAM_LAYERS=$W/elsewhere"
	[ "$(conclusion "$id")" = success ]
	ended 60
	nothing_left
	job_log_matches "$id" '^end$'
	not log_has "$id" of-mine
	[ "$(ls elsewhere)" = of-mine ]
}

@test "kill -9 of the launcher: the job's layer goes with the job's directory" {
	busy
	kill -KILL "$(pid_of 'cofferdam run .*spawnclient')"
	[ "$(conclusion "$id")" = failure ]
	ended 60
	nothing_left
}

@test "kill -9 of all: the sweep removes the job's layer" {
	busy
	# shellcheck disable=SC2046 # words
	kill -KILL $(ours | grep "$STATE\|cofferdam-runner" | sed 's/ .*//') "$RUNNER_PID" 2>/dev/null || :
	ended 20
	until_true 20 no_job_process
	[ -n "$(ls "$STATE"/jobs/*/layers)" ]
	run runner "ACCESS_TOKEN=$PAT" sweep
	echo "$output"
	[ -z "$(ls "$STATE/jobs")" ]
}
