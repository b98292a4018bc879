#!/usr/bin/env bats
# What workflows use, with the official runner in Cofferdam: each job's log, conclusion and outputs are GitHub's.

# shellcheck disable=SC2016 # for the steps
load official_helpers

# runs JOB: the queued job runs in a new ephemeral runner; its log is in job.log, without the times.
runs() {
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	job "$1" >ended.json
	ended 120
	[ "$status" = 0 ]
	said "residue: none"
	job_log "$1" | sed 's/^\xef\xbb\xbf//; s/^[0-9T:.-]*Z //; s/\r$//' >job.log
	cat job.log
}

concluded() {
	[ "$(jq -r .conclusion ended.json)" = "$1" ]
}

has() {
	grep -qxF -- "$1" job.log
}

@test "files of commands: environment, path, outputs of steps and of the job" {
	hub
	runs "$(queue '{"outputs": {"version": "${{ steps.first.outputs.version }}"}, "steps": [
		{"id": "first", "run": "echo FROM=env >>$GITHUB_ENV; mkdir bin; echo \"echo from the path\" >bin/tried; chmod +x bin/tried; echo \"$PWD/bin\" >>$GITHUB_PATH; echo version=1.2.3 >>$GITHUB_OUTPUT"},
		{"run": "echo \"from $FROM\"; tried; echo \"version ${{ steps.first.outputs.version }}\""}]}')"
	concluded success
	has "from env"
	has "from the path"
	has "version 1.2.3"
	jq -e '.outputs.version.value == "1.2.3"' ended.json
}

@test "shells: bash, sh, python and one of the step's own; the working directory" {
	hub
	runs "$(queue '{"steps": [
		{"shell": "bash", "run": "echo \"bash ${BASH_VERSION:+is}\"; false | true; echo not reached", "continue-on-error": true},
		{"shell": "sh", "run": "echo sh in $(basename $PWD); mkdir sub"},
		{"shell": "python3 {0}", "run": "import sys; print(\"python\", sys.version_info.major)", "working-directory": "sub"},
		{"shell": "bash --noprofile -c \"tac {0}\"", "run": "echo reversed"},
		{"shell": "sh", "run": "echo in $(basename $PWD)", "working-directory": "sub"}]}')"
	concluded success
	has "bash is"
	not has "not reached"
	has "sh in demo"
	has "python 3"
	has "in sub"
}

@test "conditions: what runs after a failure, and what a step may fail" {
	hub
	runs "$(queue '{"steps": [
		{"run": "exit 3", "continue-on-error": true, "id": "may"},
		{"run": "echo outcome ${{ steps.may.outcome }}, conclusion ${{ steps.may.conclusion }}"},
		{"run": "exit 4"},
		{"run": "echo not reached"},
		{"if": "failure()", "run": "echo after the failure"},
		{"if": "always()", "run": "echo always"}]}')"
	concluded failure
	has "outcome failure, conclusion success"
	not has "not reached"
	has "after the failure"
	has "always"
	jq -e '[.. | .message? // empty] | any(. == "Process completed with exit code 4.")' ended.json
}

@test "a step's time limit of a minute: it fails, what it started ends with the job" {
	hub
	runs "$(queue '{"steps": [{"timeout-minutes": 1, "run": "sleep 600 & sleep 600"}, {"run": "echo not reached"}, {"if": "always()", "run": "echo always"}]}')"
	concluded failure
	grep -q "has timed out after 1 minutes" job.log
	not has "not reached"
	has always
	grep -q "^Terminate orphan process: pid ([0-9]*) (sleep)" job.log
}

@test "matrix, needs and functions of expressions" {
	hub
	runs "$(queue '{"context": {"matrix": {"os": "linux", "version": "22"}, "needs": {"build": {"result": "success", "outputs": {"tag": "v7"}}}},
		"steps": [
		{"run": "printf a >a.lock; printf b >b.lock"},
		{"run": "echo ${{ matrix.os }}-${{ matrix.version }} ${{ needs.build.outputs.tag }} ${{ needs.build.result }}"},
		{"run": "echo hash ${{ hashFiles('\''*.lock'\'') }} none:${{ hashFiles('\''absent'\'') }}:"},
		{"if": "${{ matrix.version == 22 && startsWith(github.ref, '\''refs/heads/'\'') }}", "run": "echo chosen"},
		{"if": "contains(fromJSON('\''[\"mac\"]'\''), matrix.os)", "run": "echo not reached"}]}')"
	concluded success
	has "linux-22 v7 success"
	grep -qE '^hash [0-9a-f]{64} none::$' job.log
	has chosen
	not has "not reached"
}

@test "commands in the output: annotations, groups, masks and problem matchers" {
	hub
	runs "$(queue '{"steps": [
		{"run": "echo \"::error file=a.c,line=3,col=5::wrong here\"; echo \"::warning::mind\"; echo \"::notice title=Told::so\""},
		{"run": "echo \"::add-mask::hidden-word\"; echo \"it is hidden-word.\""},
		{"run": "printf \"%s\" \"$MATCHER\" >m.json; echo \"::add-matcher::m.json\"; echo \"b.c:7: error: matched\"; echo \"::remove-matcher owner=ours::\"",
			"env": {"MATCHER": "{\"problemMatcher\": [{\"owner\": \"ours\", \"pattern\": [{\"regexp\": \"^(.+):([0-9]+): (error): (.+)$\", \"file\": 1, \"line\": 2, \"severity\": 3, \"message\": 4}]}]}"}},
		{"run": "echo \"::group::folded\"; echo inside; echo \"::endgroup::\"; echo \"::stop-commands::token\"; echo \"::error::is text\"; echo \"::token::\""}]}')"
	concluded success
	curl -sf "$URL/_hub/jobs/$(jq .id ended.json)/steps" >steps.json
	has "it is ***."
	has "##[group]folded"
	has "::error::is text"
	for said in "wrong here" mind so matched; do
		echo "$said"
		jq -e --arg said "$said" '[.. | .message? // empty] | index($said) != null' ended.json
	done
}

@test "secrets that the workflow has are masked in the log and in a summary" {
	hub
	id=$(queue '{"mask": ["s3cret-0f-the-test"], "env": {"KEY": "s3cret-0f-the-test"}, "steps": [
		{"run": "echo \"key $KEY\"; echo \"key $KEY\" >>$GITHUB_STEP_SUMMARY"}]}')
	runs "$id"
	concluded success
	has "key ***"
	not grep -q s3cret job.log
	curl -sf "$URL/_hub/jobs/$id/steps" >steps.json
	jq -e '[.steps[].summary // empty] | any(contains("key ***"))' steps.json
}
