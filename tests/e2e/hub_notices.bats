#!/usr/bin/env bats
# The GitHub double itself: what the service tells a runner beside its jobs, and auth migration.

# shellcheck source=tests/e2e/hub_helpers.bash
load hub_helpers

# notify JSON: queues this message for the runner registered as `one`.
notify() {
	call POST "$URL/_hub/runners/one/messages" -d "$1"
}

@test "hub: an update is offered with the address and the checksum of a file, or with a wrong one" {
	start_hub
	register one false
	go_online
	call PUT "$URL/_hub/files/new.tar.gz" --data-binary "not much of a runner"
	expect 201
	notify '{"type": "RunnerRefresh", "version": "2.999.0", "file": "new.tar.gz"}'
	expect 201
	notify '{"type": "RunnerRefresh", "version": "2.999.1", "file": "new.tar.gz", "sha256": "0123"}'
	expect 201
	poll Busy # is told too
	expect 200 '.messageType == "RunnerRefresh" and (.body | fromjson | .target_version == "2.999.0" and .os == "linux-x64")'
	[ "$(curl -s "$(field '.body | fromjson | .download_url')" | sha256sum | cut -d' ' -f1)" = "$(field '.body | fromjson | .sha256_checksum')" ]
	poll
	expect 200 '.body | fromjson | .target_version == "2.999.1" and .sha256_checksum == "0123"'
	poll
	expect 202
}

@test "hub: a token refresh is asked for; what is no message, or for nobody, is refused" {
	start_hub
	register one false
	go_online
	notify '{"type": "ForceTokenRefresh"}'
	expect 201
	poll
	expect 200 '.messageType == "ForceTokenRefresh"'
	for wrong in '{}' '{"type": "Chat"}' '{"type": "RunnerRefresh", "version": "2.0.0"}' '{"type": "RunnerRefresh", "version": "2.0.0", "file": "none"}' \
		'{"type": "RunnerRefreshConfig", "config": "all"}'; do
		notify "$wrong"
		expect 422
	done
	call POST "$URL/_hub/runners/two/messages" -d '{"type": "ForceTokenRefresh"}'
	expect 404
	poll
	expect 202
}

# location ID: the path of the tenant's call with this id, from the connection data.
location() {
	call GET "$URL/tenant/_apis/connectionData?connectOptions=1"
	expect 200
	field ".locationServiceData.serviceDefinitions[] | select(.identifier == \"$1\").relativePath"
}

@test "hub: refreshed credentials bring the second place for access tokens, and only its own runner gets them" {
	start_hub
	register one false
	go_online
	notify '{"type": "RunnerRefreshConfig", "config": "credentials"}'
	expect 201
	poll
	expect 200 '.messageType == "RunnerRefreshConfig" and (.body | fromjson | .configType == "credentials" and .serviceType == "pipelines")'
	[ "$(field '.body | fromjson | .runnerQualifiedId | split("/") | length')" = 4 ]
	[ "$(field '.body | fromjson | .runnerQualifiedId | split("/")[3]')" = "$RUNNER_ID" ]
	path=$(location 13b5d709-74aa-470b-a8e9-bf9f3ded3f18)
	path=${path/\{agentId\}/$RUNNER_ID}
	old=$(base64 -w0 <<<'{"scheme": "OAuth", "data": {"clientId": "c", "authorizationUrl": "a"}}')
	call POST "$URL/tenant/${path/\{configType\}/credentials}" -H "$ACCESS" -d "\"$old\""
	expect 200 '.value | @base64d | fromjson | .data | .clientId == "c" and .authorizationUrl == "a" and (.authorizationUrlV2 | endswith("/oauth/v2/token"))'
	call POST "$URL/tenant/${path/\{configType\}/runner}" -H "$ACCESS" -d "\"$old\""
	expect 200 '.value | @base64d | fromjson | .data == {clientId: "c", authorizationUrl: "a"}'
	call POST "$URL/tenant/${path/\{configType\}/credentials}" -H "$ACCESS" -d '{}'
	expect 400
	call POST "$URL/tenant/${path/\{configType\}/credentials}" -d "\"$old\""
	expect 401
	call POST "$URL/tenant/_apis/distributedtask/runnerconfig/1000/credentials" -H "$ACCESS" -d "\"$old\""
	expect 404
}

@test "hub: what a runner says of its update is kept" {
	start_hub
	register one false
	go_online
	path=$(location 8cc1b02b-ae49-4516-b5ad-4f9b29967c30)
	path=${path/\{poolId\}/1}
	call PUT "$URL/tenant/${path/\{agentId\}/$RUNNER_ID}?currentState=RefreshConfig&updateTrace=went%20well" -H "$ACCESS"
	expect 200 ".id == $RUNNER_ID"
	call GET "$URL/_hub/runners"
	expect 200 '.runners[0].updates == [{state: "RefreshConfig", trace: "went well"}]'
}

@test "hub: both places give out access tokens, each for an assertion made for it" {
	start_hub
	register one false
	oauth "$(assertion "$CLIENT" "$KEY")"
	expect 200
	oauth "$(assertion "$CLIENT" "$KEY" v2/)" v2/
	expect 200
	oauth "$(assertion "$CLIENT" "$KEY")" v2/
	expect 400 '.error_description == "aud is not the authorization URL"'
}

@test "hub: a cancel gives the Worker the time that the test says, GitHub's five minutes otherwise" {
	start_hub
	register one false
	go_online
	for timeout in "" "?timeout=75"; do
		queue_job
		take_job
		call POST "$URL/_hub/jobs/$JOB/cancel$timeout"
		expect 202
		poll Busy
		expect 200 '.messageType == "JobCancellation"'
		[ "$(field '.body | fromjson | .timeout')" = "$([ -n "$timeout" ] && echo 00:01:15 || echo 00:05:00)" ]
		complete
	done
}
