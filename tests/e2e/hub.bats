#!/usr/bin/env bats
# The GitHub double itself: tokens, registrations, faults. What the tests of the runner rely on.

# shellcheck source=tests/e2e/hub_helpers.bash
load hub_helpers

@test "hub: writes its URL to the state file and ends with 0 on SIGTERM" {
	start_hub
	[ "$(cat "$BATS_TEST_TMPDIR/url")" = "$URL" ]
	kill -TERM "$HUB_PID"
	wait "$HUB_PID"
	unset HUB_PID
}

@test "hub: an unknown option is a usage error in one line" {
	run -2 "$HUB" --nonsense 1
	[ "$output" = "hub: --nonsense: unknown option (hub --help lists them)" ]
	run -2 "$HUB" --listen nowhere
	[ "$output" = "hub: nowhere: not ADDRESS:PORT" ]
}

@test "hub: tokens for repositories, organisations and enterprises, with and without /api/v3" {
	start_hub
	for entity in repos/octo/demo orgs/octo enterprises/big; do
		for kind in registration-token remove-token; do
			admin POST "$API/$entity/actions/runners/$kind"
			expect 201 '(.token | length) > 20 and (.expires_at | test("^20..-..-..T..:..:..[.]000Z$"))'
			call POST "$URL/$entity/actions/runners/$kind" -H "Authorization: token $PAT"
			expect 201
			call POST "$API/$entity/actions/runners/$kind" -u "github:$PAT"
			expect 201
		done
	done
}

@test "hub: 401 for a wrong or missing credential, 403 without a User-Agent" {
	start_hub
	call POST "$REPO/runners/registration-token" -H "Authorization: Bearer wrong"
	expect 401 '.message == "Bad credentials"'
	call POST "$REPO/runners/registration-token"
	expect 401
	call GET "$REPO/runners" -u "github:$PAT" # Basic is for the two token endpoints only
	expect 401
	admin POST "$REPO/runners/registration-token" -H "User-Agent:"
	expect 403
	[[ $body == *User-Agent* ]]
}

@test "hub: rate-limit headers count down, and the limit is enforced" {
	start_hub --rate-limit 2
	admin GET "$REPO/runners"
	expect 200
	grep -qx 'x-ratelimit-limit: 2' <<<"$headers"
	grep -qx 'x-ratelimit-remaining: 1' <<<"$headers"
	grep -qx 'x-ratelimit-used: 1' <<<"$headers"
	grep -qx 'x-ratelimit-resource: core' <<<"$headers"
	reset=$(sed -n 's/^x-ratelimit-reset: //p' <<<"$headers")
	((reset > $(date +%s) && reset <= $(date +%s) + 3600))
	admin GET "$REPO/runners"
	expect 200
	admin GET "$REPO/runners"
	expect 403 '.message | test("rate limit")'
	grep -qx 'x-ratelimit-remaining: 0' <<<"$headers"
	call POST "$API/actions/runner-registration" -H "Authorization: RemoteAuth premade" \
		-d "{\"url\":\"$URL/octo/demo\",\"runner_event\":\"register\"}"
	expect 200
	grep -qx 'x-ratelimit-resource: actions_runner_registration' <<<"$headers"
}

@test "hub: generate-jitconfig gives three files of one runner" {
	start_hub
	jit one
	expect 201 '.runner.name == "one" and .runner.os == "unknown" and .runner.status == "offline" and .runner.busy == false'
	expect 201 '[.runner.labels[] | .name + ":" + .type] == ["self-hosted:read-only", "x:custom"]'
	blob=$(field .encoded_jit_config | base64 -d)
	[ "$(jq -c keys <<<"$blob")" = '[".credentials",".credentials_rsaparams",".runner"]' ]
	id=$(field '.runner.id | tostring')
	jq -r '.[".runner"]' <<<"$blob" | base64 -d | jq -e --arg id "$id" \
		'.AgentId == $id and .AgentName == "one" and .Ephemeral == "true" and .WorkFolder == "_work"'
	jq -r '.[".credentials"]' <<<"$blob" | base64 -d | jq -e --arg url "$URL/oauth/token" \
		'.scheme == "OAuth" and .data.authorizationUrl == $url and (.data.clientId | length) == 36'
	jq -r '.[".credentials_rsaparams"]' <<<"$blob" | base64 -d | jq -e \
		'(keys | join(" ")) == "d dp dq exponent inverseQ modulus p q" and .exponent == "AQAB" and (.p | length) == 172'
}

@test "hub: generate-jitconfig refuses a used name, a missing key, an unknown and a hosted group" {
	start_hub
	jit one
	expect 201
	jit one
	expect 409 '.message | test("^Already exists - A runner with the name one already exists")'
	admin POST "$REPO/runners/generate-jitconfig" -d '{"name":"two","labels":["x"]}'
	expect 422 '.message == "Invalid request.\n\nInvalid input: object is missing required key: runner_group_id."'
	admin POST "$REPO/runners/generate-jitconfig" -d '{"name":"two","runner_group_id":1,"labels":[]}'
	expect 422
	admin POST "$REPO/runners/generate-jitconfig" -d '{"name":"two","runner_group_id":99,"labels":["x"]}'
	expect 404
	admin POST "$REPO/runners/generate-jitconfig" -d '{"name":"two","runner_group_id":2,"labels":["x"]}'
	expect 403
	admin POST "$REPO/runners/generate-jitconfig" -d 'not json'
	expect 400
	admin GET "$REPO/runners"
	expect 200 '.total_count == 1'
}

@test "hub: the list of runners comes in pages, by name, and per repository" {
	start_hub
	for name in a b c d e; do
		jit "$name"
		expect 201
	done
	admin GET "$REPO/runners?per_page=2"
	expect 200 '.total_count == 5 and [.runners[].name] == ["a", "b"]'
	grep -qx "Link: <$REPO/runners?per_page=2&page=2>; rel=\"next\", <$REPO/runners?per_page=2&page=3>; rel=\"last\"" <<<"$headers"
	admin GET "$REPO/runners?per_page=2&page=3"
	expect 200 '[.runners[].name] == ["e"]'
	run ! grep -q 'rel="next"' <<<"$headers"
	grep -q 'rel="prev"' <<<"$headers"
	admin GET "$REPO/runners?name=c"
	expect 200 '.total_count == 1 and .runners[0].name == "c"'
	admin GET "$REPO/runners"
	expect 200 '.runners | length == 5'
	run ! grep -q '^Link:' <<<"$headers"
	admin GET "$API/repos/octo/other/actions/runners"
	expect 200 '.total_count == 0'
}

@test "hub: get, labels and delete of one runner" {
	start_hub
	jit one
	id=$(field .runner.id)
	admin GET "$REPO/runners/$id"
	expect 200 '.name == "one" and .ephemeral'
	admin GET "$REPO/runners/$id/labels"
	expect 200 '.total_count == 2 and .labels[1].name == "x"'
	admin GET "$API/repos/octo/other/actions/runners/$id"
	expect 404
	admin DELETE "$REPO/runners/$id"
	expect 204
	[ -z "$body" ]
	admin DELETE "$REPO/runners/$id"
	expect 404 '.message == "Not Found"'
	admin GET "$REPO/runners/$id"
	expect 404
}

@test "hub: runner groups exist for organisations, and for config.sh everywhere" {
	start_hub --runner-group build
	admin GET "$API/orgs/octo/actions/runner-groups"
	expect 200 '.total_count == 3 and .runner_groups[0] == {"id":1,"name":"Default","default":true,"is_hosted":false,"visibility":"all"}'
	expect 200 '.runner_groups[2].id == 3 and .runner_groups[2].name == "build"'
	admin GET "$REPO/runner-groups"
	expect 404
	call GET "$REPO/runner-groups" -H "Authorization: RemoteAuth premade"
	expect 200
}

@test "hub: downloads lists what was put there, with its digest" {
	start_hub
	printf 'a distribution' >"$BATS_TEST_TMPDIR/dist"
	call PUT "$URL/_hub/files/actions-runner-linux-x64-2.336.0.tar.gz" --data-binary "@$BATS_TEST_TMPDIR/dist"
	expect 201 '.bytes == 14'
	admin GET "$REPO/runners/downloads"
	sum=$(sha256sum <"$BATS_TEST_TMPDIR/dist" | cut -d' ' -f1)
	expect 200 "length == 1 and .[0].architecture == \"x64\" and .[0].sha256_checksum == \"$sum\""
	call GET "$(field '.[0].download_url')"
	expect 200
	[ "$body" = "a distribution" ]
	call GET "$URL/files/other"
	expect 404
}

@test "hub: runner-registration answers a tenant for a good token and 404 for any other" {
	start_hub
	register_with() {
		call POST "$API/actions/runner-registration" -H "Authorization: RemoteAuth $1" \
			-d "{\"url\":\"$URL/$2\",\"runner_event\":\"$3\"}"
	}
	register_with premade octo/demo register
	expect 200 '.use_v2_flow == true and .token_schema == "OAuthAccessToken" and (.token | split(".") | length) == 3'
	register_with wrong octo/demo register
	expect 404 '.message == "Not Found"'
	admin POST "$REPO/runners/registration-token"
	token=$(field .token)
	register_with "$token" octo/demo register
	expect 200
	register_with "$token" octo/demo remove
	expect 200
	register_with "$token" octo/other register
	expect 404
	admin POST "$REPO/runners/remove-token"
	token=$(field .token)
	register_with "$token" octo/demo remove
	expect 200
	register_with "$token" octo/demo register
	expect 404
	call POST "$API/actions/runner-registration" -d "{\"url\":\"$URL/octo/demo\",\"runner_event\":\"register\"}"
	expect 404
}

@test "hub: an expired registration token is 404" {
	start_hub --token-ttl 1
	admin POST "$REPO/runners/registration-token"
	token=$(field .token)
	# Wait for the second to be over by a call that is held that long.
	call POST "$URL/_hub/faults" -d '{"path":"/actions/runner-registration","delay_ms":1100}'
	call POST "$API/actions/runner-registration" -H "Authorization: RemoteAuth $token" \
		-d "{\"url\":\"$URL/octo/demo\",\"runner_event\":\"register\"}"
	expect 404
}

@test "hub: registration, replacement and removal with RemoteAuth" {
	start_hub
	remote=(-H "Authorization: RemoteAuth premade")
	register one false
	call GET "$REPO/runners?name=one" "${remote[@]}"
	expect 200 ".total_count == 1 and .runners[0].id == $RUNNER_ID and .runners[0].ephemeral == false"
	call POST "$API/actions/runners/register" "${remote[@]}" -d "{\"url\":\"$URL/octo/demo\",\"group_id\":1,\"name\":\"one\"}"
	expect 409
	call POST "$API/actions/runners/register" "${remote[@]}" \
		-d "{\"url\":\"$URL/octo/demo\",\"group_id\":1,\"name\":\"one\",\"runner_id\":$RUNNER_ID,\"replace\":true}"
	expect 200 ".id != $RUNNER_ID"
	id=$(field .id)
	call DELETE "$REPO/runners/$id" -H "Authorization: RemoteAuth wrong"
	expect 404
	call DELETE "$REPO/runners/$id" "${remote[@]}"
	expect 204
	call GET "$REPO/runners?name=one" "${remote[@]}"
	expect 200 '.total_count == 0'
}

@test "hub: OAuth checks the signature, and says invalid_client for a deleted registration" {
	start_hub
	register one false
	oauth "$(assertion "$CLIENT" "$KEY")"
	expect 200 '.token_type == "access_token"'
	openssl genrsa -out "$BATS_TEST_TMPDIR/other.pem" 2048 2>/dev/null
	oauth "$(assertion "$CLIENT" "$BATS_TEST_TMPDIR/other.pem")"
	expect 400 '.error == "invalid_client" and (.error_description | test("signature"))'
	admin DELETE "$REPO/runners/$RUNNER_ID"
	oauth "$(assertion "$CLIENT" "$KEY")"
	expect 400 '.error == "invalid_client" and (.error_description | test("deleted"))'
}

@test "hub: the key in a JIT blob signs for its runner" {
	start_hub
	jit one
	blob=$(field .encoded_jit_config | base64 -d)
	params=$(jq -r '.[".credentials_rsaparams"]' <<<"$blob" | base64 -d)
	client=$(jq -r '.[".credentials"]' <<<"$blob" | base64 -d | jq -r .data.clientId)
	number() { printf '0x'; jq -r ".$1" <<<"$params" | base64 -d | basenc --base16 -w0; }
	{
		echo 'asn1=SEQUENCE:key'
		echo '[key]'
		echo 'version=INTEGER:0'
		for name in modulus exponent d p q dp dq inverseQ; do
			echo "$name=INTEGER:$(number "$name")"
		done
	} >"$BATS_TEST_TMPDIR/key.cnf"
	openssl asn1parse -genconf "$BATS_TEST_TMPDIR/key.cnf" -noout -out "$BATS_TEST_TMPDIR/key.der"
	openssl rsa -inform DER -in "$BATS_TEST_TMPDIR/key.der" -out "$BATS_TEST_TMPDIR/key.pem" -check 2>/dev/null
	oauth "$(assertion "$client" "$BATS_TEST_TMPDIR/key.pem")"
	expect 200
}

@test "hub: faults of each third call, from the second on, twice; a list that is as it was" {
	start_hub
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","nth":2,"every":3,"times":2,"status":500}'
	expect 201
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","every":0,"status":500}'
	expect 422
	for status in 200 500 200 200 500 200 200 200 200; do
		admin GET "$REPO/runners"
		expect $status
	done
	etag=$(sed -n 's/^ETag: //p' <<<"$headers")
	used=$(sed -n 's/^x-ratelimit-used: //p' <<<"$headers")
	# What has not changed is not counted.
	for _ in 1 2; do
		admin GET "$REPO/runners" -H "If-None-Match: $etag"
		expect 304
		[ "$(sed -n 's/^x-ratelimit-used: //p' <<<"$headers")" = "$used" ]
	done
	jit one
	expect 201
	admin GET "$REPO/runners" -H "If-None-Match: $etag"
	expect 200
	((used + 2 == $(sed -n 's/^x-ratelimit-used: //p' <<<"$headers")))
}

@test "hub: faults answer the n-th call, drop it, or lose its answer" {
	start_hub
	call POST "$URL/_hub/faults" -d "{\"method\":\"GET\",\"path\":\"/repos/octo\",\"nth\":2,\"times\":1,\"status\":403,
		\"headers\":{\"retry-after\":\"7\"},\"body\":{\"message\":\"You have exceeded a secondary rate limit\"}}"
	expect 201
	admin GET "$REPO/runners"
	expect 200
	admin GET "$REPO/runners"
	expect 403 '.message | test("secondary rate limit")'
	grep -qx 'retry-after: 7' <<<"$headers"
	admin GET "$REPO/runners"
	expect 200
	call DELETE "$URL/_hub/faults"
	expect 204
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","drop":true}'
	admin GET "$REPO/runners"
	expect 000
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","drop":"after"}'
	jit one
	expect 000
	admin GET "$REPO/runners"
	expect 200 '.total_count == 1'
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","effect":true,"status":502,"body":"Bad Gateway"}'
	jit two
	expect 502
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","effect":true,"status":201,"body":"{\"runner\": {\"id\""}'
	jit three
	[[ $code = 201 && $body = '{"runner": {"id"' ]]
	call POST "$URL/_hub/faults" -d '{"path":"/repos/octo","late_ms":600000}'
	jit four --max-time 1
	expect 000
	admin GET "$REPO/runners"
	expect 200 '.total_count == 4'
	call POST "$URL/_hub/faults" -d '{"path":"/","surprise":1}'
	expect 422
}

@test "hub: the list of requests tells agent, kind of credential and status, but no secret" {
	start_hub
	admin GET "$REPO/runners" -A agent/1
	call GET "$REPO/runners" -H "Authorization: RemoteAuth wrong-secret"
	call GET "$URL/_hub/requests"
	expect 200 '[.requests[] | [.method, .status, .auth]] == [["GET", 200, "bearer"], ["GET", 404, "remoteauth"]]'
	expect 200 '.requests[0].user_agent == "agent/1" and .counts["GET /api/v3/repos/octo/demo/actions/runners"] == 2'
	[[ $body != *"$PAT"* && $body != *wrong-secret* ]]
	call DELETE "$URL/_hub/requests"
	call GET "$URL/_hub/requests"
	expect 200 '.requests == []'
}

@test "hub: a job that is no job is refused with a reason" {
	start_hub
	call POST "$URL/_hub/jobs" -d '{"name":"x","repository":"octo/demo","steps":[]}'
	expect 422 '.message == "a job has steps"'
	call POST "$URL/_hub/jobs" -d '{"name":"x","repository":"octo/demo","steps":[{"run":"a","if":3}]}'
	expect 422
	call POST "$URL/_hub/jobs" -d '{"name":"x","repository":"octo/demo","steps":[{"run":"a"}],"surprise":1}'
	expect 422
	call GET "$URL/_hub/nothing"
	expect 404
}
