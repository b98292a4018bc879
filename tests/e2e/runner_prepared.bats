#!/usr/bin/env bats
# The sandbox that is ready before its job comes.

# shellcheck disable=SC2154 # run and ended set status
load runner_helpers

# The one whose command's process waits under its filter: its id in $ready, its launcher in $launcher.
is_ready() {
	local dir init command

	for dir in "$STATE"/jobs/*; do
		[ -e "$dir/job.json" ] || continue
		launcher=$(jq .launcher "$dir/job.json") || continue
		for init in $(children "$launcher" 2>/dev/null); do
			command=$(children "$init" 2>/dev/null) || continue
			command=${command% }
			[ -n "$command" ] || continue
			grep -q '^Seccomp:[[:space:]]*2$' "/proc/$command/status" || continue
			ready=$(basename "$dir")
			return 0
		done
	done
	return 1
}

is_another() {
	is_ready && [ "$ready" != "$1" ]
}

idle() {
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=ready "$@"
	wait_runner idle ready
	until_true 20 is_ready
}

clean_report() {
	jq -e '.residue == []' "$STATE/reports/$1.json"
}

stopped() {
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

@test "a job gets the sandbox that waited for it, and the next one another" {
	idle
	first=$ready
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	until_true 20 clean_report "$first"
	until_true 20 is_another "$first"
	second=$ready
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	until_true 20 clean_report "$second"
	stopped
}

@test "an ephemeral runner prepares one sandbox, not two" {
	idle EPHEMERAL=true
	first=$ready
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	ended 30
	nothing_left
	[ "$(find "$STATE/reports" -name '*.json' -printf '%f\n')" = "$first.json" ]
}

@test "a runner that stops idle leaves nothing of it, and no report" {
	idle
	stopped
	[ -z "$(find "$STATE/reports" -name '*.json' 2>/dev/null)" ]
}

@test "one that was killed while it waited: said, and the job runs in a fresh one" {
	idle
	kill -KILL "$launcher"
	until_true 20 said "the sandbox for the next job has ended: it was killed"
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	stopped
	[ ! -e "$STATE/reports/$ready.json" ]
}

@test "what cannot be set up any more is the job's to hear" {
	mkdir "$W/there"
	profile "\"rw\": [\"$W/there\"]"
	idle
	rmdir "$W/there"
	kill -KILL "$launcher"
	id=$(script true)
	[ "$(conclusion "$id")" = failure ]
	job "$id" | jq -e --arg dir "$W/there" '[.annotations[] | tostring] | join(" ") | contains($dir)'
	# The next one cannot be prepared either: said once, and not tried again and again.
	until_true 20 said "the sandbox for the next job has ended: cofferdam: "
	mkdir "$W/there"
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	[ "$(grep -c "the sandbox for the next job has ended: cofferdam: " "$W/err")" = 1 ]
	stopped
}

@test "kill -9 of the slot while one waits: the next start removes it" {
	idle
	kill -KILL "$(children "$RUNNER_PID" | cut -d' ' -f1)"
	first=$ready
	until_true 20 is_another "$first"
	said "sweep: job $first: removed, residue: none"
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	stopped
}

@test "a profile that was changed while one waited holds for the next job" {
	profile '"hostname": "before"'
	idle
	first=$ready
	profile '"hostname": "after"'
	# shellcheck disable=SC2016 # the step's
	id=$(script 'set -e; cat /proc/sys/kernel/hostname; getent hosts after; [ "$(getent passwd "$(id -u)" | cut -d: -f6)" = "$HOME" ]; id')
	[ "$(conclusion "$id")" = success ]
	wait_log "$id" after
	said "the files of /etc, the profile, what jobs are shown or, with network open, the host's addresses or routes have changed: the job gets a fresh sandbox"
	[ ! -e "$STATE/reports/$first.json" ]
	until_true 20 is_ready
	id=$(script true) # nothing has changed since
	[ "$(conclusion "$id")" = success ]
	[ "$(grep -c "have changed: the job gets a fresh sandbox" "$W/err")" = 1 ]
	stopped
}

# replace FILE TEXT: another file in its place, as editors and package managers do it.
replace() {
	echo "$2" >"$1.new"
	mv "$1.new" "$1"
}

@test "a hook, a file that the profile shows and a tool that were exchanged while one waited: the next job has the new ones" {
	mkdir -p admin shown tools/node/1.0.0/x64
	replace admin/hook.sh 'echo "hook is of before"'
	replace shown/settings "settings of before"
	profile "\"ro\": [\"$W/shown/settings:/settings\"]"
	idle ACTIONS_RUNNER_HOOK_JOB_STARTED="$W/admin/hook.sh" RUNNER_TOOL_CACHE="$W/tools"
	# shellcheck disable=SC2016 # the step's
	look='cat /settings "$ACTIONS_RUNNER_HOOK_JOB_STARTED"; echo "tools are $(ls "$RUNNER_TOOL_CACHE/node" | tr "\n" " ")"'
	for change in 'replace admin/hook.sh "echo \"hook is of after\""' 'replace shown/settings "settings of after"' \
		'mkdir -p tools/node/2.0.0/x64'; do
		eval "$change"
		id=$(script "$look")
		[ "$(conclusion "$id")" = success ]
		until_true 20 is_ready
	done
	log_has "$id" "hook is of after"
	log_has "$id" "settings of after"
	log_has "$id" "tools are 1.0.0 2.0.0"
	[ "$(grep -c "have changed: the job gets a fresh sandbox" "$W/err")" = 3 ]
	id=$(script true) # nothing has changed since
	[ "$(conclusion "$id")" = success ]
	[ "$(grep -c "have changed: the job gets a fresh sandbox" "$W/err")" = 3 ]
	stopped
}

@test "descriptors that others of the user have in flight do not keep a job from its shim" {
	local filler

	# The limit of a systemd service: soft 1024, hard far above.
	coproc FILLER { ulimit -n 3000; exec "$BUILD/tests/escape/counted" in-flight; }
	read -r -t 20 filler <&"${FILLER[0]}"
	[[ $filler == "descriptors in flight: "???? ]]
	ulimit -Sn 1024
	idle
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	stopped
	kill "$FILLER_PID"
}
