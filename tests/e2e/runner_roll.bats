#!/usr/bin/env bats
# The distribution rolls itself: looked for once a day, fetched, and taken by each slot between two jobs.

load fetch_helpers

DOWNLOADS=/repos/octo/demo/actions/runners/downloads

# have VERSION: the store has it, and the list was last read more than a day ago.
have() {
	offered "$1"
	fetch
	no_faults
	touch -d '25 hours ago' "$STATE/distributions/checked"
}

# looks NUMBER: GitHub's list was read so often.
looks() {
	[ "$(curl -sf "$URL/_hub/requests" | jq --arg list "GET /api/v3$DOWNLOADS" '.counts[$list] // 0')" = "$1" ]
}

# registrations NUMBER
registrations() {
	[ "$(grep -c "registered as" "$W/err")" = "$1" ]
}

# runs_with VERSION: a job finds this distribution, and no other.
runs_with() {
	local id

	id=$(script "cd $STATE/distributions && test -x $1/bin/Runner.Listener && echo with: *")
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "with: $1"
}

@test "a newer version is fetched, and all idle slots take it" {
	have 2.335.1
	offered 2.336.0
	start ACCESS_TOKEN=$PAT RUNNER_DIR= COFFERDAM_SLOTS=2
	until_true 60 said "distribution 2.336.0: now current"
	until_true 60 registrations 4
	runs_with 2.336.0
	[ "$(registered | wc -l)" = 2 ]
	[ "$(readlink "$STATE/distributions/previous")" = 2.335.1 ]
	looks 2
	run ! said "crashed"
	stops 60
	# The next start need not look again.
	start ACCESS_TOKEN=$PAT RUNNER_DIR= EPHEMERAL=true
	runs_with 2.336.0
	ended 60
	[ "$status" = 0 ]
	looks 2
}

@test "a job that runs is not disturbed, and its slot takes the new version after it" {
	have 2.335.1
	offered 2.336.0
	# The look waits for another fetch, until the job runs.
	flock --no-fork "$STATE/distributions/lock" sleep 600 3>&- &
	other=$!
	until_true 10 not flock --nonblock "$STATE/distributions/lock" true
	id=$(script "until curl -sf $URL/files/go >/dev/null; do sleep 0.2; done; test -x $STATE/distributions/2.335.1/bin/Runner.Listener && echo well")
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=busy
	job "$id" in_progress >/dev/null
	kill $other
	wait $other || true
	until_true 60 said "distribution 2.336.0: now current"
	until_true 60 said "another distribution is current, or other settings are: taking them between two jobs"
	registrations 1
	echo go | curl -sf -T - "$URL/_hub/files/go" >/dev/null
	[ "$(conclusion "$id")" = success ]
	log_has "$id" well
	runs_with 2.336.0
	registrations 2
	stops 60
}

@test "a registration that may be left behind by a roll makes the exit code 1" {
	have 2.335.1
	offered 2.336.0
	flock --no-fork "$STATE/distributions/lock" sleep 600 3>&- &
	other=$!
	until_true 10 not flock --nonblock "$STATE/distributions/lock" true
	id=$(script "until curl -sf $URL/files/go >/dev/null; do sleep 0.2; done")
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=busy
	job "$id" in_progress >/dev/null
	kill $other
	wait $other || true
	until_true 60 said "distribution 2.336.0: now current"
	fault '{"method": "GET", "path": "/repos/octo/demo/actions/runners", "status": 404, "body": {}}'
	echo go | curl -sf -T - "$URL/_hub/files/go" >/dev/null
	until_true 60 registrations 2
	said "still registered; the next start tries again"
	no_faults
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 1 ]
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	nothing_left
}

@test "a failure is said once, jobs run, and an older version is not taken" {
	have 2.336.0
	fault "{\"path\": \"$DOWNLOADS\", \"times\": 0, \"status\": 500, \"body\": {\"message\": \"ill\"}}"
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=stays
	until_true 120 said "the daily look for a new distribution (the next one is in a day): list of distributions"
	runs_with 2.336.0
	[ "$(grep -c "the daily look" "$W/err")" = 1 ]
	stops 60
	no_faults
	touch -d '25 hours ago' "$STATE/distributions/checked"
	offered 2.335.1
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=stays
	until_true 60 said "distribution 2.336.0: stays current: GitHub's list has the older 2.335.1"
	runs_with 2.336.0
	registrations 2
	stops 60
}

@test "nobody looks where the store is not ours, or the credential may not" {
	have 2.335.1
	offered 2.336.0
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$(script true)")" = success ]
	ended 60
	start TOKEN=$TOKEN EPHEMERAL=true RUNNER_DIR=
	runs_with 2.335.1
	ended 60
	looks 1
}

@test "a version that GitHub does not take any more: the newer one is fetched at once" {
	echo "STANDIN_LISTENER_EXIT=7" >"$W/dist/.env"
	have 2.335.1
	rm "$W/dist/.env"
	offered 2.336.0
	touch "$STATE/distributions/checked"
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=old
	until_true 60 said "is too old"
	runs_with 2.336.0
	stops 60
	# If there is none, that is the end.
	echo "STANDIN_LISTENER_EXIT=7" >"$W/dist/.env"
	no_faults
	offered 2.337.0
	touch -d '25 hours ago' "$STATE/distributions/checked"
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=old
	ended 120
	[ "$status" = 7 ]
	nothing_left
}
