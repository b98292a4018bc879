#!/usr/bin/env bats
# As official_requests.bats, in scenarios where GitHub's service fails, refuses, or has a message.

load official_requests_helpers

# meets PATH FAULT [OPTION…]: a job, though one call meets this fault. (The Listener waits up to half a minute before it tries again.)
meets() {
	hub "${@:3}"
	fault "$1" "$2"
	once '[{"run": "true"}]'
}

conflict() {
	meets /broker/session '"method": "POST", "status": 409, "body": {"message": "exists"}'
}

@test "requests: another session of the runner is there still" {
	both conflict
}

no_session() {
	meets /broker/session '"method": "POST", "status": 500, "body": "no"'
}

@test "requests: no session can be opened at first" {
	both no_session
}

unauthorized() {
	meets /broker/message '"status": 401, "body": {"message": "expired"}'
}

@test "requests: the access token has expired" {
	both unauthorized
}

unavailable() {
	meets /broker/message '"status": 500, "body": "no"'
}

@test "requests: a poll fails" {
	both unavailable
}

dropped() {
	meets /broker/message '"drop": true'
}

@test "requests: the connection of a poll is lost" {
	both dropped
}

acquired() {
	meets /run/acquirejob "$(gone 409)" --offer-seconds 20
}

@test "requests: another runner has acquired the job" {
	both acquired
}

not_acquired() {
	meets /run/acquirejob '"status": 500, "body": "no"'
}

@test "requests: a job cannot be acquired at first" {
	both not_acquired
}

not_completed() {
	meets /run/completejob '"status": 500, "body": "no"'
}

@test "requests: a job cannot be completed at first" {
	both not_completed
}

not_renewed() {
	meets /run/renewjob '"status": 500, "body": "no"'
}

@test "requests: a job cannot be renewed at first" {
	both not_renewed
}

lost() {
	hub
	fault /run/renewjob "$(gone 404)"
	begins
	script true
	ended 300
}

@test "requests: a job is lost before it begins, and the runner for one job ends" {
	both lost
}

deleted() {
	hub
	listens
	delete_runner
	ended 300
}

@test "requests: the registration is deleted while the Listener waits" {
	both deleted
}

deleted_before() {
	local config

	hub
	config=$(jit "$KIND")
	delete_runner
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$config"
	ended 300
}

@test "requests: the registration is deleted before the Listener starts" {
	both deleted_before
}

# told MESSAGE [COMMAND…]: a runner that waits is sent this message, and gets a job once the official one has done what the message says.
told() {
	listens
	notify "$1"
	[ $# = 1 ] || [ "$KIND" = standin ] || until_true 300 "${@:2}"
	one_job
}

update() {
	hub
	echo "no archive" | curl -sf -T - "$URL/_hub/files/new.tar.gz"
	told '{"type": "RunnerRefresh", "version": "2.999.0", "file": "new.tar.gz", "sha256": "00"}' said "Runner update process finished."
}

@test "requests: an update is offered that cannot be had" {
	both update
}

credentials() {
	hub
	told '{"type": "RunnerRefreshConfig", "config": "credentials"}'
}

@test "requests: refreshed credentials" {
	both credentials
}

settings() {
	hub
	told '{"type": "RunnerRefreshConfig", "config": "runner"}' has_new_session
}

has_new_session() {
	curl -sf "$URL/_hub/requests?method=DELETE&path=/broker/session" | jq -e '.requests != []' >/dev/null && idle
}

@test "requests: refreshed settings" {
	both settings
}

token() {
	hub
	told '{"type": "ForceTokenRefresh"}'
}

@test "requests: a new access token is to be had" {
	both token
}
