#!/usr/bin/env bats
# The GitHub double itself: sessions, messages and jobs, as a Listener and a Worker see them.

# shellcheck source=tests/e2e/hub_helpers.bash
load hub_helpers

@test "hub: a session makes the runner online, a second one is a conflict" {
	start_hub
	register one false
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.status == "offline"'
	go_online
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.status == "online" and .busy == false and .os == "Linux"'
	call POST "${BROKER}session" -H "$ACCESS" -d '{"ownerName":"second"}'
	expect 409
	poll
	expect 202
	call GET "${BROKER}message?sessionId=wrong" -H "$ACCESS"
	expect 404 '.errorKind == "RunnerSessionInvalid" and .source == "actions-broker-listener"'
	call GET "${BROKER}message?sessionId=$SESSION" -H "Authorization: Bearer wrong"
	expect 401
	call DELETE "${BROKER}session" -H "$ACCESS"
	expect 204
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.status == "offline"'
}

@test "hub: a session that is not heard of goes stale and can be replaced" {
	start_hub --session-seconds 1
	register one false
	go_online
	call GET "$URL/_hub/wait-runner?name=one&status=offline&seconds=10"
	expect 200
	call POST "${BROKER}session" -H "$ACCESS" -d '{"ownerName":"second"}'
	expect 200
}

@test "hub: a poll of a deleted runner is RunnerNotFound" {
	start_hub
	register one false
	go_online
	admin DELETE "$REPO/runners/$RUNNER_ID"
	expect 204
	poll
	expect 404 '.errorKind == "RunnerNotFound" and .statusCode == 404'
}

@test "hub: a job from the queue to its end on an ephemeral runner, which is then deregistered" {
	start_hub
	register one true
	go_online
	queue_job
	take_job
	jq -e --arg results "$URL/results/" '.messageType == "RunnerJobRequest" and .jobDisplayName == "build"
		and (.contextData.github.d[] | select(.k == "repository").v) == "octo/demo"
		and .variables["system.github.results_endpoint"].value == $results
		and .environmentVariables == [{"type":2,"map":[{"Key":"CI","Value":"true"}]}]
		and .mask[1] == {"type":"regex","value":"s3cr\\.t"}
		and [.steps[].condition] == ["success()","always()"]
		and .steps[0].inputs == {"type":2,"map":[{"Key":"script","Value":"echo hello"}]}
		and .steps[1].environment == {"type":2,"map":[{"Key":"A","Value":"b"}]}
		and .steps[1].reference.type == "script"' <<<"$MESSAGE" >/dev/null
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.status == "in_progress" and .runner_name == "one" and .acknowledged'
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.busy'
	admin DELETE "$REPO/runners/$RUNNER_ID"
	expect 422 '.message == "Bad request - Runner \"one\" is still running a job\""'
	call POST "${RUN}renewjob" -H "$JOB_AUTH" -d "{\"planId\":\"$PLAN\",\"jobId\":\"$JOB_UUID\"}"
	expect 200 '.lockedUntil | test("Z$")'
	complete
	expect 200
	call GET "$URL/_hub/jobs/$JOB/wait?seconds=0"
	expect 200 '.status == "completed" and .conclusion == "success" and .completed_by == "job" and .renewals == 1
		and .annotations[0].message == "well" and .stepResults[0].name == "one"'
	call POST "${RUN}renewjob" -H "$JOB_AUTH" -d "{\"planId\":\"$PLAN\",\"jobId\":\"$JOB_UUID\"}"
	expect 404
	admin GET "$REPO/runners"
	expect 200 '.total_count == 0'
	poll # the Listener is let go in peace
	expect 202
	call DELETE "${BROKER}session" -H "$ACCESS"
	expect 204
	oauth "$(assertion "$CLIENT" "$KEY")"
	expect 400 '.error == "invalid_client"'
}

@test "hub: a persistent runner stays and takes the next job" {
	start_hub
	register one false
	go_online
	for _ in 1 2; do
		queue_job
		take_job
		complete "$ACCESS" # as the Listener does when its Worker crashed
		expect 200
	done
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.conclusion == "success" and .completed_by == "runner"'
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.status == "online" and .busy == false'
}

@test "hub: a job waits for a runner of its labels and repository" {
	start_hub
	register one false
	go_online
	for spec in '"labels":["self-hosted","gpu"],"repository":"octo/demo"' '"labels":[],"repository":"octo/other"'; do
		call POST "$URL/_hub/jobs" -d "{\"name\":\"x\",\"steps\":[{\"run\":\"true\"}],$spec}"
		expect 201
	done
	poll
	expect 202
	call POST "$URL/_hub/jobs" -d '{"name":"x","steps":[{"run":"true"}],"labels":["SELF-hosted"],"repository":"Octo/Demo"}'
	expect 201
	poll Busy
	expect 202
	poll
	expect 200
}

@test "hub: a queued job wakes a poll that waits" {
	start_hub
	register one false
	go_online
	curl -s "${BROKER}message?sessionId=$SESSION&status=Online" -H "$ACCESS" -o "$BATS_TEST_TMPDIR/woken" 3>&- &
	poller=$!
	queue_job
	wait "$poller"
	jq -e '.messageType == "RunnerJobRequest"' <"$BATS_TEST_TMPDIR/woken"
}

@test "hub: a poll whose client died takes no job with it" {
	start_hub --poll-seconds 30
	register one false
	go_online
	curl -s "${BROKER}message?sessionId=$SESSION&status=Online" -H "$ACCESS" -o /dev/null 3>&- &
	poller=$!
	call GET "$URL/_hub/wait-runner?name=one&status=polling&seconds=10"
	expect 200
	kill -KILL "$poller"
	wait "$poller" || true
	queue_job
	take_job
}

@test "hub: cancelling sends JobCancellation to the runner, and ends a queued job at once" {
	start_hub
	register one false
	go_online
	queue_job
	call POST "$URL/_hub/jobs/$JOB/cancel"
	expect 202
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.status == "completed" and .conclusion == "cancelled"'
	queue_job
	take_job
	call POST "$URL/_hub/jobs/$JOB/cancel"
	expect 202
	poll Busy
	expect 200 ".messageType == \"JobCancellation\" and (.body | fromjson) == {\"jobId\":\"$JOB_UUID\",\"timeout\":\"00:05:00\"}"
	poll Busy
	expect 202
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.status == "in_progress"'
}

@test "hub: an offer that is not acquired goes back to the queue, and comes too late then" {
	start_hub
	register one false
	go_online
	queue_job
	poll
	expect 200
	request=$(field '.body | fromjson | .runner_request_id')
	RUN=$(field '.body | fromjson | .run_service_url')
	admin DELETE "$REPO/runners/$RUNNER_ID"
	expect 422
	call DELETE "${BROKER}session" -H "$ACCESS"
	call POST "${RUN}acquirejob" -H "$ACCESS" -d "{\"jobMessageId\":\"$request\"}"
	expect 404 '.source == "actions-run-service"'
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.status == "queued" and .runner_name == null'
}

@test "hub: a lost runner leaves its job in progress until the lock runs out" {
	start_hub --lost-after 8
	register one true
	go_online
	queue_job
	take_job
	call DELETE "${BROKER}session" -H "$ACCESS"
	call GET "$URL/_hub/jobs/$JOB"
	expect 200 '.status == "in_progress"'
	call GET "$URL/_hub/jobs/$JOB/wait?seconds=0"
	expect 408
	call GET "$URL/_hub/jobs/$JOB/wait?seconds=40"
	expect 200 '.conclusion == "failure" and .completed_by == "hub" and (.annotations[0].message | test("lost communication"))'
	admin GET "$REPO/runners/$RUNNER_ID"
	expect 200 '.busy == false and .status == "offline"'
}

@test "hub: the token of one job is worth nothing for another" {
	start_hub
	register one false
	go_online
	queue_job
	take_job
	first=$JOB_UUID
	first_plan=$PLAN
	register two false
	go_online
	queue_job
	take_job
	[ "$JOB_UUID" != "$first" ]
	for auth in "$JOB_AUTH" "$ACCESS"; do
		call POST "${RUN}completejob" -H "$auth" \
			-d "{\"planId\":\"$first_plan\",\"jobId\":\"$first\",\"conclusion\":\"succeeded\"}"
		expect 404
	done
	complete
	expect 200
}
