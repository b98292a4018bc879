#!/usr/bin/env bats
# The machine is reset while a job runs: the next start finds all that is left of it. tests/vm/boot boots twice: this transcript begins
# in the first machine, which goes down in the middle of it, and ends in the second. Both have the disk ~/kept; what the kernel had
# not written there is lost. GitHub goes on: the hub of the second machine is given the runner that the first one's had.

load ../e2e/runner_helpers

setup() {
	local line

	W=/tmp/w
	KEPT=$HOME/kept
	STATE=$KEPT/state
	mkdir -p "$W"
	cd "$W"
	mkfifo hub.out
	"$BUILD/tests/hub" --listen 127.0.0.1:8123 --pat $PAT --poll-seconds 1 >hub.out 3>&- &
	HUB_PID=$!
	read -r -t 60 line <hub.out
	URL=${line#hub: listening on }
	"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/dist"
	echo '{"extends": "job", "network": "host"}' >job.json
	RUNNER_PID=
}

api() {
	curl -sf -H "Authorization: Bearer $PAT" -A test "$URL/api/v3/repos/octo/demo/actions/runners$1" "${@:2}"
}

# register_again ID: the runner of before, with its number.
register_again() {
	local made=0

	while [ "$made" -lt "$1" ]; do
		[ "$made" = 0 ] || api "/$made" -X DELETE
		made=$(jq '{name, runner_group_id: 1, labels: [.labels[] | .name? // .], work_folder: "_work"}' "$KEPT/runner.json" |
			api /generate-jitconfig --data-binary @- | jq .runner.id)
	done
	[ "$made" = "$1" ]
}

@test "the machine is reset: no directory, no runner, no open row stays, and the next job runs" {
	local id

	if [[ ! -e $KEPT/runner.json ]]; then
		start ACCESS_TOKEN=$PAT RUNNER_NAME=box
		id=$(script 'touch a b c; echo ready; until [ -e /nowhere ]; do read -rt 0.5 <> <(:) || :; done')
		until_true 600 log_has "$id" ready
		curl -sf "$URL/_hub/runners" | jq '.runners[0]' >"$KEPT/runner.new"
		sync "$KEPT/runner.new"
		mv "$KEPT/runner.new" "$KEPT/runner.json"
		sync "$KEPT"
		touch /tmp/reset-now # for tests/vm/guest-root
		until [ -e /nowhere ]; do read -rt 1 <> <(:) || :; done
	fi
	register_again "$(jq .id "$KEPT/runner.json")"
	[ "$(registered)" = box ]
	# GitHub believes for a while that the runner has its job.
	curl -sf "$URL/_hub/faults" -d '{"method": "DELETE", "path": "/repos/octo/demo/actions/runners/", "times": 1, "status": 422,
		"body": {"message": "Bad request - Runner is currently running a job and cannot be deleted."}}' >/dev/null
	[ "$(find "$STATE/registrations" -name "*.json" | wc -l)" = 1 ]
	[ -n "$(ls "$STATE/jobs")" ]
	find "$STATE" -type f ! -size +0 -printf '# empty: %P\n' >&3
	run runner ACCESS_TOKEN=$PAT sweep
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c ': deregistered$' <<<"$output")" = 1 ]
	nothing_left
	[ -z "$(find "$STATE" \( -name '*.tmp' -o -type s \))" ]
	run -4 runner status --json
	jq -e '.running == [] and all(.slots[]; .state == "ended")' <<<"$output"
	run runner ACCESS_TOKEN=$PAT sweep
	[ -z "$output" ]
	id=$(script 'echo again')
	start ACCESS_TOKEN=$PAT RUNNER_NAME=box EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 600
	[ "$status" = 0 ]
	nothing_left
}
