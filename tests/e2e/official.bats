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
	ended 120
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
	ended 120
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
}

@test "in Cofferdam, by JIT configuration" {
	hub
	id=$(two_steps)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	ran "$id"
	ended 120
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
	ended 120
	[ "$status" = 0 ]
	said "residue: none"
	nothing_left
}

@test "in Cofferdam, by a JIT configuration that somebody else made" {
	hub
	id=$(two_steps)
	start ACTIONS_RUNNER_INPUT_JITCONFIG="$(jit given)"
	ran "$id"
	ended 120
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
	said "residue: none"
	nothing_left
}

@test "in Cofferdam, by PAT: one runner, two jobs, each in a sandbox of its own" {
	namespace
	hub
	for n in 1 2; do
		jobs[n]=$(script '[ ! -e /tmp/left ] && [ ! -e "$RUNNER_TEMP/left" ] && touch /tmp/left "$RUNNER_TEMP/left" && echo "fresh $((40 + 2))"')
	done
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=lasting
	for n in 1 2; do
		[ "$(conclusion "${jobs[n]}")" = success ]
		log_has "${jobs[n]}" "fresh 42"
	done
	[ "$(registered)" = lasting ]
	stops 120
	[ -z "$(registered)" ]
	[ "$(grep -c "residue: none" err)" = 2 ]
}

@test "the text of a running step is at the hub before it ends" {
	hub
	id=$(script "echo \"begun \$((40 + 2))\"; until [ -e '$W/go' ]; do read -rt 0.1 <> <(:) || :; done; echo 'gone on'")
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit live)"
	until_true 300 log_has "$id" 'begun 42'
	job "$id" in_progress | jq -e '.status == "in_progress"'
	not job_log_matches "$id" '^gone on'
	touch go
	[ "$(conclusion "$id")" = success ]
	job_log_matches "$id" '^gone on'
	ended 120
}

# action NAME FILE TEXT [FILE TEXT…]: puts the action octo/NAME at v1 at the hub, as a tarball with one directory.
action() {
	local name=$1

	mkdir -p "actions/octo-$name-0"
	shift
	while [ $# -gt 0 ]; do
		printf '%s\n' "$2" >"actions/octo-$name-0/$1"
		shift 2
	done
	tar -C actions -cz "octo-$name-0" | curl -sf -X PUT "$URL/_hub/actions/octo/$name/v1" --data-binary @-
}

@test "actions: local, composite, and JavaScript with its post step" {
	need node
	hub
	action greet action.yml '
name: greet
inputs: {who: {required: true}}
outputs: {said: {value: "${{ steps.say.outputs.said }}"}}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "hello ${{ inputs.who }}"; echo "said=hello ${{ inputs.who }}" >>"$GITHUB_OUTPUT"
    - uses: octo/script@v1'
	action script action.yml '
name: script
runs: {using: node24, main: main.js, post: post.js}' main.js 'console.log("main of", process.env.GITHUB_REPOSITORY)' \
		post.js 'console.log("post of", process.env.GITHUB_JOB)'
	id=$(queue '{"steps": [{"uses": "octo/greet@v1", "id": "greeting", "with": {"who": "world"}},
		{"run": "echo \"heard: ${GREETING}\"; mkdir local; cp \"$FROM\"/* local", "env": {"GREETING": "it", "FROM": "'"$W/actions/octo-script-0"'"}},
		{"uses": "./local"}]}')
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit actions)"
	[ "$(conclusion "$id")" = success ]
	job_log_matches "$id" '^hello world$'
	job_log_matches "$id" '^heard: it$'
	[ "$(job_log "$id" | grep -c '^main of octo/demo$')" = 2 ]
	[ "$(job_log "$id" | grep -c '^post of build$')" = 2 ]
	job_log_matches "$id" "^Download action repository 'octo/greet@v1' \\(SHA:[0-9a-f]{40}\\)"
	curl -sf "$URL/_hub/requests?path=/codeload/" | jq -e '[.requests[].status] == [200, 200]'
	ended 120
}

@test "an action that is not there fails the job, and GitHub's reason is said" {
	hub
	id=$(queue '{"steps": [{"uses": "octo/none@v9"}]}')
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit actions)"
	[ "$(conclusion "$id")" = failure ]
	job_log_matches "$id" 'Unable to resolve action .octo/none@v9., unable to find version .v9.'
	ended 120
}
