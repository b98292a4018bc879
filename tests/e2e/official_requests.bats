#!/usr/bin/env bats
# The stand-in and the official runner, each alone, in the same scenarios: what they ask the double of GitHub for is the same but for the
# differences that tests/standin/requests.differences names. Here: jobs.

# shellcheck disable=SC2016 # for the steps
load official_requests_helpers

succeeds() {
	hub
	once '[{"run": "echo one; echo two >>$GITHUB_STEP_SUMMARY"}]'
}

@test "requests: a job that succeeds, with a summary" {
	both succeeds
}

fails() {
	hub
	once '[{"run": "exit 3"}, {"if": "always()", "run": "echo always"}]'
}

@test "requests: a job that fails" {
	both fails
}

tells() {
	hub
	begins
	id=$(queue '{"outputs": {"out": "${{ steps.one.outputs.out }}"}, "mask": ["hidden"], "steps": [
		{"id": "one", "run": "echo ::warning::mind; echo ::error file=a.c,line=1::wrong; echo hidden; echo out=7 >>$GITHUB_OUTPUT"},
		{"if": "failure()", "run": "echo never"}]}')
	job "$id" | jq -e '.conclusion == "success" and .outputs.out.value == "7"'
	ended 300
}

@test "requests: a job with outputs, annotations, a mask, and a step that is skipped" {
	both tells
}

limited() {
	hub
	once '[{"timeout-minutes": 1, "run": "sleep 600"}]'
}

@test "requests: a step that reaches its time limit of a minute" {
	both limited
}

cancel() {
	begun
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
}

cancelled() {
	hub
	once '[{"run": "echo begun; exec sleep 600"}, {"if": "always()", "run": "echo always"}]' cancel
}

@test "requests: a job that is cancelled" {
	both cancelled
}

interrupt() {
	begun
	kill -INT "$RUNNER_PID"
}

interrupted() {
	hub
	once '[{"run": "echo begun; exec sleep 600"}, {"if": "always()", "run": "echo always"}]' interrupt
}

@test "requests: a Listener that is stopped while it has a job" {
	both interrupted
}

# The first log is at the hub before: how far it is when the Worker ends would be chance.
let_go() {
	until_true 300 has_first_log
	touch go
}

has_first_log() {
	curl -sf "$URL/_hub/jobs/$id/steps" | jq -e '.steps[0].log != null' >/dev/null
}

killed() {
	hub
	once "[{\"run\": \"until [ -e '$W/go' ]; do read -rt 0.1 <> <(:) || :; done; kill -KILL \$PPID\"}]" let_go
}

@test "requests: a Worker that is killed" {
	both killed
}

stopped() {
	hub
	listens
	kill -TERM "$RUNNER_PID"
	ended 300
}

@test "requests: a Listener that is stopped while it waits" {
	both stopped
}
