#!/usr/bin/env bats
# Limits of memory and of processes around jobs of the official runner, in both flows, and a job that stays within them. They need the
# controllers of cgroup v2: where a host has none to delegate, `tests/vm/run official` runs this file in a virtual machine.

# shellcheck disable=SC2016 # for the steps
load official_helpers

HOG=$BUILD/tests/vm/hog # what the steps run

# limited VALUES: the profile, with these limits and no consent to do without; where there are no controllers the test is skipped.
limited() {
	"$COFFERDAM" run --memory 512M --swap 0 --pids 100 -- true 2>/dev/null ||
		skip "no delegated cgroup v2 with the controllers memory and pids here"
	profile "\"ro\": [\"$HOG\"], \"swap\": \"0\", $1"
	sed -i 's/, "allow_degraded": .*\]//' job.json
}

# The kernel kills all that is in the job's cgroup, the Worker with it; its Listener reports that, and says why.
memory() {
	limited '"memory": "400M"'
	fails "$(script "$HOG memory 600")" "cofferdam: job ended: memory limit 400.0M reached (peak "
	report | jq -e '.ended_by == "memory" and .job.result == "ended at its memory limit" and .limits.memory.oom_kills > 0'
}

# The step that wants more processes fails; the Worker lives, reports that, and runs what is to be run always.
processes() {
	local id

	limited '"pids": 200'
	id=$(queue "{\"steps\": [{\"run\": \"$HOG fork 300\"}, {\"run\": \"echo cleaned\", \"if\": \"always()\"}]}")
	fails "$id" "Process completed with exit code 3."
	job_log_matches "$id" '^[0-9]+ children, then EAGAIN$'
	job_log_matches "$id" '^cleaned$'
	job "$id" | jq -e '.completed_by == "job"'
	said "limit of 200 processes reached"
	report | jq -e '.ended_by == "pids" and .job.result == "failed" and .job.reason == "limit of 200 processes reached"
		and .limits.pids.refused > 0 and .limits.pids.peak == 200'
}

@test "within its limits a job has that memory and so many processes" {
	hub
	limited '"memory": "1G", "pids": 1000'
	id=$(script "$HOG memory 600" "$HOG fork 300")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	job_log_matches "$id" '^300 children$'
	ended "${PATIENCE:-90}"
	report | jq -e '.ended_by == "exit" and .limits.memory.oom_kills == 0 and .limits.pids.refused == 0 and .limits.pids.peak > 300'
}

@test "processes: the step fails, the Worker goes on, and log and report name the limit" {
	hub
	processes
}

@test "processes: the annotation names the limit, where the job has the step for it" {
	hub
	limited '"pids": 200'
	id=$(script "$HOG fork 300")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_JOB_NOTES=true
	job "$id" | jq -e '.conclusion == "failure" and .completed_by == "job" and
		([.. | .message? // empty] | any(startswith("cofferdam: limit of 200 processes reached, ")))'
	ended "${PATIENCE:-90}"
}

@test "memory: the annotation names the limit" {
	hub
	memory
}

@test "processes, in the v1 flow" {
	hub --flow v1
	processes
}

@test "memory, in the v1 flow" {
	hub --flow v1
	memory
}
