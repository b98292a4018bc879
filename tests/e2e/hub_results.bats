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

@test "hub: the tenant tells anybody where its services are" {
	start_hub
	call POST "$API/actions/runner-registration" -H "Authorization: RemoteAuth premade" \
		-d "{\"url\":\"$URL/octo/demo\",\"runner_event\":\"register\"}"
	expect 200
	call GET "$(field .url)_apis/connectionData?connectOptions=1"
	expect 200 '.locationServiceData | .serviceOwner != null and (.accessMappings[0].accessPoint | endswith("/tenant/"))'
}
