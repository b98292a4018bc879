# The hub under test and a client for it: loaded by hub*.bats.
# shellcheck shell=bash disable=SC2034,SC2120 # used by the files that load this
bats_require_minimum_version 1.5.0

HUB="${BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/hub"
PAT=pat-of-the-test

# Starts the hub with the options given and waits for the line that says it listens.
start_hub() {
	local line

	mkfifo "$BATS_TEST_TMPDIR/out"
	"$HUB" --listen 127.0.0.1:0 --state-file "$BATS_TEST_TMPDIR/url" --pat "$PAT" \
		--registration-token premade --poll-seconds 1 "$@" >"$BATS_TEST_TMPDIR/out" 3>&- &
	HUB_PID=$!
	read -r -t 10 line <"$BATS_TEST_TMPDIR/out"
	[[ $line == "hub: listening on http://127.0.0.1:"* ]]
	URL=${line#hub: listening on }
	API=$URL/api/v3
	REPO=$API/repos/octo/demo/actions
}

teardown() {
	if [[ -n ${HUB_PID:-} ]]; then
		kill -TERM "$HUB_PID"
		wait "$HUB_PID"
	fi
}

# call METHOD URL [CURL OPTION...]: the status in $code, the body in $body, the headers in $headers.
call() {
	local method=$1 url=$2
	shift 2
	code=$(curl -s -X "$method" -o "$BATS_TEST_TMPDIR/body" -D "$BATS_TEST_TMPDIR/headers" -w '%{http_code}' \
		--max-time 30 "$@" "$url") || true
	body=$(cat "$BATS_TEST_TMPDIR/body" 2>/dev/null || true)
	headers=$(tr -d '\r' <"$BATS_TEST_TMPDIR/headers" 2>/dev/null || true)
	rm -f "$BATS_TEST_TMPDIR/body" "$BATS_TEST_TMPDIR/headers"
}

# The same as the administrator.
admin() {
	call "$@" -H "Authorization: Bearer $PAT"
}

# expect STATUS [JQ FILTER that must be true of the body]
expect() {
	if [[ $code != "$1" ]]; then
		echo "status $code instead of $1: $body"
		return 1
	fi
	if [[ -n ${2:-} ]] && ! jq -e "$2" <<<"$body" >/dev/null; then
		echo "not true: $2 of $body"
		return 1
	fi
}

field() {
	jq -r "$1" <<<"$body"
}

jit() {
	admin POST "$REPO/runners/generate-jitconfig" -d \
		"{\"name\":\"$1\",\"runner_group_id\":1,\"labels\":[\"self-hosted\",\"x\"],\"work_folder\":\"_work\"}"
}

b64url() {
	base64 -w0 | tr '+/' '-_' | tr -d '='
}

hex_to_b64() {
	basenc --base16 -d | base64 -w0
}

# assertion CLIENT_ID KEY_FILE [v2/]: a JWT as a runner makes it, for the first place of access tokens or the second.
assertion() {
	local now head payload
	now=$(date +%s)
	head=$(printf '{"typ":"JWT","alg":"RS256"}' | b64url)
	payload=$(printf '{"sub":"%s","iss":"%s","jti":"1","aud":"%s/oauth/%stoken","nbf":%d,"exp":%d}' \
		"$1" "$1" "$URL" "${3:-}" "$now" $((now + 300)) | b64url)
	printf '%s.%s.%s' "$head" "$payload" \
		"$(printf '%s.%s' "$head" "$payload" | openssl dgst -sha256 -sign "$2" | b64url)"
}

# oauth ASSERTION [v2/]
oauth() {
	call POST "$URL/oauth/${2:-}token" -d grant_type=client_credentials \
		-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
		--data-urlencode "client_assertion=$1"
}

# register NAME EPHEMERAL: registers with a new key pair; fills RUNNER_ID, CLIENT, KEY, BROKER.
register() {
	local modulus
	KEY=$BATS_TEST_TMPDIR/$1.pem
	openssl genrsa -out "$KEY" 2048 2>/dev/null
	modulus=$(openssl rsa -in "$KEY" -noout -modulus | cut -d= -f2 | hex_to_b64)
	call POST "$API/actions/runners/register" -H "Authorization: RemoteAuth premade" -d "{
		\"url\":\"$URL/octo/demo\",\"group_id\":1,\"name\":\"$1\",\"version\":\"2.336.0\",\"ephemeral\":$2,
		\"updates_disabled\":true,\"labels\":[{\"id\":0,\"name\":\"self-hosted\",\"type\":\"system\"}],
		\"public_key\":\"<RSAKeyValue><Modulus>$modulus</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>\"}"
	expect 200
	RUNNER_ID=$(field .id)
	CLIENT=$(field .authorization.client_id)
	BROKER=$(field .authorization.server_url)
}

# Opens the session of the runner registered last; fills ACCESS and SESSION.
go_online() {
	oauth "$(assertion "$CLIENT" "$KEY")"
	expect 200 '.expires_in == 3000'
	ACCESS="Authorization: Bearer $(field .access_token)"
	call POST "${BROKER}session" -H "$ACCESS" -d '{"sessionId":"0","ownerName":"test (PID: 1)","agent":{"id":1}}'
	expect 200 '.ownerName == "test (PID: 1)"'
	SESSION=$(field .sessionId)
}

poll() {
	call GET "${BROKER}message?sessionId=$SESSION&status=${1:-Online}" -H "$ACCESS"
}

queue_job() {
	call POST "$URL/_hub/jobs" -d '{"name":"build","repository":"octo/demo","labels":["self-hosted"],
		"steps":[{"run":"echo hello"},{"run":"false","name":"last","if":"always()","env":{"A":"b"}}],
		"env":{"CI":"true"},"mask":["s3cr.t"]}'
	expect 201
	JOB=$(field .id)
}

# Polls for the job and acquires it; fills RUN, JOB_UUID, PLAN, JOB_AUTH, RESULTS.
take_job() {
	local request
	poll
	expect 200 '.messageType == "RunnerJobRequest"'
	request=$(field '.body | fromjson | .runner_request_id')
	RUN=$(field '.body | fromjson | .run_service_url')
	call POST "${BROKER}acknowledge?sessionId=$SESSION" -H "$ACCESS" -d "{\"runnerRequestId\":\"$request\"}"
	expect 200
	call POST "${RUN}acquirejob" -H "$ACCESS" -d "{\"jobMessageId\":\"$request\",\"runnerOS\":\"Linux\"}"
	expect 200
	MESSAGE=$body
	JOB_UUID=$(field .jobId)
	PLAN=$(field .plan.planId)
	JOB_AUTH="Authorization: Bearer $(field '.resources.endpoints[0].authorization.parameters.AccessToken')"
	RESULTS=$(field '.variables["system.github.results_endpoint"].value')
}

complete() {
	call POST "${RUN}completejob" -H "${1:-$JOB_AUTH}" -d "{\"planId\":\"$PLAN\",\"jobId\":\"$JOB_UUID\",
		\"conclusion\":\"succeeded\",\"outputs\":{},\"stepResults\":[{\"number\":1,\"name\":\"one\"}],
		\"annotations\":[{\"level\":\"notice\",\"message\":\"well\"}]}"
}
