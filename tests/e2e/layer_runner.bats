#!/usr/bin/env bats
# A runner's jobs with layer: disk: the layer lies in the job's directory and goes with it, however the job ends.

load runner_helpers

written() {
	[ "$(cat "$STATE"/jobs/*/layers/*/upper-*/mine 2>/dev/null)" = mine ]
}

# busy: a supervisor whose job has written to its layer and waits for a file "stop" in its work directory; $id is the job.
busy() {
	case $(stat -f -c %T "$W") in ext2/ext3 | xfs | btrfs) ;; *) skip "$W lies on $(stat -f -c %T "$W"): ext4, xfs or btrfs is required" ;; esac
	profile '"root": "overlay", "layer": "disk"'
	id=$(script "mkdir -m 000 /opt/closed; echo mine >/opt/mine; rm -rf /usr/share/doc/bash; grep -c $STATE /proc/self/mountinfo; cat /opt/mine
		until [ -e ../../stop ]; do read -rt 0.1 <> <(:) || :; done")
	start "ACCESS_TOKEN=$PAT" "EPHEMERAL=true"
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
