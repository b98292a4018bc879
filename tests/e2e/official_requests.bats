#!/usr/bin/env bats
# The stand-in and the official runner, each alone, in the same scenarios: what they ask the double of GitHub for is the same but for the
# differences that tests/standin/requests.differences names.

# shellcheck disable=SC2016 # for the steps
load official_helpers

# kind official|standin: the distribution in $W/dist is that one, and nothing of the other's run is left.
kind() {
	KIND=$1
	rm -rf dist
	if [ "$KIND" = official ]; then
		official_dist "$W/dist"
	else
		"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/dist"
	fi
	curl -sf -X DELETE "$URL/_hub/requests"
}

# recorded: in the file requests.$KIND what the hub was asked for, by service, in the order of each service without repetitions; what a Worker
# uploads comes in any order, and so is sorted. Polls that brought nothing and further renewals of a job are left out: when they end, and how many there are, is chance.
recorded() {
	curl -sf "$URL/_hub/requests" | jq -r '.requests[] | select(.path != "/broker/message" or .status == 200) | "\(.method) \(.path)"' |
		awk '!/renewjob/ || !renewed++' | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g; s|/[0-9]+$|/N|; s|/api/v3||' >all
	{
		grep -E ' /(results|blob|_ws)/' all | sort -u
		grep -vE ' /(results|blob|_ws)/' all | awk '
			{ split($2, part, "/") }
			!(part[2] in last) { services[++n] = part[2] }
			last[part[2]] != $0 { last[part[2]] = $0; said[part[2]] = said[part[2]] $0 "\n" }
			END { for (i = 1; i <= n; i++) printf "%s", said[services[i]] }' | sort -s -t/ -k2,2
	} >"requests.$KIND"
}

# same SCENARIO: the two recordings differ only in what is named for it.
same() {
	local differs=0 line

	diff requests.official requests.standin >differences || :
	while read -r line; do
		grep -qE "^($1|all) ${line//\*/.} " "$SRC/tests/standin/requests.differences" || {
			echo "$1: differs without a reason: $line"
			differs=1
		}
	done < <(sed -n 's/^< /official /p; s/^> /standin /p' differences)
	[ "$differs" = 0 ]
}

# once STEPS [EXTRA]: one ephemeral runner, one job of these steps; $EXTRA runs while it does.
once() {
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit "$KIND")"
	id=$(queue "{\"steps\": $1}")
	[ -z "${2:-}" ] || "$2"
	job "$id" >/dev/null
	ended 120
}

idle() {
	curl -sf "$URL/_hub/wait-runner?status=idle&seconds=1&name=$1"
}

cancel() {
	until_true 120 log_has "$id" begun
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel"
}

@test "requests: a job that succeeds, with a summary" {
	hub
	for kind in official standin; do
		kind "$kind"
		once '[{"run": "echo one; echo two >>$GITHUB_STEP_SUMMARY"}]'
		recorded
	done
	same success
}

@test "requests: a job that fails" {
	hub
	for kind in official standin; do
		kind "$kind"
		once '[{"run": "exit 3"}, {"if": "always()", "run": "echo always"}]'
		recorded
	done
	same failure
}

@test "requests: a job that is cancelled" {
	hub
	for kind in official standin; do
		kind "$kind"
		once '[{"run": "echo begun; exec sleep 600"}, {"if": "always()", "run": "echo always"}]' cancel
		recorded
	done
	same cancel
}

@test "requests: registered by config.sh, two jobs one after the other, stopped, deregistered" {
	namespace
	hub
	for kind in official standin; do
		kind "$kind"
		(cd dist && "${IN[@]}" ./config.sh --unattended --url "$URL/octo/demo" --token "$TOKEN" --name "$kind")
		bare "$W/dist/bin/Runner.Listener" run
		for name in first second; do
			[ "$(conclusion "$(script "echo $name")")" = success ]
		done
		until_true 120 idle "$kind"
		kill -TERM "$RUNNER_PID"
		ended 120
		recorded
		mv "requests.$kind" "two.$kind"
		curl -sf -X DELETE "$URL/_hub/requests"
		(cd dist && "${IN[@]}" ./config.sh remove --token "$TOKEN")
		recorded
		mv "requests.$kind" "removed.$kind"
	done
	for what in two removed; do
		mv "$what.official" requests.official
		mv "$what.standin" requests.standin
		same "$what"
	done
}
