#!/usr/bin/env bats
# cofferdam-runner start, from registration to deregistration.

load runner_helpers

@test "a PAT and EPHEMERAL: one job in its own sandbox, then gone" {
	id=$(script 'echo "I am $(id -un) in $PWD"')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_LABELS=big,blue
	[ "$(conclusion "$id")" = success ]
	ended 20
	[ "$status" = 0 ]
	log_has "$id" "in /home/runner/work/demo/demo"
	said "residue: none"
	nothing_left
	report | jq -e '.residue == [] and .job.result == "succeeded" and .job.code == 100 and .ended_by == "exit"'
	report | jq -e '.protections.seccomp.state == "active" and .protections.memory.state != null'
}

@test "what a job was denied: named in its report and in the log, not among the job's annotations" {
	id=$(script '(unshare --net true 2>&1 || true) | sed s/^/heard:/')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	log_has "$id" "heard:unshare: unshare failed: Operation not permitted"
	report >job.json
	python3 "$BATS_TEST_DIRNAME/report_schema.py" "$BATS_TEST_DIRNAME/../../docs/report.schema.json" job.json
	report | jq -e '.denials.seccomp[] | select(.syscall == "unshare")
		| .process == "unshare" and .arguments == "flags CLONE_NEWNET" and .errno == "EPERM" and .count == 1'
	grep -qE 'job [^ ]* \(octo/demo\): denied system calls: [0-9]+, listed in reports/[^ ]*\.json: unshare by unshare \(EPERM\)' "$W/err" "$W/out"
	not grep -qF 'cofferdam: denied:' "$W/err" "$W/out"
	job "$id" | jq -e '[.annotations[]? | tostring] | join(" ") | contains("denied") | not'
}

@test "whose job it is: in the log and the report, and a workflow cannot make a line of it" {
	id=$(queue '{"repository": "octo/demo", "name": "a\nb \"c\": succeeded in 1 s \u001b[31m", "steps": [{"run": "true"}]}')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	cat "$W/err"
	grep -qE ': job [0-9a-z-]+ \(octo/demo\): started: "a\\x0ab '"'c'"': succeeded in 1 s \\x1b\[31m"$' "$W/err"
	grep -qE ': job [0-9a-z-]+ \(octo/demo\): succeeded in [0-9]+ s, residue: none$' "$W/err"
	report | jq -e '.job.repository == "octo/demo" and .job.name == "a\\x0ab \"c\": succeeded in 1 s \\x1b[31m"'
}

@test "a job that requires Docker: refused before it begins, and its author reads which key; an image by expression is the Worker's" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=no-docker
	for job in '"container": "alpine:3"|the job.s container' '"container": {"image": "alpine:3", "env": {"A": "b"}}|the job.s container' \
		'"services": {"db": {"image": "postgres", "ports": ["5432:5432"]}}|a service container' \
		'"steps": [{"run": "true"}, {"uses": "docker://alpine:3", "if": "failure()"}]|a docker:// step'; do
		id=$(queue "{\"steps\": [{\"run\": \"true\"}], ${job%|*}}")
		job "$id" >ended.json
		jq -e --arg what "${job#*|}" '.conclusion == "failure" and ([.annotations[] | tostring] | join(" ") |
			test("cofferdam: job refused: " + $what + " requires Docker, and this runner gives jobs no Docker: profile key docker"))' ended.json
	done
	[ "$(grep -cE ': job 1-[a-z2-7]+ \(octo/demo\): job refused: .* requires Docker' "$W/err")" = 4 ]
	id=$(queue '{"steps": [{"run": "true"}], "container": "${{ matrix.container }}"}')
	[ "$(conclusion "$id")" = failure ]
	[ "$(conclusion "$(script true)")" = success ]
	stops 20
	[ "$(find "$STATE/reports" -name '*.json' | wc -l)" = 2 ]
}

@test "the labels of a JIT runner are ours and those asked for" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=labelled RUNNER_LABELS='big, blue'
	wait_runner idle labelled
	curl -sf "$URL/_hub/runners" | jq -e '[.runners[0].labels[].name] | index("self-hosted") != null and
		index("Linux") != null and index("big") != null and index("blue") != null'
	stops 20
}

@test "the Listener's lines reach standard output unchanged" {
	script true
	start TOKEN=$TOKEN EPHEMERAL=true
	ended 30
	grep -E '^[0-9-]+ [0-9:]+Z: Listening for Jobs$' "$W/out"
	grep -E '^[0-9-]+ [0-9:]+Z: Running job: build$' "$W/out"
	grep -E '^[0-9-]+ [0-9:]+Z: Job build completed with result: Succeeded$' "$W/out"
}

@test "a registration token and EPHEMERAL: through config.sh" {
	id=$(script true)
	start TOKEN=$TOKEN EPHEMERAL=true RUNNER_NAME=by-token
	[ "$(conclusion "$id")" = success ]
	ended 20
	[ "$status" = 0 ]
	[ "$(job "$id" | jq -r .runner_name)" = by-token ]
	nothing_left
}

@test "a JIT configuration that was given, from a file" {
	curl -sf "$URL/api/v3/repos/octo/demo/actions/runners/generate-jitconfig" -H "Authorization: Bearer $PAT" \
		-d '{"name":"given","runner_group_id":1,"labels":["self-hosted"],"work_folder":"_work"}' |
		jq -r .encoded_jit_config >"$W/jit"
	id=$(script true)
	start GITHUB_URL= ACTIONS_RUNNER_INPUT_JITCONFIG_FILE="$W/jit"
	[ "$(conclusion "$id")" = success ]
	ended 20
	[ "$status" = 0 ]
	[ "$(job "$id" | jq -r .runner_name)" = given ]
	nothing_left
}

@test "persistent: the second job gets a new sandbox and sees nothing of the first" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=stays
	wait_runner idle stays
	first=$(script 'echo planted >"$RUNNER_TEMP/../mark"; echo planted >/tmp/mark; echo planted >"$HOME/mark"
		(setsid sleep 300 >/dev/null 2>&1 &)')
	[ "$(conclusion "$first")" = success ]
	second=$(script 'find /tmp "$HOME" "$RUNNER_TEMP/../.." -name mark | sed s/^/found:/
		(pgrep sleep || true) | sed s/^/found:/; echo end')
	[ "$(conclusion "$second")" = success ]
	log_has "$second" end
	[ "$(job_log "$second" | grep -c ^found:)" = 0 ]
	[ "$(grep -o 'job 1-[a-z0-9]* ([a-z/]*): started' "$W/err" | sort -u | wc -l)" = 2 ]
	stops 30
	[ "$(find "$STATE/reports" -name '*.json' | wc -l)" = 2 ]
}

@test "started with descriptors 0 to 2 closed, the supervisor writes its lines into no file of its own" {
	local id

	contract
	env -i "${CONTRACT[@]}" ACCESS_TOKEN=$PAT EPHEMERAL=1 bash -c '"$0" start <&- >&- 2>&-' "$BUILD/cofferdam-runner" 3>&- &
	RUNNER_PID=$!
	id=$(script 'grep -i "^max core" /proc/self/limits')
	[ "$(conclusion "$id")" = success ]
	# A job of a supervisor that dumps no core has the limit that a piped core_pattern heeds.
	job_log "$id" | grep -Eq '^Max core file size +1 +1 '
	ended 30
	[ "$status" = 0 ]
	not grep -rqsI 'cofferdam-runner: ' "$STATE"
}

@test "two slots: two jobs at once, neither sees the other" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_SLOTS=2
	# They meet at the hub, so that both are there when each looks around.
	for i in 1 2; do
		jobs[i]=$(script "echo mine >/tmp/mark-of-$i; curl -sf -T - $URL/_hub/files/here-$i <<<x
			until curl -sf $URL/files/here-$((3 - i)) >/dev/null; do read -rt 0.1 <> <(:) || :; done
			echo \"marks: \$(ls /tmp | grep mark | xargs)\"
			echo \"workers: \$(cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o '[s]pawnclient 3 4' | wc -l)\"
			{ ls $STATE || :; } 2>/dev/null | sed 's/^/job: /'
			curl -sf -T - $URL/_hub/files/done-$i <<<x
			until curl -sf $URL/files/done-$((3 - i)) >/dev/null; do read -rt 0.1 <> <(:) || :; done")
	done
	for i in 1 2; do
		[ "$(conclusion "${jobs[i]}")" = success ]
		log_has "${jobs[i]}" "marks: mark-of-$i"
		log_has "${jobs[i]}" "workers: 1"
		[ "$(job_log "${jobs[i]}" | grep -c '^job: ')" = 0 ]
	done
	not log_has "${jobs[1]}" "mark-of-1 mark-of-2"
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

# .NET locks what it opens, the Listener and config.sh that of their distribution: here config.sh does it with everything.
@test "a job that locks all files of the distribution keeps no other runner from its start" {
	sed -i '1a find . -maxdepth 2 -readable | while read -r f; do flock -n "$f" true || { echo "$f: being used by another process"; exit 1; }; done || exit 1' "$W/dist/config.sh"
	id=$(script "for f in \$(find $W/dist -maxdepth 2 -readable); do exec {fd}<\$f && flock -n \$fd && n=\$((n + 1)); done
		echo \"locked: \$n\"; until curl -sf $URL/files/go >/dev/null; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=first
	until_true 20 job_log_matches "$id" '^locked: ([1-9][0-9]+|[7-9])$'
	# So does the host.
	find "$W/dist" -maxdepth 2 -readable -exec flock -n {} true \;
	other=$(script "echo here")
	run runner TOKEN=$TOKEN EPHEMERAL=true RUNNER_NAME=second COFFERDAM_STATE_DIR="$W/state-2" start
	[ "$status" = 0 ]
	[ "$(conclusion "$other")" = success ]
	curl -sf -T - "$URL/_hub/files/go" <<<x
	[ "$(conclusion "$id")" = success ]
	ended 20
	nothing_left
}

@test "what cannot be removed is named, and removed before the next job" {
	mkdir "$W/work"
	start ACCESS_TOKEN=$PAT RUNNER_NAME=stays RUNNER_WORKDIR="$W/work"
	first=$(script "echo ready; until curl -sf $URL/files/go >/dev/null; do read -rt 0.1 <> <(:) || :; done")
	wait_log "$first" ready
	chmod u-w "$W/work"
	curl -sf -T - "$URL/_hub/files/go" <<<go
	[ "$(conclusion "$first")" = success ]
	until_true 10 said "residue: directory $W/work/1-"
	left=$(ls -A "$W/work")
	[ -n "$left" ]
	chmod u+w "$W/work"
	second=$(script true)
	[ "$(conclusion "$second")" = success ]
	said "job $left: removed, residue: none"
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	[ -z "$(ls -A "$W/work")" ]
	nothing_left
}

@test "a distribution whose bin is a link, read-only and elsewhere" {
	mv "$W/dist/bin" "$W/dist/bin.2.336.0"
	ln -s bin.2.336.0 "$W/dist/bin"
	chmod -R a-w "$W/dist"
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	[ "$status" = 0 ]
	chmod -R u+w "$W/dist"
	nothing_left
}

@test "the administrator's .env reaches the job" {
	echo 'FROM_ADMIN=hello there' >"$W/dist/.env"
	id=$(script 'echo "admin says $FROM_ADMIN"')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "admin says hello there"
	ended 20
}

@test "a job cannot see the runner's keys, the socket or the Worker's memory" {
	id=$(script "for f in $W/dist/.credentials $W/dist/.credentials_rsaparams $STATE/slots /run/cofferdam/slot.sock; do
			[ ! -e \$f ] || echo \"seen:\$f\"; done
		cat /proc/\$PPID/environ >/dev/null 2>&1 && echo seen:environ
		head -c 1 /proc/\$PPID/mem >/dev/null 2>&1 && echo seen:mem
		ls -l $W/dist/bin/Runner.Worker; cat $W/dist/bin/Runner.Worker >/dev/null 2>&1 && echo seen:worker
		tr '\\0' '\\n' </proc/self/environ | grep -q $PAT && echo seen:pat; echo looked")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" looked
	! job_log "$id" | grep -v '^##\|\[ ' | grep '^seen:' || return 1
	log_has "$id" "---x--x--x"
	ended 20
}

no_secret_in_proc() {
	local p checked=0

	for p in $(ours | sed 's/ .*//') "$RUNNER_PID" $(children "$RUNNER_PID"); do
		! grep -qsF "$1" "/proc/$p/environ" "/proc/$p/cmdline" || return 1
		checked=$((checked + 1))
	done
	[ "$checked" -ge 5 ]
}

@test "no secret in the environment or command line of any of our processes" {
	printf '%s\n' "$PAT" >"$W/secret"
	for how in "ACCESS_TOKEN=$PAT" "ACCESS_TOKEN_FILE=$W/secret"; do
		id=$(script "until [ -e /tmp/never ]; do read -rt 0.1 <> <(:) || :; done")
		start "$how" EPHEMERAL=true
		job "$id" in_progress >/dev/null
		until_true 20 pid_of 'Runner.Worker spawnclient 3 4'
		# A process of ours that is dumpable belongs to its user, and its environ can be read: the rest is root's.
		[ "$(stat -c %U "/proc/$RUNNER_PID/environ")" = root ]
		[ "$(stat -c %U "/proc/$(children "$RUNNER_PID" | tr -d ' ')/environ")" = root ]
		no_secret_in_proc "$PAT"
		curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
		ended 40
		rm "$W/secret"
		not grep -rqF "$PAT" "$W"
		printf '%s\n' "$PAT" >"$W/secret"
	done
}
