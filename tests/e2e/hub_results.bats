#!/usr/bin/env bats
# The GitHub double itself: the results service, its blobs, and the tenant's connection data.

# shellcheck source=tests/e2e/hub_helpers.bash
load hub_helpers

STEP=11111111-2222-3333-4444-555555555555

at_work() {
	start_hub "$@"
	register one false
	go_online
	queue_job
	take_job
}

# twirp METHOD [MEMBER,…] [HEADER]: a call of the receiver for the job taken.
twirp() {
	call POST "${RESULTS}twirp/results.services.receiver.Receiver/$1" -H "${3:-$JOB_AUTH}" \
		-d "{\"workflow_run_backend_id\":\"$PLAN\",\"workflow_job_run_backend_id\":\"$JOB_UUID\"${2:+,$2}}"
}

steps_update() {
	call POST "${RESULTS}twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate" -H "$JOB_AUTH" \
		-d "{\"workflow_run_backend_id\":\"$PLAN\",\"workflow_job_run_backend_id\":\"$JOB_UUID\",\"change_order\":1,\"steps\":[$1]}"
}

# put TEXT QUERY [CURL OPTION…]: an upload to $BLOB without a credential.
put() {
	call PUT "$BLOB$2" --data-binary "$1" "${@:3}"
}

@test "hub: the log of a step in Azure's form: one block blob" {
	at_work
	twirp GetStepLogsSignedBlobURL "\"step_backend_id\":\"$STEP\""
	expect 200 '.blob_storage_type == "BLOB_STORAGE_TYPE_AZURE" and (.logs_url | contains("?"))'
	BLOB=$(field .logs_url)
	twirp CreateStepLogsMetadata "\"step_backend_id\":\"$STEP\",\"line_count\":1"
	expect 404 '.code == "not_found"'
	put hello ''
	expect 400
	[[ $headers == *"x-ms-error-code: MissingRequiredHeader"* ]]
	put hello '' -H 'x-ms-blob-type: BlockBlob'
	expect 201
	[[ $headers == *ETag:* && $headers == *x-ms-request-id:* ]]
	put again '' -H 'x-ms-blob-type: BlockBlob' -H 'If-None-Match: *'
	expect 409
	put more '&comp=appendblock'
	expect 409
	steps_update "{\"external_id\":\"$STEP\",\"number\":1,\"name\":\"one\",\"status\":3,\"conclusion\":0}"
	expect 200 .ok
	call GET "$URL/_hub/jobs/$JOB/steps"
	expect 200 '.steps == [{"id":"'$STEP'","number":1,"name":"one","status":"in_progress","conclusion":null,"log":null,"summary":null}]'
	twirp CreateStepLogsMetadata "\"step_backend_id\":\"$STEP\",\"line_count\":1"
	expect 200 .ok
	steps_update "{\"external_id\":\"$STEP\",\"status\":6,\"conclusion\":2}"
	call GET "$URL/_hub/jobs/$JOB/steps"
	expect 200 '.steps[0] | .status == "completed" and .conclusion == "success" and .log == "hello" and .name == "one"'
}

@test "hub: the log of a job in Azure's form: an append blob, sealed" {
	at_work --blob-storage azure-sdk
	jq -e '.variables["system.github.results_upload_with_sdk"].value == "true"' <<<"$MESSAGE"
	twirp GetJobLogsSignedBlobURL
	expect 200
	BLOB=$(field .logs_url)
	put early '&comp=appendblock'
	expect 404
	put '' '' -H 'x-ms-blob-type: AppendBlob'
	expect 201
	put 'one ' '&comp=appendblock'
	expect 201
	put two '&comp=appendblock'
	expect 201
	call GET "$URL/_hub/jobs/$JOB/log"
	[ "$body" = '' ]
	put '' '&comp=seal'
	expect 200
	put late '&comp=appendblock'
	expect 409
	[[ $headers == *"x-ms-error-code: BlobIsSealed"* ]]
	twirp CreateJobLogsMetadata '"line_count":1'
	expect 200 .ok
	call GET "$URL/_hub/jobs/$JOB/log"
	[ "$body" = 'one two' ]
}

@test "hub: the plain form: PUT, then PUT with comp=appendblock and seal=true" {
	at_work --blob-storage plain
	twirp GetStepSummarySignedBlobURL "\"step_backend_id\":\"$STEP\""
	expect 200 '.blob_storage_type == "" and .soft_size_limit > 0'
	BLOB=$(field .summary_url)
	put '' ''
	expect 201
	put 'one ' '&comp=appendblock'
	expect 201
	put two '&comp=appendblock&seal=true'
	expect 201
	put late '&comp=appendblock'
	expect 409
	twirp CreateStepSummaryMetadata "\"step_backend_id\":\"$STEP\",\"size\":7"
	expect 200 .ok
	steps_update "{\"external_id\":\"$STEP\",\"number\":1,\"name\":\"one\",\"status\":6,\"conclusion\":3}"
	call GET "$URL/_hub/jobs/$JOB/steps"
	expect 200 '.steps[0] | .summary == "one two" and .conclusion == "failure"'
}

@test "hub: a blob takes its own signature only, the service the running job's token" {
	at_work
	twirp GetJobLogsSignedBlobURL
	expect 200
	BLOB=$(field .logs_url)
	call PUT "${BLOB%sig=*}sig=0" -H 'x-ms-blob-type: BlockBlob' -d forged
	expect 403
	call PUT "${BLOB%\?*}" -H 'x-ms-blob-type: BlockBlob' -d forged
	expect 403
	twirp GetJobLogsSignedBlobURL '' "$ACCESS"
	expect 401
	first=$JOB_UUID first_plan=$PLAN first_auth=$JOB_AUTH
	register two false
	go_online
	queue_job
	take_job
	twirp GetJobLogsSignedBlobURL '' "$first_auth"
	expect 403 '.code == "permission_denied"'
	JOB_UUID=$first PLAN=$first_plan
	twirp GetJobLogsSignedBlobURL
	expect 403
	twirp GetStepLogsSignedBlobURL '' "$first_auth"
	expect 400 '.code == "invalid_argument"'
	complete "$first_auth"
	expect 200
	twirp GetJobLogsSignedBlobURL '' "$first_auth"
	expect 403
}

# feed TEXT…: opens the live log with $JOB_AUTH, sends these messages, in pieces of seven bytes, and closes. Says what was answered.
feed() {
	python3 - "$(jq -r '.resources.endpoints[0].data.FeedStreamUrl' <<<"$MESSAGE")" "${JOB_AUTH#Authorization: }" "$@" <<'PY'
import os, socket, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
s = socket.create_connection((url.hostname, url.port), 20)
s.sendall(("GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: %s\r\n\r\n" % (url.path, sys.argv[2])).encode())
head = b""
while b"\r\n\r\n" not in head:
    head += s.recv(1)
print(head.decode())
if b" 101 " not in head:
    sys.exit()
def frame(first, data):
    mask = os.urandom(4)
    s.sendall(bytes([first, 0x80 | len(data)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
for text in sys.argv[3:]:
    data = text.encode()
    for at in range(0, len(data), 7):
        frame((0x80 if at + 7 >= len(data) else 0) | (0 if at else 1), data[at:at + 7])
frame(0x89, b"ping")
frame(0x88, b"\x03\xe8")
while got := s.recv(100):
    print(got)
PY
}

@test "hub: the live log is a websocket, until the log is uploaded" {
	at_work
	run feed '{"count":2,"value":["one","twö"],"stepId":"'$STEP'"}' '{"count":1,"value":["three"],"stepId":"'$STEP'","startLine":3}'
	[[ $output == "HTTP/1.1 101 "*"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="* ]]
	[[ $output == *'\x8a\x04ping'* && $output == *'\x88\x02\x03\xe8'* ]]
	call GET "$URL/_hub/jobs/$JOB/log"
	[ "$body" = $'one\ntw\u00f6\nthree' ]
	good=$JOB_AUTH JOB_AUTH=$ACCESS
	run feed
	[[ $output == "HTTP/1.1 401 "* ]]
	JOB_AUTH=$good
	call GET "$(jq -r '.resources.endpoints[0].data.FeedStreamUrl' <<<"$MESSAGE" | sed s/^ws/http/)" -H "$JOB_AUTH"
	expect 426
	twirp GetJobLogsSignedBlobURL
	BLOB=$(field .logs_url)
	put uploaded '' -H 'x-ms-blob-type: BlockBlob'
	twirp CreateJobLogsMetadata '"line_count":1'
	expect 200
	call GET "$URL/_hub/jobs/$JOB/log"
	[ "$body" = uploaded ]
}

@test "hub: an action is resolved for the job, and its tarball is at codeload" {
	at_work
	call PUT "$URL/_hub/actions/octo/greet/v1" --data-binary tarball
	expect 201
	sha=$(field .sha)
	launch=$(jq -r '.variables["system.github.launch_endpoint"].value' <<<"$MESSAGE")
	at=${launch}actions/build/$PLAN/jobs/$JOB_UUID/runnerresolve/actions
	call POST "$at" -H "$JOB_AUTH" -d '{"actions":[{"action":"octo/greet","version":"v1"}]}'
	expect 200 '.actions["octo/greet@v1"] | .resolved_sha == "'$sha'" and .name == "octo/greet" and .version == "v1"'
	tarball=$(field '.actions[].tar_url')
	call GET "$tarball" -A test
	expect 302
	call GET "$tarball" -A test -L
	expect 200
	[ "$body" = tarball ]
	call POST "$at" -H "$JOB_AUTH" -d '{"actions":[{"action":"octo/greet","version":"v1"},{"action":"octo/none","version":"v9"}]}'
	expect 422 '.errors == {"octo/none@v9":{"message":"Unable to resolve action `octo/none@v9`, unable to find version `v9`"}}'
	call POST "$at" -H "$ACCESS" -d '{"actions":[]}'
	expect 401
	call POST "${at/$PLAN/$JOB_UUID}" -H "$JOB_AUTH" -d '{"actions":[]}'
	expect 404
}

@test "hub: the tenant tells anybody where its services are" {
	start_hub
	call POST "$API/actions/runner-registration" -H "Authorization: RemoteAuth premade" \
		-d "{\"url\":\"$URL/octo/demo\",\"runner_event\":\"register\"}"
	expect 200
	call GET "$(field .url)_apis/connectionData?connectOptions=1"
	expect 200 '.locationServiceData | .serviceOwner != null and (.accessMappings[0].accessPoint | endswith("/tenant/"))'
}

@test "hub: a step that says only who it is, and nothing of its name and number" {
	at_work
	steps_update "{\"external_id\":\"$STEP\"}"
	expect 200 .ok
	call GET "$URL/_hub/jobs/$JOB/steps"
	expect 200 '.steps[0] | .id == "'$STEP'" and .number == null and .name == null'
}
