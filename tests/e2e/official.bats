#!/usr/bin/env bats
# The official runner, unchanged, takes jobs from the GitHub double: alone and in Cofferdam, by JIT configuration and by config.sh.

# shellcheck disable=SC2016 # for the steps
load official_helpers

two_steps() {
	script 'echo "the first in $PWD"' 'echo "the second of $GITHUB_REPOSITORY"; echo "## done" >>"$GITHUB_STEP_SUMMARY"'
}

# ran JOB: it succeeded, and its log is what GitHub would have.
ran() {
	[ "$(conclusion "$1")" = success ]
	job "$1" | jq -e '.completed_by == "job" and .acknowledged'
	curl -sf "$URL/_hub/jobs/$1/log" >job.log
	[ "$(head -c 3 job.log)" = $'\xef\xbb\xbf' ]
	grep -qE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{7}Z the first in /' job.log
	grep -qE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{7}Z the second of octo/demo' job.log
	curl -sf "$URL/_hub/jobs/$1/steps" >steps.json
	jq -e '[.steps[] | select(.status == "completed" and .conclusion == "success").name]
		| index("Set up job") != null and index("Complete job") != null and length == 4' steps.json
	jq -e '.steps[2].log | contains("the second of octo/demo") and (contains("the first in") | not)' steps.json
	jq -e '.steps[2].summary | contains("## done")' steps.json
}

@test "alone, by JIT configuration" {
	hub
	id=$(two_steps)
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit alone)"
	ran "$id"
	ended 30
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
}

@test "alone, by config.sh" {
	namespace
	hub
	[ "$URL" = http://127.0.0.1 ]
	"${IN[@]}" "$W/dist/config.sh" --unattended --url "$URL/octo/demo" --token "$TOKEN" --name alone --ephemeral
	id=$(two_steps)
	bare "$W/dist/bin/Runner.Listener" run
	ran "$id"
	ended 30
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
}

@test "in Cofferdam, by JIT configuration" {
	hub
	id=$(two_steps)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	ran "$id"
	ended 60
	[ "$status" = 0 ]
	said "residue: none"
	nothing_left
}

@test "in Cofferdam, by config.sh" {
	namespace
	hub
	id=$(two_steps)
	start TOKEN="$TOKEN" EPHEMERAL=true
	ran "$id"
	ended 60
	[ "$status" = 0 ]
	said "residue: none"
	nothing_left
}
