#!/usr/bin/env bats
# What cofferdam-runner refuses, and how it deals with GitHub's refusals.

load runner_helpers

# Nothing was asked of GitHub, and nothing was written.
no_traffic() {
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
	[ ! -e "$STATE" ]
}

@test "no credential, no URL: a line for each, exit 2, before any network traffic" {
	run runner GITHUB_URL= start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 2 ]
	[[ $output == *"no credential: set TOKEN, ACCESS_TOKEN, APP_PRIVATE_KEY or ACTIONS_RUNNER_INPUT_JITCONFIG"* ]]
	[[ $output == *"GITHUB_URL: required"* ]]
	no_traffic
}

@test "everything that is wrong is said at once" {
	run runner TOKEN=a ACCESS_TOKEN=b EPHEMERAL=perhaps COFFERDAM_SLOTS=129 COFFERDAM_DRAIN=6 COFFERDAM_PLUGIN_HOST=perhaps COFFERDAM_JOB_NOTES=perhaps RUNNER_GROUP=g \
		RUNNER_DIR=relative APP_ID=1 COFFERDAM_LISTEN=:1 start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 10 ]
	[[ $output == *"more than one credential: TOKEN ACCESS_TOKEN"* ]]
	[[ $output == *"EPHEMERAL: perhaps: not a boolean"* ]]
	[[ $output == *"COFFERDAM_SLOTS: 129: more than 128"* ]]
	[[ $output == *"COFFERDAM_DRAIN: 6: not a duration"* ]]
	[[ $output == *"COFFERDAM_PLUGIN_HOST: perhaps: unknown value (expected refuse or allow)"* ]]
	[[ $output == *"COFFERDAM_JOB_NOTES: perhaps: not a boolean (expected true or false)"* ]]
	[[ $output == *"RUNNER_GROUP: a repository has no runner groups"* ]]
	[[ $output == *"RUNNER_DIR: relative: not an absolute path"* ]]
	[[ $output == *"APP_PRIVATE_KEY: required with APP_ID"* ]]
	[[ $output == *"COFFERDAM_LISTEN: :1: not an address with a port"* ]]
	no_traffic
}

@test "a misspelt variable is answered with the right one, and refused where it is ours" {
	run runner ACCESS_TOKEN=$PAT COFFERDAM_SLOT=2 COFFERDAM_METRICS=1 RUNNER_LABEL=hush start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == *"RUNNER_LABEL: unknown variable, ignored (did you mean RUNNER_LABELS?)" ]]
	[[ ${lines[1]} == *"COFFERDAM_SLOT: unknown variable (did you mean COFFERDAM_SLOTS?)" ]]
	[[ ${lines[2]} == *"COFFERDAM_METRICS: unknown variable (unset it; "* ]]
	no_traffic
	run runner GITHUB_URL= GITHUB_UR=https://github.com/o/r ACCESS_TOKEN=$PAT start
	[ "$status" = 2 ]
	[[ ${#lines[@]} = 2 && ${lines[0]} == *"GITHUB_UR: unknown variable, ignored (did you mean GITHUB_URL?)" ]]
	no_traffic
	run runner COFFERDAM_SLOT=2 sweep
	[[ $output != *COFFERDAM_SLOT* ]]
}

@test "a distribution or a profile that is not there: a line for each, exit 2, nothing done" {
	run runner ACCESS_TOKEN=$PAT RUNNER_DIR="$W/none" COFFERDAM_PROFILE="$W/none.json" start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 2 ]
	[[ $output == *"RUNNER_DIR: $W/none: No such file or directory (set RUNNER_DIR to the directory of the unpacked official runner; without it, \`cofferdam runner fetch\` downloads one)"* ]]
	[[ $output == *"COFFERDAM_PROFILE: open $W/none.json: No such file or directory"* ]]
	no_traffic
	mkdir "$W/empty"
	run runner ACCESS_TOKEN=$PAT RUNNER_DIR="$W/empty" COFFERDAM_PROFILE=jbo start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 2 ]
	[[ $output == *"RUNNER_DIR: $W/empty/bin/Runner.Listener: No such file or directory (unpack the official runner there: "* ]]
	[[ $output == *"COFFERDAM_PROFILE: "*jbo* ]]
	no_traffic
	echo '{"extends": "job", "memroy": "1G"}' >"$W/job.json"
	run runner ACCESS_TOKEN=$PAT start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"COFFERDAM_PROFILE: $W/job.json:1:"* ]]
	no_traffic
}

@test "a token is not sent in clear text over a network, nor shown" {
	run runner GITHUB_URL=http://github.example/o/r ACCESS_TOKEN=se-cret-1 start
	[ "$status" = 2 ]
	[[ $output == *"http:// is accepted for loopback hosts only"* ]]
	run runner "GITHUB_URL=https://user:se-cret-1@github.com/o/r" ACCESS_TOKEN=se-cret-1 start
	[ "$status" = 2 ]
	[[ $output != *se-cret-1* ]]
	no_traffic
}

@test "a secret twice, an empty file, a file that is not there" {
	: >"$W/empty"
	run runner TOKEN=a TOKEN_FILE="$W/empty" start
	[ "$status" = 2 ]
	[[ $output == *"TOKEN: given more than once"* ]]
	run runner TOKEN_FILE="$W/empty" start
	[ "$status" = 2 ]
	[[ $output == *"TOKEN: $W/empty: empty (write the credential into it)"* ]]
	run runner TOKEN_FILE="$W/none" start
	[ "$status" = 2 ]
	[[ $output == *"TOKEN: open $W/none: No such file or directory (name the file that holds the credential, as this process sees it)"* ]]
	for name in TOKEN ACCESS_TOKEN ACTIONS_RUNNER_INPUT_JITCONFIG APP_PRIVATE_KEY; do
		run runner ${name}_FILE="$W" start
		[ "$status" = 2 ]
		[[ $output == *"$name: read $W: Is a directory (name the file in it that holds the credential)"* ]]
	done
	chmod 0 "$W/empty"
	run runner TOKEN_FILE="$W/empty" start
	[[ $output == *"TOKEN: open $W/empty: Permission denied (let the user that runs cofferdam-runner read it)"* ]]
	no_traffic
}

limited() {
	ulimit -l "$1"
	runner "${@:2}"
}

@test "a credential that cannot be kept from swap is refused; a page or two is all it takes" {
	printf '%s' "$PAT" >"$W/token"
	run limited 0 ACCESS_TOKEN="$PAT" start
	[ "$status" = 2 ]
	[[ $output == *"ACCESS_TOKEN: memory cannot be locked: "*" (raise RLIMIT_MEMLOCK: ulimit -l 64, or LimitMEMLOCK=64K in a unit)"* ]]
	run limited 0 ACCESS_TOKEN_FILE="$W/token" start
	[ "$status" = 2 ]
	[[ $output == *"ACCESS_TOKEN: memory cannot be locked: "* ]]
	no_traffic
	run limited 16 ACCESS_TOKEN_FILE="$W/token" sweep
	[ "$status" = 0 ]
	[ -z "$output" ]
	run limited 16 ACCESS_TOKEN="$PAT" sweep
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "a token that is none is refused before anything is done" {
	head -c 70000 /dev/zero | tr '\0' x >"$W/large"
	for name in TOKEN ACCESS_TOKEN; do
		run runner ${name}_FILE="$W/large" start
		[ "$status" = 2 ]
		[[ $output == *"$name: not a token: 70000 bytes"* ]]
		run runner $name="two words" start
		[ "$status" = 2 ]
		[[ $output == *"$name: not a token: contains a space"* ]]
		[[ $output != *"two words"* ]]
	done
	no_traffic
}

@test "a systemd credential" {
	mkdir "$W/credentials"
	printf '%s' "$PAT" >"$W/credentials/ACCESS_TOKEN"
	id=$(script true)
	start CREDENTIALS_DIRECTORY="$W/credentials" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	[ "$status" = 0 ]
}

# proxy: another hub, which tells what is asked of it; its URL is in $PROXY.
proxy() {
	local line

	mkfifo "$BATS_TEST_TMPDIR/proxy.out"
	"$BUILD/tests/hub" --listen 127.0.0.1:0 >"$BATS_TEST_TMPDIR/proxy.out" 3>&- &
	PROXY_PID=$!
	read -r -t 10 line <"$BATS_TEST_TMPDIR/proxy.out"
	PROXY=${line#hub: listening on }
}

asked_of_proxy() {
	curl -sf "$PROXY/_hub/requests" | jq -c '[.requests[] | [.method, .path]] | unique'
}

@test "a proxy does not get a call that would cross the network in clear" {
	proxy
	id=$(script true)
	for name in http_proxy HTTP_PROXY all_proxy ALL_PROXY; do
		set -- "$@" "$name=$PROXY"
	done
	start ACCESS_TOKEN=$PAT RUNNER_NAME=direct "$@"
	[ "$(conclusion "$id")" = success ]
	stops 30
	start TOKEN=$TOKEN RUNNER_NAME=direct "$@"
	wait_runner idle direct
	stops 30
	[ "$(asked_of_proxy)" = '[]' ]
	kill "$PROXY_PID"
}

# tls_server: with a certificate that nobody has signed but its own key, in $W/ca.pem and no credential that it takes. Its URL is in $TLS.
tls_server() {
	local line

	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$W/key.pem" -out "$W/ca.pem" -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null
	mkfifo "$BATS_TEST_TMPDIR/tls.out"
	python3 -c 'import http.server, ssl, sys
class Refusing(http.server.BaseHTTPRequestHandler):
    do_POST = lambda self: self.send_error(401)
server = http.server.HTTPServer(("127.0.0.1", 0), Refusing)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("https://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()' "$W/ca.pem" "$W/key.pem" >"$BATS_TEST_TMPDIR/tls.out" 2>/dev/null 3>&- &
	TLS_PID=$!
	read -r -t 10 line <"$BATS_TEST_TMPDIR/tls.out"
	TLS=$line
}

@test "certificates: SSL_CERT_FILE is obeyed, and reaches the job with its like" {
	tls_server
	run runner GITHUB_URL="$TLS/octo/demo" ACCESS_TOKEN=$PAT EPHEMERAL=true start
	without=$output
	run runner GITHUB_URL="$TLS/octo/demo" ACCESS_TOKEN=$PAT EPHEMERAL=true SSL_CERT_FILE="$W/ca.pem" start
	kill "$TLS_PID"
	[[ $without == *"SSL certificate problem"* ]]
	[[ $output != *"SSL certificate problem"* ]]
	[ "$status" = 3 ]
	id=$(script 'echo "$SSL_CERT_FILE,$SSL_CERT_DIR,$NODE_EXTRA_CA_CERTS"')
	mkdir certs
	start ACCESS_TOKEN=$PAT EPHEMERAL=true SSL_CERT_FILE="$W/ca.pem" SSL_CERT_DIR="$W/certs" NODE_EXTRA_CA_CERTS="$W/ca.pem"
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "$W/ca.pem,$W/certs,$W/ca.pem"
	ended 30
}

@test "a proxy of an encrypted call sees the host's name, and no credential" {
	proxy
	start GITHUB_URL=https://127.0.0.1:1/octo/demo ACCESS_TOKEN=$PAT EPHEMERAL=true https_proxy="$PROXY"
	until_true 20 asked_to_connect
	kill -KILL "$RUNNER_PID"
	ended 20
	[ "$(curl -sf "$PROXY/_hub/requests" | jq -c '[.requests[] | [.method, .auth]] | unique')" = '[["CONNECT","none"]]' ]
	kill "$PROXY_PID"
}

asked_to_connect() {
	[ "$(curl -sf "$PROXY/_hub/requests" | jq '.requests | length')" -gt 0 ]
}

@test "help is on every level, unknown commands are refused" {
	run runner nonsense
	[ "$status" = 2 ]
	for help in --help -h; do
		run runner $help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "Usage: cofferdam runner COMMAND" && $output == *"start"*"fetch"*"sweep"* ]]
		run runner start $help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "Usage: cofferdam runner start [--config FILE]" && $output == *"GITHUB_URL"*"COFFERDAM_DRAIN"*"Exit status:"*"  7 "* ]]
		run runner fetch $help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "Usage: cofferdam runner fetch "* && $output == *"--sha256 HEX"*"Exit status:"* ]]
		for name in drain stop reload schema; do
			run runner $name $help
			[ "$status" = 0 ]
			[[ ${lines[0]} == "Usage: cofferdam runner $name"* ]]
		done
		run runner sweep $help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "Usage: cofferdam runner sweep" && $output == *"Exit status:"* ]]
	done
}

@test "a sandbox that this host cannot make, before anything is registered" {
	profile '"ro": ["/nonesuch"]'
	run runner ACCESS_TOKEN=$PAT start
	[ "$status" = 1 ]
	[[ $output == *nonesuch* ]]
	[[ $output == *"job sandbox: cannot be created on this host"* ]]
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
	nothing_left
}

@test "a profile that no job can run with: exit 2, before anything is registered" {
	run runner ACCESS_TOKEN=$PAT COFFERDAM_PROFILE=entrypoint start
	[ "$status" = 2 ]
	[[ $output == *"job sandbox: no /bin/true in it (COFFERDAM_PROFILE: extend \`job\`; a profile for an entrypoint shows nothing of the system)"* ]]
	nothing_left
	limits_missing || skip "every limit of the profile \`job\` can be set here"
	run runner ACCESS_TOKEN=$PAT COFFERDAM_PROFILE=job start
	[ "$status" = 2 ]
	[[ $output == *" limit"*": "*"with --allow-degraded "*"(allow_degraded in a profile)"* ]]
	[[ $output == *"job sandbox: cannot be created on this host (\`cofferdam doctor --profile job\` names remedies; a profile in COFFERDAM_PROFILE names in allow_degraded what may be missing)"* ]]
	nothing_left
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
}

limits_missing() {
	"$COFFERDAM" run --profile job -- /bin/true 2>&1 | grep -q "limits\?: "
}

@test "a second supervisor of the same state directory is refused and told whose it is" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=first
	wait_runner idle first
	run runner ACCESS_TOKEN=$PAT start
	[ "$status" = 1 ]
	[[ $output == *"in use by process $RUNNER_PID"* ]]
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 1 ]
	[ "$(registered)" = first ]
	kill -TERM "$RUNNER_PID"
	ended 20
}

@test "a state directory that others can write to is refused" {
	mkdir "$STATE"
	chmod 777 "$STATE"
	run runner ACCESS_TOKEN=$PAT start
	[ "$status" = 2 ]
	[[ $output == *"writable by other users"* ]]
}

@test "a state directory that cannot be made: exit 2, and what it takes" {
	: >"$W/file"
	for dir in /proc/none/state "$W/file/state" "$W/file"; do
		for command in start sweep; do
			run runner ACCESS_TOKEN=$PAT COFFERDAM_STATE_DIR="$dir" $command
			[ "$status" = 2 ]
			[ "${#lines[@]}" = 1 ]
			[[ $output == *"state directory: "*"(COFFERDAM_STATE_DIR: a directory of this user's, or where it can make one)" ]]
		done
	done
	no_traffic
}

@test "a wrong PAT: one line with the remedy, nothing registered, exit 3" {
	run runner ACCESS_TOKEN=wr0ng-pat EPHEMERAL=true start
	[ "$status" = 3 ]
	[[ $output == *"the credential was not accepted: HTTP 401: Bad credentials (it is wrong, expired or revoked: set a new ACCESS_TOKEN; "* ]]
	[[ $output != *wr0ng-pat* ]]
	nothing_left
}

@test "a wrong registration token: the remedy in our terms, exit 3" {
	run runner TOKEN=wr0ng-token start
	[ "$status" = 3 ]
	[[ $output == *"config.sh: exit 1: the registration token was not accepted: HTTP 404 (it is valid for one hour"* ]]
	[[ $output == *"set a new TOKEN"* ]]
	[[ $output != *wr0ng-token* ]]
	nothing_left
}

@test "a JIT configuration that is none is not repeated" {
	run runner ACTIONS_RUNNER_INPUT_JITCONFIG=bm90LWppdC1hdC1hbGw= start
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"ACTIONS_RUNNER_INPUT_JITCONFIG: not a JIT configuration: not base64 of a JSON object"* ]]
	[[ $output != *bm90* ]]
	no_traffic
}

jit_runner() {
	curl -sf "$URL/api/v3/repos/octo/demo/actions/runners/generate-jitconfig" -H "Authorization: Bearer $PAT" \
		-d "{\"name\":\"$1\",\"runner_group_id\":1,\"labels\":[\"other\"],\"work_folder\":\"_work\"}" >/dev/null
}

@test "the name is taken: another one with a random end" {
	jit_runner taken
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=taken RUNNER_LABELS=mine
	[ "$(conclusion "$id")" = success ]
	[[ $(job "$id" | jq -r .runner_name) == taken-???????? ]]
	ended 20
	[ "$(registered)" = taken ]
}

@test "the name is taken, and REPLACE_EXISTING: the old one goes" {
	jit_runner taken
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=taken REPLACE_EXISTING=true
	[ "$(conclusion "$id")" = success ]
	[ "$(job "$id" | jq -r .runner_name)" = taken ]
	ended 20
	nothing_left
}

@test "an answer that was lost: the runner it made is found and replaced" {
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/generate-jitconfig", "drop": "after"}'
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=mine
	[ "$(conclusion "$id")" = success ]
	[ "$(job "$id" | jq -r .runner_name)" = mine ]
	ended 20
	[ "$status" = 0 ]
	nothing_left
}

@test "retry-after is obeyed" {
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/generate-jitconfig", "status": 403,
		"headers": {"retry-after": "2"}, "body": {"message": "You have exceeded a secondary rate limit"}}'
	id=$(script true)
	begin=$SECONDS
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	[ $((SECONDS - begin)) -ge 1 ]
	[ "$(curl -sf "$URL/_hub/requests" | jq '[.requests[] | select(.path | endswith("generate-jitconfig"))] | length')" = 2 ]
	ended 20
}

@test "a stop signal interrupts the wait for a rate limit" {
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/actions/runners/generate-jitconfig", "status": 429,
		"times": 0, "headers": {"retry-after": "600"}, "body": {"message": "rate limit"}}'
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	until_true 20 said "generate-jitconfig: rate limited by GitHub: rate limit: waiting 6"
	stops 20
}

@test "the runner is still busy at GitHub for a while: deregistration waits" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=busy
	wait_runner idle busy
	curl -sf "$URL/_hub/faults" -d '{"method": "DELETE", "path": "/repos/octo/demo/actions/runners/", "times": 2,
		"status": 422, "body": {"message": "Bad request - Runner \"busy\" is still running a job\""}}'
	stops 40
	[ "$(curl -sf "$URL/_hub/requests" | jq '[.requests[] | select(.method == "DELETE" and .status == 422)] | length')" = 2 ]
}

@test "a version that GitHub does not take any more: exit 7" {
	echo "STANDIN_LISTENER_EXIT=7" >"$W/dist/.env"
	start ACCESS_TOKEN=$PAT RUNNER_NAME=old
	ended 30
	[ "$status" = 7 ]
	said "update RUNNER_DIR"
	nothing_left
}

@test "the Listener loses its connection: it is started again with the same registration" {
	echo "STANDIN_LISTENER_EXIT_ONCE=2" >"$W/dist/.env"
	id=$(script true)
	start ACCESS_TOKEN=$PAT RUNNER_NAME=again
	[ "$(conclusion "$id")" = success ]
	said "lost its connection (exit 2)"
	[ "$(grep -c "registered as" "$W/err")" = 1 ]
	stops 30
}

@test "the registration is gone: a new one" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=phoenix
	wait_runner idle phoenix
	first=$(curl -sf "$URL/_hub/runners" | jq '.runners[0].id')
	curl -sf -X DELETE -H "Authorization: Bearer $PAT" "$URL/api/v3/repos/octo/demo/actions/runners/$first"
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	[ "$(grep -c "registered as phoenix" "$W/err")" = 2 ]
	stops 30
}
