#!/usr/bin/env bats
# A GitHub App as administrator: its installation's token, asked for, narrowed and renewed.

load runner_helpers

RUNNERS=/repos/octo/demo/actions/runners
TOKENS=/app/installations/1/access_tokens

eval "$(declare -f setup | sed '1s/setup/start_hub/')"

setup() {
	KEY=$BATS_TEST_TMPDIR/key.pem
	openssl genrsa -out "$KEY" 2048 2>/dev/null
	openssl rsa -in "$KEY" -pubout -out "$KEY.pub" 2>/dev/null
	HUB_OPTIONS=(--app "123:$KEY.pub")
	case $BATS_TEST_DESCRIPTION in
	*"clock is behind"*) HUB_OPTIONS+=(--clock-ahead 1500) ;;
	*"clock is ahead"*) HUB_OPTIONS+=(--clock-behind 1500) ;;
	*"renewed before"*) HUB_OPTIONS+=(--token-ttl 4) ;;
	esac
	start_hub
	APP=(APP_ID=123 "APP_PRIVATE_KEY_FILE=$KEY")
}

# asked METHOD PATH: how many such requests there were
asked() {
	curl -sf "$URL/_hub/requests?method=$1&path=/api/v3$2" | jq '.requests | length'
}

# refused TEXT VARIABLE=VALUE…: exit 3, with these words, and nothing is registered.
refused() {
	run runner "${@:2}" start
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"$1"* ]]
	nothing_left
}

# One job, of an ephemeral runner.
runs_a_job() {
	local id
	start "$@" EPHEMERAL=true
	id=$(script 'echo hello')
	[ "$(conclusion "$id")" = success ]
	ended 60
	[ "$status" = 0 ]
	nothing_left
}

@test "an ephemeral runner of an App runs a job, and nothing is left" {
	runs_a_job "${APP[@]}"
	[ "$(asked POST $TOKENS)" -ge 1 ]
}

@test "the key in a variable of many lines, of one line, and as a systemd credential" {
	runs_a_job APP_ID=123 "APP_PRIVATE_KEY=$(cat "$KEY")"
	runs_a_job APP_ID=123 "APP_PRIVATE_KEY=$(awk '{ printf "%s\\n", $0 }' "$KEY")"
	mkdir "$W/credentials"
	cp "$KEY" "$W/credentials/APP_PRIVATE_KEY"
	runs_a_job APP_ID=123 CREDENTIALS_DIRECTORY="$W/credentials"
}

@test "a persistent runner of an App is deregistered at the stop; so it is by a sweep after kill -9" {
	start "${APP[@]}"
	until_true 30 said "Listening for Jobs"
	stops 40
	said ": deregistered"
	nothing_left
	start "${APP[@]}"
	until_true 30 said "Listening for Jobs"
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	until_true 10 no_process_left
	run runner "${APP[@]}" sweep
	[ "$status" = 0 ]
	nothing_left
}

@test "an App of an organization: for its runners alone" {
	runs_a_job "${APP[@]}" GITHUB_URL="$URL/octo"
	[ "$(asked GET /orgs/octo/installation)" -ge 1 ]
}

@test "a token is renewed before its end" {
	start "${APP[@]}"
	until_true 30 said "Listening for Jobs"
	sleep 5
	stops 40
	said ": deregistered"
	[ "$(asked POST $TOKENS)" -ge 2 ]
	nothing_left
}

# fault JSON: one more.
fault() {
	curl -sf "$URL/_hub/faults" -d "$1" >/dev/null
}

# A young one first has its time.
@test "a token that was revoked is asked for anew, once" {
	start "${APP[@]}"
	until_true 30 said "Listening for Jobs"
	fault "{\"path\": \"$RUNNERS\", \"method\": \"DELETE\", \"status\": 401, \"times\": 4}"
	stops 40
	said ": deregistered"
	[ "$(asked POST $TOKENS)" = 2 ]
	nothing_left
}

@test "a server that does not know a new token yet is asked again, with the same one" {
	local code

	for code in 401 403 404; do
		curl -sf -X DELETE "$URL/_hub/requests"
		fault "{\"path\": \"$RUNNERS/generate-jitconfig\", \"status\": $code, \"times\": 2, \"body\": {\"message\": \"Resource not accessible by integration\"}}"
		runs_a_job "${APP[@]}"
		[ "$(curl -sf "$URL/_hub/requests?path=/api/v3$RUNNERS/generate" | jq -c '[.requests[].status]')" = "[$code,$code,201]" ]
		[ "$(asked POST $TOKENS)" = 1 ]
	done
}

@test "what a token is refused for in the end is said of the App" {
	fault "{\"path\": \"$RUNNERS/generate-jitconfig\", \"status\": 403, \"times\": 0, \"body\": {\"message\": \"Resource not accessible by integration\"}}"
	refused "not allowed: HTTP 403: Resource not accessible by integration (the App requires the permission" "${APP[@]}" EPHEMERAL=true
	[ "$(asked POST $RUNNERS/generate-jitconfig)" = 4 ]
	curl -sf -X DELETE "$URL/_hub/faults"
	fault "{\"path\": \"$RUNNERS/generate-jitconfig\", \"status\": 401, \"times\": 0}"
	refused "HTTP 401 (GitHub has given this token to the App: see that the App is still installed there)" "${APP[@]}" EPHEMERAL=true
}

# It lasts for an hour, which a wait may be longer than.
@test "each run of config.sh has a registration token of its own" {
	curl -sf -H "Authorization: Bearer $PAT" "$URL/api/v3$RUNNERS/generate-jitconfig" -d '{"name": "taken", "runner_group_id": 1, "labels": ["x"]}' >/dev/null
	start "${APP[@]}" RUNNER_NAME=taken REPLACE_EXISTING=true
	wait_runner idle taken
	[ "$(asked POST $RUNNERS/registration-token)" = 2 ]
	stops 40
}

# Longer than a token lasts, it may be.
@test "after each wait the App signs anew" {
	fault '{"path": "/repos/octo/demo/installation", "status": 429, "headers": {"Retry-After": "3"}}'
	fault "{\"path\": \"$TOKENS\", \"status\": 429, \"headers\": {\"Retry-After\": \"3\"}}"
	runs_a_job "${APP[@]}"
	for path in /repos/octo/demo/installation $TOKENS; do
		curl -sf "$URL/_hub/requests?path=/api/v3$path" | jq -e '.requests | length == 2 and .[1].iat >= .[0].iat + 3'
	done
}

# Refused once, and then by GitHub's clock. (The Listener has its own way with such a clock.)
# The second call is limited until a second after, by that clock.
by_the_clock_of_github() {
	fault "{\"path\": \"/repos/octo/demo/actions/runners/generate-jitconfig\", \"times\": 1, \"status\": 403, \"body\": {\"message\": \"API rate limit exceeded\"},
		\"headers\": {\"x-ratelimit-remaining\": \"0\", \"x-ratelimit-reset\": \"$(($(date +%s) + $1 + 1))\"}}"
	start "${APP[@]}" EPHEMERAL=true
	until_true 30 said "registered as"
	[ "$(curl -sf "$URL/_hub/requests?path=/api/v3/repos/octo/demo/installation" | jq -c '[.requests[0, 1].status]')" = "[401,200]" ]
	[ "$(asked POST $TOKENS)" = 1 ]
	stops 40
}

@test "where this host's clock is behind, GitHub's counts" {
	by_the_clock_of_github 1500
}

@test "where this host's clock is ahead, GitHub's counts" {
	by_the_clock_of_github -1500
}

@test "what is wrong with id or key is said at the start, exit 2, before any network traffic" {
	local other=$BATS_TEST_TMPDIR/other
	echo no key >"$other"
	openssl rsa -in "$KEY" -aes128 -passout pass:x -out "$other.locked" 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out "$other.curve"
	while read -r file said; do
		run runner APP_ID=123 APP_PRIVATE_KEY_FILE="$file" start
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"APP_PRIVATE_KEY: $said (the file that GitHub gives"* ]]
	done <<-END
		$other not a private key in PEM
		$other.locked a private key with a password
		$other.curve not an RSA key of 2048 to 16384 bits
	END
	run runner APP_PRIVATE_KEY_FILE="$KEY" start
	[ "$status" = 2 ]
	[[ $output == *"APP_ID: required with APP_PRIVATE_KEY"* ]]
	run runner APP_ID=123 start
	[ "$status" = 2 ]
	[[ $output == *"APP_PRIVATE_KEY: required with APP_ID"* ]]
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
}

@test "GitHub's refusals of an App end the start by name" {
	refused "APP_ID and APP_PRIVATE_KEY must be of the same App" APP_ID=124 APP_PRIVATE_KEY_FILE="$KEY"
	curl -sf "$URL/_hub/faults" -d '{"path": "/repos/octo/demo/installation", "status": 404}' >/dev/null
	refused "GitHub App 123: not installed for /repos/octo/demo: HTTP 404 (install it there, or correct GITHUB_URL)" "${APP[@]}"
	curl -sf -X DELETE "$URL/_hub/faults"
	curl -sf "$URL/_hub/faults" -d "{\"path\": \"$TOKENS\", \"status\": 422}" >/dev/null
	refused "the App requires the permission to write Administration of the repository" "${APP[@]}"
	curl -sf -X DELETE "$URL/_hub/faults"
	fault "{\"path\": \"$TOKENS\", \"status\": 403, \"body\": {\"message\": \"the organization has an IP allow list enabled\"}}"
	refused "an IP allow list enabled (add the address of this host to that list)" "${APP[@]}"
}

@test "a suspended App is not refused for good" {
	fault "{\"path\": \"$TOKENS\", \"status\": 403, \"body\": {\"message\": \"This installation has been suspended\"}}"
	run runner "${APP[@]}" EPHEMERAL=true start
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"This installation has been suspended (who installed it there can unsuspend it)"* ]]
}

@test "an App that cannot be reached for a while is waited for" {
	curl -sf "$URL/_hub/faults" -d "{\"path\": \"$TOKENS\", \"status\": 502, \"times\": 2}" >/dev/null
	runs_a_job "${APP[@]}"
}

@test "fetch and sweep refuse a key that is none, exit 2, and ask nothing" {
	openssl ecparam -name prime256v1 -genkey -noout -out "$KEY.curve"
	for command in fetch sweep; do
		run runner APP_ID=123 APP_PRIVATE_KEY_FILE="$KEY.curve" $command
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"APP_PRIVATE_KEY: not an RSA key of 2048 to 16384 bits"* ]]
	done
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
}

# limited OPTION=VALUE ARGUMENT…: the runner with such a limit.
limited() {
	prlimit --pid "$BASHPID" "$1"
	runner "${@:2}"
}

@test "no process to sign in, for a while, is no reason to give up" {
	for command in start sweep; do
		run timeout 60 prlimit --nproc=1 env -i PATH="$PATH" HOME="$HOME" GITHUB_URL="$URL/octo/demo" RUNNER_DIR="$W/dist" \
			COFFERDAM_STATE_DIR="$STATE" COFFERDAM_PROFILE="$W/job.json" "${APP[@]}" "$BUILD/cofferdam-runner" $command
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"APP_PRIVATE_KEY: fork: Resource temporarily unavailable"* ]]
	done
}

@test "64 KiB of locked memory are enough, and less is said" {
	run limited --memlock=65536 "${APP[@]}" sweep
	echo "$output"
	[ "$status" = 0 ]
	run limited --memlock=16384 "${APP[@]}" sweep
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"APP_PRIVATE_KEY: memory cannot be locked: the limit is 16 KiB, and to sign requires "*"ulimit -l 64, or LimitMEMLOCK=64K in a unit)"* ]]
}

@test "runner fetch asks as an App" {
	run runner "${APP[@]}" fetch
	echo "$output"
	[ "$(asked GET $RUNNERS/downloads)" = 1 ]
	[[ $output == *"list of distributions"* ]]
}

@test "no place that is readable, and no output, has the key or the token" {
	local part pid
	part=$(sed -n 3p "$KEY")
	start APP_ID=123 "APP_PRIVATE_KEY=$(cat "$KEY")"
	until_true 30 said "Listening for Jobs"
	for pid in $(pgrep -u "$(id -u)" -f "$BUILD/cofferdam"); do
		not grep -qaF -e "$part" -e ghs_ "/proc/$pid/environ" "/proc/$pid/cmdline"
	done
	not grep -rqF -e "$part" -e ghs_ "$STATE" "$W/out" "$W/err"
	id=$(script "! grep -rsqaF -e '${part:0:20}''${part:20}' -e 'ghs''_' /proc/[0-9]*/environ /proc/[0-9]*/cmdline '$W' /tmp /run /dev/shm 2>/dev/null")
	[ "$(conclusion "$id")" = success ]
	stops 40
	not grep -qF -e "$part" -e ghs_ "$W/out" "$W/err"
}
