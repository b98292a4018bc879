#!/usr/bin/env bats
# The runner double against the GitHub double, without any sandbox: what the tests of the product take for granted.

bats_require_minimum_version 1.5.0

BUILD=${BUILD:-$BATS_TEST_DIRNAME/../../build}
MAKE_DIST=$BATS_TEST_DIRNAME/../standin/make-dist.sh
PAT=pat-of-the-test
TOKEN=token-of-the-test

setup() {
	local line

	cd "$BATS_TEST_TMPDIR"
	mkfifo out
	"$BUILD/tests/hub" --listen 127.0.0.1:0 --pat $PAT --registration-token $TOKEN --poll-seconds 1 >out 3>&- &
	HUB_PID=$!
	read -r -t 10 line <out
	[[ $line == "hub: listening on http://"* ]]
	URL=${line#hub: listening on }
	"$MAKE_DIST" "$BUILD" dist
	cd dist
}

teardown() {
	[[ -z ${LISTENER_PID:-} ]] || kill -KILL "$LISTENER_PID" 2>/dev/null || true
	kill -TERM "$HUB_PID"
	wait "$HUB_PID"
}

# The environment of the tests is no part of a runner's.
clean() {
	env -i "PATH=$PATH" "HOME=$HOME" "$@"
}

configure() {
	clean ./config.sh --unattended --url "$URL/octo/demo" --token $TOKEN --name one "$@"
}

# listener [VARIABLE=VALUE…]: runs it to its end; the output is in $output, the exit code in $status.
listener() {
	run clean timeout 60 env "$@" ./bin/Runner.Listener run
}

# listen [VARIABLE=VALUE…]: starts it in the background; the output goes to the file `said`.
listen() {
	env -i "PATH=$PATH" "HOME=$HOME" "$@" ./bin/Runner.Listener run >said 2>&1 3>&- &
	LISTENER_PID=$!
}

# Waits for the Listener of listen(); its exit code is in $status.
listened() {
	status=0
	wait "$LISTENER_PID" || status=$?
	LISTENER_PID=
	output=$(<said)
}

# queue JSON: queues a job of octo/demo for runner labels [] and prints its id.
queue() {
	jq -c '{name: "build", repository: "octo/demo"} + .' <<<"$1" |
		curl -sf "$URL/_hub/jobs" --data-binary @- | jq .id
}

# script TEXT…: a job whose steps run these.
script() {
	jq -cn '{steps: [$ARGS.positional[] | {run: .}]}' --args "$@"
}

# wait_job ID [STATUS]: the job as JSON, once it has that status.
wait_job() {
	curl -sf "$URL/_hub/jobs/$1/wait?seconds=30&status=${2:-completed}"
}

wait_log() {
	local end=$((SECONDS + 20))

	until curl -sf "$URL/_hub/jobs/$1/log" | grep -q "$2"; do
		[ $SECONDS -lt $end ]
		read -rt 0.05 <> <(:) || :
	done
}

job_log() {
	# Without the byte order mark and the times that it has once it is uploaded.
	curl -sf "$URL/_hub/jobs/$1/log" | LC_ALL=C sed -E $'1s/^\xef\xbb\xbf//; s/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z //'
}

job_is() {
	local job

	job=$(wait_job "$1")
	jq -e "$2" <<<"$job" >/dev/null || {
		echo "not true: $2 of $job"
		job_log "$1"
		return 1
	}
}

wait_runner() {
	curl -sf "$URL/_hub/wait-runner?name=$1&status=$2&seconds=30" >wait-runner.json
}

says() {
	[[ $output == *"$1"* ]] || {
		echo "not said: $1, but: $output"
		return 1
	}
}

# A Worker of the test's own: the script on standard input.
replace_worker() {
	rm bin/Runner.Worker
	{
		echo '#!/bin/bash'
		cat
	} >bin/Runner.Worker
	chmod 755 bin/Runner.Worker
}

@test "standin: config.sh registers, writes the files of a runner, refuses a second time, and removes" {
	run configure --labels fast,big --work /srv/w --disableupdate
	[ "$status" -eq 0 ]
	says "√ Connected to GitHub"
	says "√ Runner successfully added"
	jq -e '.agentName == "one" and .workFolder == "/srv/w" and .disableUpdate and (.ephemeral | not) and .useV2Flow' .runner
	jq -e '.scheme == "OAuth" and (.data.clientId | length > 0)' .credentials
	[ "$(stat -c %a .credentials_rsaparams)" = 600 ]
	[ "$(jq -r 'keys | join(" ")' .credentials_rsaparams)" = "d dp dq exponent inverseQ modulus p q" ]
	[ "$(cat .path)" = "$PATH" ]
	curl -sf "$URL/_hub/runners" | jq -e '.runners[0].labels | map(.name) | sort == (["self-hosted", "Linux", "X64", "fast", "big"] | sort)'
	run configure
	[ "$status" -eq 1 ]
	says "already configured"
	run clean ./config.sh remove --token $TOKEN
	[ "$status" -eq 0 ]
	says "√ Runner removed successfully"
	[ ! -e .runner ]
	[ ! -e .credentials ]
	[ ! -e .credentials_rsaparams ]
	curl -sf "$URL/_hub/runners" | jq -e '.runners == []'
}

@test "standin: config.sh refuses an existing name without --replace, and takes it with" {
	configure
	clean ./config.sh remove --local
	[ ! -e .runner ]
	run configure
	[ "$status" -eq 1 ]
	says "A runner exists with the same name"
	[ ! -e .runner ]
	[ ! -e .credentials ]
	configure --replace
	curl -sf "$URL/_hub/runners" | jq -e '.runners | length == 1'
	run clean ./config.sh remove --pat $PAT
	[ "$status" -eq 0 ]
	run clean ./config.sh remove --pat $PAT
	[ "$status" -eq 0 ]
	says "Does not exist. Skipping"
}

@test "standin: config.sh fails on a bad token, on bad arguments, and as root" {
	run clean ./config.sh --unattended --url "$URL/octo/demo" --token wrong
	[ "$status" -eq 1 ]
	says "NotFound"
	run clean ./config.sh --unattended --url "$URL/octo/demo"
	[ "$status" -eq 1 ]
	run clean ./config.sh --unattended --url "$URL/octo/demo" --token $TOKEN --surprise
	[ "$status" -eq 1 ]
	says "Unrecognized"
	run clean ./config.sh --unattended --url "$URL/octo/demo" --token $TOKEN --no-default-labels
	[ "$status" -eq 1 ]
	[ ! -e .runner ]
	mkdir fake
	printf '#!/bin/sh\necho 0\n' >fake/id
	chmod 755 fake/id
	PATH=$PWD/fake:$PATH run configure
	[ "$status" -eq 1 ]
	says "sudo"
	PATH=$PWD/fake:$PATH RUNNER_ALLOW_RUNASROOT=1 run env RUNNER_ALLOW_RUNASROOT=1 ./config.sh --unattended \
		--url "$URL/octo/demo" --token $TOKEN
	[ "$status" -eq 0 ]
}

@test "standin: a call of the registration is tried three times, whatever the answer but 404" {
	local status_code want
	for status_code in 403:3 422:3 500:3 404:1; do
		want=${status_code#*:}
		curl -sf "$URL/_hub/faults" -d "{\"path\": \"/actions/runner-registration\", \"times\": 3, \"status\": ${status_code%:*}, \"body\": {\"message\": \"no\"}}"
		run clean ./config.sh --unattended --url "$URL/octo/demo" --token $TOKEN --name tried
		[ "$status" != 0 ]
		[ "$(curl -sf "$URL/_hub/requests?path=/api/v3/actions/runner-registration" | jq '.requests | length')" = "$want" ]
		curl -sf -X DELETE "$URL/_hub/requests"
		curl -sf -X DELETE "$URL/_hub/faults"
	done
	curl -sf "$URL/_hub/faults" -d '{"path": "/actions/runner-registration", "times": 2, "status": 403, "body": {"message": "no"}}'
	clean ./config.sh --unattended --url "$URL/octo/demo" --token $TOKEN --name tried
	[ -f .runner ]
}

@test "standin: arguments may come by the environment, and do not reach the job" {
	clean ACTIONS_RUNNER_INPUT_URL="$URL/octo/demo" ACTIONS_RUNNER_INPUT_TOKEN=$TOKEN ACTIONS_RUNNER_INPUT_NAME=two \
		ACTIONS_RUNNER_INPUT_EPHEMERAL=true ./config.sh --unattended
	jq -e '.agentName == "two" and .ephemeral' .runner
	id=$(queue "$(script 'env')")
	listener ACTIONS_RUNNER_INPUT_STARTUPTYPE=service
	[ "$status" -eq 0 ]
	job_is "$id" '.conclusion == "success"'
	run job_log "$id"
	[[ $output != *ACTIONS_RUNNER_INPUT* ]]
}

@test "standin: an ephemeral runner does one job, with environment, outputs, masks and always(), and is gone" {
	configure --ephemeral
	echo FROM_DOTENV=dotenv >>.env
	id=$(queue '{"env": {"OF_JOB": "job"}, "mask": ["s3cret.+"], "steps": [
		{"run": "echo A=1 >>$GITHUB_ENV; printf \"B<<END\\nx\\ny=z\\nEND\\n\" >>$GITHUB_ENV; mkdir tools; printf \"#!/bin/sh\\necho tool ran\\n\" >tools/tool; chmod 755 tools/tool; echo $PWD/tools >>$GITHUB_PATH; echo value=42 >>$GITHUB_OUTPUT"},
		{"run": "echo \"[$OF_JOB] [$OF_STEP] [$A] [$B] [$FROM_DOTENV] [$CI] [$GITHUB_ACTIONS]\"; echo \"output ${{ steps.__run_1.outputs.value }}\"; tool; [ \"$PWD\" = \"$GITHUB_WORKSPACE\" ]", "env": {"OF_STEP": "step"}},
		{"run": "echo \"the s3cret.+ word\"; echo ::add-mask::later; echo \"a later word\"; echo \"::error title=T::broken\"; echo done >>$GITHUB_STEP_SUMMARY"},
		{"if": "failure()", "run": "echo NEVER-RUN"},
		{"if": "always()", "run": "echo ALWAYS-RUN"}]}')
	listener STANDIN_RENEW_SECONDS=1
	[ "$status" -eq 0 ]
	says "Listening for Jobs"
	says "Current runner version: '2.336.0'"
	[[ $output =~ [0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:]{8}Z:\ Running\ job:\ build ]]
	says "Job build completed with result: Succeeded"
	[ ! -e .runner ]
	[ ! -e .credentials ]
	[ ! -e .credentials_rsaparams ]
	[ ! -e _work/_temp ]
	job_is "$id" '.conclusion == "success" and .completed_by == "job" and .acknowledged and .renewals >= 1'
	job_is "$id" '[.stepResults[].conclusion] == ["succeeded", "succeeded", "succeeded", "skipped", "succeeded"]'
	job_is "$id" '.annotations == [{"level": "failure", "message": "broken", "title": "T"}]'
	output=$(job_log "$id")
	says "[job] [step] [1] [x"
	says "y=z] [dotenv] [true] [true]"
	says "output 42"
	says "tool ran"
	says "the *** word"
	says "a *** word"
	says "ALWAYS-RUN"
	[[ $output != *"s3cret"* ]]
	[[ $output != *"NEVER-RUN"*"NEVER-RUN"* ]]
	run ! grep -rq 's3cret' _diag
	curl -sf "$URL/_hub/jobs/$id/log" >job.log
	[ "$(head -c 3 job.log)" = $'\xef\xbb\xbf' ]
	grep -qE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{7}Z ALWAYS-RUN$' job.log
	curl -sf "$URL/_hub/jobs/$id/steps" >steps.json
	jq -e '[.steps[] | [.number, .conclusion]] == [[1, "success"], [2, "success"], [3, "success"], [4, "success"], [5, "skipped"],
		[6, "success"], [7, "success"]] and all(.steps[]; .status == "completed")' steps.json
	jq -e '[.steps[].summary | select(. != null)] == ["done\n"] and (.steps[5].log | contains("ALWAYS-RUN")) and .steps[4].log == null' steps.json
	wait_runner one absent
}

@test "standin: a failing step fails the job, skips the next and runs always() and failure()" {
	configure --ephemeral
	id=$(queue '{"steps": [{"run": "exit 3", "name": "bad"}, {"run": "echo skipped"}, {"if": "failure()", "run": "echo seen-$((1+1))"},
		{"if": "always()", "run": "echo last"}]}')
	listener
	[ "$status" -eq 0 ]
	says "completed with result: Failed"
	job_is "$id" '.conclusion == "failure" and .completed_by == "job"'
	job_is "$id" '[.stepResults[].conclusion] == ["failed", "skipped", "succeeded", "succeeded"]'
	job_is "$id" '.annotations[0].message == "Process completed with exit code 3."'
	output=$(job_log "$id")
	says "##[error]Process completed with exit code 3."
	says "seen-2"
}

@test "standin: a persistent runner does one job after the other; SIGINT ends it with 0" {
	configure
	listen ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT=1
	first=$(queue "$(script 'echo one >$RUNNER_TEMP/left; echo PARENT=$PPID')")
	second=$(queue "$(script '[ ! -e $RUNNER_TEMP/left ]')")
	job_is "$first" '.conclusion == "success"'
	job_is "$second" '.conclusion == "success"'
	wait_runner one idle
	kill -INT "$LISTENER_PID"
	listened
	[ "$status" -eq 0 ]
	[ "$(grep -c 'completed with result: Succeeded' said)" -eq 2 ]
	says "[WORKER "
	says "Exiting..."
	[ -e .runner ]
	wait_runner one offline
}

@test "standin: SIGTERM to an idle Listener ends it with 143" {
	configure
	listen
	wait_runner one polling
	kill -TERM "$LISTENER_PID"
	listened
	[ "$status" -eq 143 ]
}

@test "standin: a cancelled job runs its always() steps and is Canceled" {
	configure --ephemeral
	id=$(queue '{"steps": [{"run": "echo began-$((1+1)); exec sleep 300"}, {"run": "echo no"}, {"if": "always()", "run": "echo clean-$((1+1))"}]}')
	listen STANDIN_STEP_GRACE_SECONDS=0.2
	wait_log "$id" began-2
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	job_is "$id" '.conclusion == "cancelled" and .completed_by == "job"'
	job_is "$id" '[.stepResults[].conclusion] == ["canceled", "skipped", "succeeded"]'
	listened
	[ "$status" -eq 0 ]
	says "completed with result: Canceled"
	output=$(job_log "$id")
	says "clean-2"
	says "##[error]The operation was canceled."
}

@test "standin: SIGINT during a job kills the step, runs no further one, and the job is failed" {
	configure
	id=$(queue '{"steps": [{"run": "echo began-$((1+1)); exec sleep 300"}, {"if": "always()", "run": "echo clean-$((1+1))"}]}')
	listen STANDIN_STEP_GRACE_SECONDS=0.2
	wait_log "$id" began-2
	kill -INT "$LISTENER_PID"
	listened
	[ "$status" -eq 0 ]
	job_is "$id" '.conclusion == "failure" and .completed_by == "job"'
	job_is "$id" '[.stepResults[].conclusion] == ["canceled", "skipped"]'
}

@test "standin: the step's leftovers are killed by RUNNER_TRACKING_ID" {
	configure --ephemeral
	id=$(queue "$(script 'sleep 300 >/dev/null 2>&1 & echo $! >$GITHUB_WORKSPACE/left')")
	listener
	[ "$status" -eq 0 ]
	# A zombie without a parent that reaps is dead enough.
	run ! grep -q . "/proc/$(<_work/demo/demo/left)/cmdline"
	output=$(job_log "$id")
	says "Terminate orphan process: pid ($(<_work/demo/demo/left)) (sleep)"
}

@test "standin: a Worker that crashes: the Listener fails the job and shows what was said" {
	configure --ephemeral
	echo "STANDIN_WORKER_CRASH=the dog ate it" >>.env
	id=$(queue "$(script true)")
	listener
	[ "$status" -eq 0 ]
	says "completed with result: Failed"
	job_is "$id" '.conclusion == "failure" and (.annotations[0].message | contains("the dog ate it"))'
}

@test "standin: a Worker that a step kills is a crash" {
	configure --ephemeral
	id=$(queue "$(script 'kill -KILL $PPID')")
	listener
	says "completed with result: Failed"
	job_is "$id" '.conclusion == "failure" and (.annotations[0].message | length > 0)'
}

@test "standin: the Worker is started as the official one" {
	configure --ephemeral
	replace_worker <<-'END'
		echo "args: $# $1"
		echo "directory: $PWD"
		echo "variables: $CI $GITHUB_ACTIONS"
		read -r line && echo "standard input: $line" || echo "standard input: end"
		for path in /proc/$$/fd/*; do
			fd=${path##*/}
			[[ ! -e $path || $fd -le 2 || $fd == "$2" || $fd == "$3" || $fd == 255 ]] || echo "stray: $fd $(readlink "$path")"
		done
		echo "[WORKER not shown"
		head -c 8 <&"$2" | od -An -tu4 | { read -r type length; echo "type: $type"; ((length > 1000 && length % 2 == 0)) && echo "length: fine"; }
		echo "to standard error" >&2
		exit 7
	END
	id=$(queue "$(script true)")
	# Close what bats leaves open.
	run clean timeout 60 bash -c 'for fd in $(cd /proc/$BASHPID/fd && echo *); do
		((fd <= 2)) || eval "exec $fd>&-"
	done; exec ./bin/Runner.Listener run'
	[ "$status" -eq 0 ]
	output=$(wait_job "$id" | jq -r '.annotations[0].message')
	says "args: 3 spawnclient"
	says "directory: $PWD/bin"
	says "variables: true true"
	says "standard input: end"
	says "type: 1"
	says "length: fine"
	says "to standard error"
	[[ $output != *stray* ]] || { echo "$output"; false; }
	[[ $output != *"not shown"* ]]
}

@test "standin: an exit code from 100 to 105 is no crash, and the Listener stays silent at the hub" {
	configure --ephemeral
	# One that reads nothing has not run the job at all.
	replace_worker <<-'END'
		head -c 8 <&"$2" | od -An -tu4 | { read -r type length; head -c "$length" <&"$2" >/dev/null; }
		exit 101
	END
	id=$(queue "$(script true)")
	listener
	says "completed with result: SucceededWithIssues"
	curl -sf "$URL/_hub/jobs/$id" | jq -e '.status == "in_progress"'
}

@test "standin: a Worker that does not end after the cancel is killed, it alone" {
	configure --ephemeral
	replace_worker <<-'END'
		sleep 300 >/dev/null 2>&1 &
		echo $! >../grandchild.new
		mv ../grandchild.new ../grandchild
		wait
	END
	id=$(queue "$(script true)")
	listen STANDIN_KILL_FLOOR_SECONDS=0.5
	wait_job "$id" in_progress >/dev/null
	until [ -s grandchild ]; do read -rt 0.05 <> <(:) || :; done
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
	listened
	[ "$status" -eq 0 ]
	says "completed with result: Canceled"
	kill -KILL "$(<grandchild)"
}

@test "standin: a message far larger than a pipe reaches the Worker" {
	configure --ephemeral
	id=$(queue "$(jq -cn '{steps: [{run: ("# " + ("x" * 200000) + "\necho length $(wc -c <$0)")}]}')")
	listener
	[ "$status" -eq 0 ]
	job_is "$id" '.conclusion == "success"'
}

@test "standin: an execute-only Worker runs jobs, and steps cannot read it" {
	[ "$(id -u)" -ne 0 ] || skip "root reads everything"
	configure --ephemeral
	chmod 0111 bin/Runner.Worker
	id=$(queue "$(script '! cat /proc/$PPID/environ 2>/dev/null && ! ls /proc/$PPID/fd && echo closed-$((1+1))')")
	listener
	[ "$status" -eq 0 ]
	job_is "$id" '.conclusion == "success"'
	output=$(job_log "$id")
	says "closed-2"
}

@test "standin: a deleted registration ends the Listener with 1 and deletes the local files" {
	configure
	listen
	wait_runner one polling
	curl -sf -X DELETE -H "Authorization: Bearer $PAT" -A test "$URL/api/v3/repos/octo/demo/actions/runners/$(jq .agentId .runner)"
	listened
	[ "$status" -eq 1 ]
	says "The runner registration has been deleted from the server"
	[ ! -e .runner ]
}

@test "standin: a second Listener of the same registration gives up with 5" {
	configure
	listen
	wait_runner one polling
	mkdir ../second
	cp -r . ../second/dist
	cd ../second/dist
	listener STANDIN_CONFLICT_SECONDS=1
	[ "$status" -eq 5 ]
	says "A session for this runner already exists"
}

@test "standin: run --jitconfig needs no config.sh" {
	curl -sf -H "Authorization: Bearer $PAT" -A test "$URL/api/v3/repos/octo/demo/actions/runners/generate-jitconfig" \
		-d '{"name": "jit", "runner_group_id": 1, "labels": ["j"], "work_folder": "_work"}' >jit.json
	id=$(queue "$(script 'echo from $RUNNER_NAME' | jq -c '. + {labels: ["j"]}')")
	listener "ACTIONS_RUNNER_INPUT_JITCONFIG=$(jq -r .encoded_jit_config jit.json)"
	[ "$status" -eq 0 ]
	job_is "$id" '.conclusion == "success" and .runner_name == "jit"'
	[ ! -e .runner ]
	run clean ./bin/Runner.Listener run --jitconfig "$(base64 -w0 <<<'{"../../evil": "YQ=="}')"
	[ "$status" -eq 1 ]
	[ ! -e ../../evil ]
}

@test "standin: run.sh starts the Listener again after exit code 2, and hides the others" {
	configure --ephemeral
	echo STANDIN_LISTENER_EXIT_ONCE=2 >>.env
	id=$(queue "$(script true)")
	run clean timeout 60 env STANDIN_RETRY_SECONDS=0 ./run.sh
	[ "$status" -eq 0 ]
	says "starting again"
	job_is "$id" '.conclusion == "success"'
	run clean ./bin/Runner.Listener run
	[ "$status" -eq 1 ]
	says "Not configured"
	run clean ./run.sh
	[ "$status" -eq 0 ]
}

@test "standin: the Worker refuses what is no message" {
	configure
	printf '\001\000\000\000\377\377\377\377' >negative
	printf '\001\000\000\000\201\360\372\002' >odd-and-long
	printf '\001\000\000\000\202\360\372\002' >long
	printf '\011\000\000\000\000\000\000\000' >'type'
	printf '\002\000\000\000\000\000\000\000' >cancel-first
	for bad in negative odd-and-long long type cancel-first; do
		run clean timeout 20 ./bin/Runner.Worker spawnclient 8 9 8<$bad 9>/dev/null
		[ "$status" -eq 1 ] || { echo "$bad: $status $output"; false; }
		says "message channel"
	done
	run clean ./bin/Runner.Worker spawnclient 77 78
	[ "$status" -eq 1 ]
	run clean ./bin/Runner.Worker
	[ "$status" -eq 1 ]
	rm .runner
	printf '\001\000\000\000\004\000\000\000{\000}\000' >empty
	run clean timeout 20 ./bin/Runner.Worker spawnclient 8 9 8<empty 9>/dev/null
	[ "$status" -eq 1 ]
	says ".runner"
}
