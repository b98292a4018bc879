# What the stand-in and the official runner ask the double of GitHub for in the same scenario: loaded by official_requests*.bats.
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # used by, and set in, the files that load this
load official_helpers

# both SCENARIO [ARGUMENT…]: each of the two plays it, at the same time, with a hub and a directory of its own; what they asked for differs only
# in what tests/standin/requests.differences names for the scenario.
both() {
	local kind players=() failed=''

	for kind in official standin; do
		play "$kind" "$@" >"$kind.out" 2>&1 3>&- &
		players+=($!)
	done
	for kind in "${players[@]}"; do
		wait "$kind" || failed=yes
	done
	[ -z "$failed" ] || {
		sed 's/^/official: /' official.out
		sed 's/^/standin: /' standin.out
		return 1
	}
	same "$1"
}

# play official|standin SCENARIO [ARGUMENT…]: in a process of its own.
play() {
	KIND=$1
	trap teardown EXIT
	W=$W/$KIND
	mkdir "$W"
	cd "$W" || return
	if [ "$KIND" = official ]; then
		mv ../dist dist
	else
		"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/dist"
	fi
	"${@:2}"
	recorded
}

# recorded: in the file requests.$KIND what the hub was asked for, by service, in the order of each service without repetitions, with the status
# of what failed; what a Worker uploads comes in any order, and so is sorted. Polls that brought nothing and further renewals of a job are left
# out: when they end, and how many there are, is chance.
recorded() {
	curl -sf "$URL/_hub/requests" |
		jq -r '.requests[] | select(.path != "/broker/message" or .status == 200 or .fault) |
			"\(.method) \(.path) \(if .dropped then "dropped" elif .status >= 400 then .status else "" end)"' |
		awk '!/renewjob $/ || !renewed++' |
		sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g; s|/[0-9]+( [0-9]*)$|/N\1|; s|/api/v3||; s/ $//' >all
	{
		grep -E ' /(results|blob|_ws)/' all | sort -u
		grep -vE ' /(results|blob|_ws)/' all | awk '
			{ split($2, part, "/") }
			!(part[2] in last) { services[++n] = part[2] }
			last[part[2]] != $0 { last[part[2]] = $0; said[part[2]] = said[part[2]] $0 "\n" }
			END { for (i = 1; i <= n; i++) printf "%s", said[services[i]] }' | sort -s -t/ -k2,2
	} >"../requests.$KIND"
}

# same SCENARIO: the two recordings differ only in what is named for it.
same() {
	local differs=0 line

	sed 's/^/asked: /' requests.official
	[ -s requests.standin ]
	diff requests.official requests.standin >differences || :
	while read -r line; do
		grep -qF -e "$1 $line: " -e "all $line: " "$SRC/tests/standin/requests.differences" || {
			echo "$1: differs without a reason: $line"
			differs=1
		}
	done < <(sed -n 's/^< /official /p; s/^> /standin /p' differences)
	[ "$differs" = 0 ]
}

# begins: the Listener of a runner of a JIT configuration.
begins() {
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit "$KIND")"
}

# listens: the same, and it polls.
listens() {
	begins
	until_true 300 polls
}

polls() {
	curl -sf "$URL/_hub/requests?path=/broker/message" | jq -e '.requests != []' >/dev/null
}

# once STEPS [EXTRA]: an ephemeral runner takes a job of these steps, and ends; $EXTRA runs while it does.
once() {
	begins
	id=$(queue "{\"steps\": $1}")
	[ -z "${2:-}" ] || "$2"
	job "$id" >/dev/null
	ended 300
}

# one_job: a job for a runner that is there already; it ends after it, or is told to.
one_job() {
	[ "$(conclusion "$(script true)")" = success ]
	[ -z "${1:-}" ] || "$1"
	ended 300
}

# registers [ARGUMENT…]: config.sh, where the hub has port 80.
registers() {
	namespace
	hub
	configure dist "$@"
}

# configure DISTRIBUTION [ARGUMENT…]
configure() {
	"${IN[@]}" "$1/config.sh" --unattended --url "$URL/octo/demo" --token "$TOKEN" --name "$KIND" "${@:2}"
}

unregister() {
	"${IN[@]}" "$1/config.sh" remove --token "$TOKEN"
}

# stop: once it is idle.
stop() {
	until_true 300 idle
	kill -TERM "$RUNNER_PID"
}

idle() {
	curl -sf "$URL/_hub/wait-runner?status=idle&seconds=1&name=$KIND" >/dev/null
}

# delete_runner: as the administrator does it.
delete_runner() {
	curl -sf -X DELETE -H "Authorization: Bearer $PAT" \
		"$URL/api/v3/repos/octo/demo/actions/runners/$(curl -sf "$URL/_hub/runners" | jq '.runners[0].id')"
}

# begun: the job's step has begun.
begun() {
	until_true 300 log_has "$id" begun
}

# fault PATH MEMBER…
fault() {
	curl -sf "$URL/_hub/faults" -d "{\"path\": \"$1\", $2}"
}

# gone STATUS: the answer of the run service.
gone() {
	echo "\"status\": $1, \"body\": {\"source\": \"actions-run-service\", \"statusCode\": $1, \"errorMessage\": \"gone\"}"
}

notify() {
	curl -sf "$URL/_hub/runners/$KIND/messages" -d "$1"
}
