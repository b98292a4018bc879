#!/usr/bin/env bats
# What GitHub may answer, and what becomes of it: bounded, obeyed by all slots, and said in one line with the remedy.

load runner_helpers

JIT=/repos/octo/demo/actions/runners/generate-jitconfig

# fault JSON-MEMBERS…: of calls to PATH, by default the one that registers.
fault() {
	curl -sf "$URL/_hub/faults" -d "{\"path\": \"${2:-$JIT}\", $1}"
}

# requests METHOD PATH: what the hub was asked, as JSON lines.
requests() {
	curl -sf "$URL/_hub/requests?method=$1&path=$2" | jq -c '.requests[]'
}

# A line for each refusal that no waiting mends: exit 3, what, why, and what to do.
@test "refusals of the REST API: each ends the start by name, in one line with the remedy" {
	local rows=(
		'"status": 401, "body": {"message": "Bad credentials"}|the credential was not accepted: HTTP 401: Bad credentials (it is wrong, expired or revoked'
		'"status": 403, "body": {"message": "Resource not accessible by integration"}|not allowed: HTTP 403: Resource not accessible by integration (a token requires'
		'"status": 404, "body": {"message": "Not Found"}|not found, or not visible to this token: HTTP 404: Not Found (check GITHUB_URL'
		'"status": 422, "body": {"message": "Invalid request.\n\nInvalid input: object is missing required key: runner_group_id."}|refused: HTTP 422: Invalid request. Invalid input: object is missing required key: runner_group_id.'
		'"status": 403, "body": "<html><body>Blocked by your organisation</body></html>"|not allowed: HTTP 403: an HTML page, not an answer of GitHub'"'"'s API'
		'"status": 307, "headers": {"Location": "http://127.0.0.1:9/elsewhere"}, "body": {"message": "Moved"}|the address has changed: HTTP 307: Moved (the repository or owner may have a new name'
		'"status": 301, "headers": {"Location": "'"$URL"'/api/v3'"$JIT"'"}, "body": {"message": "Moved Permanently"}|the address has changed: HTTP 301: Moved Permanently ('
	)

	for row in "${rows[@]}"; do
		curl -sf -X DELETE "$URL/_hub/faults"
		fault "\"times\": 0, ${row%%|*}"
		run runner ACCESS_TOKEN="$PAT" EPHEMERAL=true start
		echo "$output"
		[ "$status" = 3 ]
		[[ $output == *"registration: generate-jitconfig: ${row#*|}"* ]]
		[ "$(grep -c generate-jitconfig <<<"$output")" = 1 ]
		nothing_left
	done
}

# Two servers: what is sent to the one is not sent to the other.
@test "a redirect within the server is followed, and no credential goes to another one" {
	fault "\"status\": 307, \"headers\": {\"Location\": \"$URL/api/v3$JIT\"}"
	id=$(script true)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 30
	[ "$status" = 0 ]
	nothing_left
	[ "$(requests POST "/api/v3$JIT" | wc -l)" = 2 ]
	# A circle is left.
	fault "\"times\": 0, \"status\": 307, \"headers\": {\"Location\": \"$URL/api/v3$JIT\"}"
	run runner ACCESS_TOKEN="$PAT" EPHEMERAL=true start
	[ "$status" = 3 ]
	[ "$(requests POST "/api/v3$JIT" | wc -l)" = 6 ]
	curl -sf -X DELETE "$URL/_hub/faults"
	curl -sf -X DELETE "$URL/_hub/requests"
	mkfifo other.out
	"$BUILD/tests/hub" --listen 127.0.0.1:0 --pat "$PAT" --registration-token "$TOKEN" >other.out 3>&- &
	other=$!
	read -r -t 10 line <other.out
	fault "\"times\": 0, \"status\": 307, \"headers\": {\"Location\": \"${line#hub: listening on }/api/v3$JIT\"}"
	run runner ACCESS_TOKEN="$PAT" EPHEMERAL=true start
	asked=$(curl -sf "${line#hub: listening on }/_hub/requests" | jq '.requests | length')
	kill -TERM $other
	[ "$status" = 3 ]
	[ "$asked" = 0 ]
	[ "$(requests POST "/api/v3$JIT" | wc -l)" = 1 ]
}

@test "5xx, pages, cut and dropped answers: asked again, and the job runs" {
	for what in '"status": 500, "body": {"message": "Server Error"}' '"status": 502, "body": "<html><title>Unicorn!</title></html>"' \
		'"status": 503, "body": ""' '"drop": true' '"drop": "after"' '"status": 502, "effect": true' \
		'"status": 201, "effect": true, "body": "{\"runner\": {\"id\": 1"' '"status": 429, "headers": {"retry-after": "1"}' \
		'"status": 403, "headers": {"retry-after": "1"}, "body": {"message": "You have exceeded a secondary rate limit."}' \
		'"status": 403, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, "body": {"message": "API rate limit exceeded"}'; do
		curl -sf -X DELETE "$URL/_hub/faults"
		fault "$what"
		id=$(script true)
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_NAME=moody
		echo "$what"
		[ "$(conclusion "$id")" = success ]
		ended 30
		[ "$status" = 0 ]
		nothing_left
	done
}

# The list is asked for again and again while a call without an answer may still be carried out.
@test "a list that is asked for again is asked for by its name, and an answer that is no list is asked for again" {
	fault '"times": 0, "drop": true'
	fault '"method": "GET", "status": 200, "body": "<html>welcome</html>"' /repos/octo/demo/actions/runners
	# A list without a tag: that of the list before is no tag of this one.
	fault '"method": "GET", "nth": 4, "status": 200, "body": {"total_count": 0, "runners": []}' /repos/octo/demo/actions/runners
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	until_true 20 seen_dropped
	stops 60
	requests GET /api/v3/repos/octo/demo/actions/runners | jq -s 'map(.status)' >statuses
	cat statuses
	jq -e '.[:5] == [200, 200, 304, 200, 200] and ([.[5:][] | select(. == 304)] | length >= 1)' statuses
}

# count METHOD PATH: the answers to such calls, as "STATUS: NUMBER" lines.
count() {
	requests "$1" "$2" | jq -r .status | sort | uniq -c | awk '{ print $2 ": " $1 }'
}

@test "one list of groups and one of runners do for all slots, at the start, the stop and the sweep" {
	local org=/api/v3/orgs/octo/actions

	echo '{"pools": [{"name": "many", "min": 4, "ephemeral": true, "prepared": false, "profile": "job.json"}]}' >pools.json
	begin=(ACCESS_TOKEN="$PAT" GITHUB_URL="$URL/octo" COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json")
	start "${begin[@]}"
	until_true 60 all_online 4
	[ "$(count GET $org/runner-groups)" = "200: 1" ]
	# Each must be seen to be gone after its own DELETE: a list that was asked for later is everybody's.
	stops 60
	[ "$(count DELETE $org/runners)" = "204: 4" ]
	lists=$(requests GET $org/runners | grep -vc runner-groups)
	((lists >= 1 && lists <= 2))
	start "${begin[@]}"
	until_true 60 all_online 4
	kill -KILL "$RUNNER_PID"
	ended 20
	until_true 20 no_process_left
	curl -sf -X DELETE "$URL/_hub/requests"
	run runner "${begin[@]}" sweep
	echo "$output"
	[ "$status" = 0 ]
	nothing_left
	[ "$(count DELETE $org/runners)" = "204: 4" ]
	[ "$(count GET $org/runners)" = "200: 1" ]
}

seen_dropped() {
	requests POST "/api/v3$JIT" | grep -q '"dropped":true'
}

@test "a rate limit that one slot is told of holds the others back" {
	start ACCESS_TOKEN="$PAT" COFFERDAM_SLOTS=2 RUNNER_NAME=paced
	until_true 60 all_online 2
	fault '"method": "DELETE", "times": 0, "status": 403, "headers": {"retry-after": "600"},
		"body": {"message": "You have exceeded a secondary rate limit."}' /repos/octo/demo/actions/runners
	mapfile -t slots < <(pgrep -P "$RUNNER_PID")
	kill -KILL "${slots[0]}"
	until_true 60 said "rate limited by GitHub: HTTP 403: You have exceeded a secondary rate limit."
	kill -KILL "${slots[1]}"
	until_true 60 said "rate limited by GitHub, which all slots obey"
	[ "$(requests DELETE /api/v3/repos/octo/demo/actions/runners | wc -l)" = 1 ]
	[ "$(requests POST /api/v3/repos/octo/demo/actions/runners/registration-token | wc -l)" = 2 ]
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 1 ]
	# What is left is removed when the limit is over: it is not kept for the next program.
	curl -sf -X DELETE "$URL/_hub/faults"
	run runner ACCESS_TOKEN="$PAT" sweep
	[ "$status" = 0 ]
	nothing_left
}

all_online() {
	[ "$(curl -sf "$URL/_hub/runners" | jq '[.runners[] | select(.status == "online")] | length')" = "$1" ]
}
