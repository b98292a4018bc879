#!/usr/bin/env bats
# Many jobs on a few slots, while every fifth call to the hub fails, each time in another way: all are reported, and nothing grows or stays.
# `make soak` runs SOAK_JOBS of them, with the official runner where RUNNER_DIST names one.

if [ -n "${RUNNER_DIST:-}" ]; then
	load official_helpers
else
	load runner_helpers
fi

# shellcheck disable=SC2030,SC2031 # status: of each test

JOBS=${SOAK_JOBS:-40}
SLOTS=4
API=/repos/octo/demo/actions

# begin: the hub, with the official runner in a network of its own.
begin() {
	[ -z "${RUNNER_DIST:-}" ] || {
		namespace
		hub
	}
}

fault() {
	curl -sf "$URL/_hub/faults" -d "$1" >/dev/null
}

# moods PATH FIRST FAULT…: the FIRST call of that path and every fifth from there on fails, by one of these after the other.
moods() {
	local path=$1 at=$2 n=$(($# - 2)) row

	for row in "${@:3}"; do
		fault "{\"path\": \"$path\", \"nth\": $at, \"every\": $((5 * n)), \"times\": 0, $row}"
		at=$((at + 5))
	done
}

# What the supervisor asks for, in all ways; what the runner asks for itself, in those that it asks again for.
bad_moods() {
	moods $API 5 '"status": 500, "body": {"message": "Server Error"}' '"status": 502, "body": "<html>Unicorn!</html>"' '"drop": true' \
		'"status": 429, "headers": {"retry-after": "1"}' '"status": 503, "effect": true' \
		'"status": 403, "headers": {"retry-after": "0"}, "body": {"message": "You have exceeded a secondary rate limit."}' \
		'"drop": "after"' '"delay_ms": 1500' \
		'"status": 403, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, "body": {"message": "API rate limit exceeded"}'
	moods /broker/message 3 '"status": 500' '"drop": true' '"status": 502, "body": "<html>Unicorn!</html>"' '"delay_ms": 1500'
	moods /run/ 2 '"status": 500' '"drop": true' '"status": 503' '"delay_ms": 500'
	moods /results/ 4 '"status": 500' '"drop": true' '"status": 503'
	moods /oauth/ 5 '"delay_ms": 1000'
}

# queue_many N LABEL
queue_many() {
	local i

	for ((i = 0; i < $1; i++)); do
		queue "{\"steps\": [{\"run\": \"echo $i >f; true\"}], \"labels\": [\"$2\"]}"
	done >/dev/null
}

# completed N: whether that many jobs have ended.
completed() {
	[ "$(curl -sf "$URL/_hub/jobs" | jq '[.jobs[] | select(.status == "completed")] | length')" -ge "$1" ]
}

# The supervisor and its slots: "PID DESCRIPTORS KIB" each. They are not dumpable, so that only the room for descriptors can be seen, 64 at
# first: one that each job leaves behind would not fit.
use() {
	local pid

	for pid in "$RUNNER_PID" $(pgrep -P "$RUNNER_PID"); do
		awk -v pid="$pid" '$1 == "FDSize:" { fds = $2 } $1 == "RssAnon:" { kib = $2 } END { print pid, fds, kib }' "/proc/$pid/status"
	done | sort
}

# Idle again, with a sandbox prepared in each slot, as before: no descriptor more, and hardly memory.
is_flat() {
	use >now
	join before now | awk -v slots=$SLOTS '$4 > $2 || $5 > $3 + 1024 { bad = 1 } END { exit bad || NR < slots + 1 }'
}

all_idle() {
	[ "$(curl -sf "$URL/_hub/runners" | jq '[.runners[] | select(.status == "online" and .job == null)] | length')" = $SLOTS ] &&
		[ "$(find "$STATE/jobs" -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l)" = $SLOTS ]
}

# All that were queued have ended, each by itself, each once.
all_succeeded() {
	curl -sf "$URL/_hub/jobs" >jobs.json
	jq -c '[.jobs[] | select(.status != "completed" or .conclusion != "success" or .completed_by != "job") |
		{id, status, conclusion, completed_by, runner_name}]' jobs.json | tee bad.json
	[ "$(cat bad.json)" = '[]' ]
	[ "$(jq '.jobs | length' jobs.json)" = "$1" ]
	[ "$(find "$STATE/reports" -name '*.json' | wc -l)" -le "$1" ]
	[ "$(find "$STATE/reports" -name '*.json' -print0 | xargs -0 jq -s '[.[] | select(.residue != [] and .residue != null)] | length')" = 0 ]
}

@test "jobs one after another on lasting runners, with a hub that fails at every fifth call" {
	begin
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=soak RUNNER_LABELS=lasting COFFERDAM_SLOTS=$SLOTS
	until_true 120 all_idle
	bad_moods
	queue_many $((JOBS / 5)) lasting
	until_true 600 completed $((JOBS / 5))
	until_true 60 all_idle
	use >before
	queue_many $((JOBS - JOBS / 5)) lasting
	until_true $((JOBS * 6)) completed "$JOBS"
	until_true 60 all_idle
	cat before
	use
	until_true 60 is_flat
	all_succeeded "$JOBS"
	stops 120
}

# A part of them: what takes long is not taken for what hangs. All slots get a job each time.
for_one_job_each() {
	local all=$((JOBS / 5 / SLOTS * SLOTS))
	local left=$all

	begin
	bad_moods
	queue_many $left once
	while [ "$left" -gt 0 ]; do
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_LABELS=once COFFERDAM_SLOTS=$SLOTS
		ended 300
		[ "$status" = 0 ]
		left=$((left - SLOTS))
		nothing_left
	done
	all_succeeded "$all"
}

@test "the same on runners for one job each: part 1 of 5" {
	for_one_job_each
}

@test "the same on runners for one job each: part 2 of 5" {
	for_one_job_each
}

@test "the same on runners for one job each: part 3 of 5" {
	for_one_job_each
}

@test "the same on runners for one job each: part 4 of 5" {
	for_one_job_each
}

@test "the same on runners for one job each: part 5 of 5" {
	for_one_job_each
}
