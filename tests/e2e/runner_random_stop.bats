#!/usr/bin/env bats
# kill -9 and SIGTERM at random moments of registering, waiting, running a job and deregistering, against a GitHub that is late, loses
# answers and answers wrongly: no runner is left, no record of one is forgotten, and the exit code is true.
#
# COFFERDAM_STOPS (12) is how many, COFFERDAM_SEED makes them the same again.

load runner_helpers

RUNNERS=/repos/octo/demo/actions/runners

# pick WORD…: one of them, in $picked.
pick() {
	local words=("$@")
	picked=${words[RANDOM % $#]}
}

fault() {
	curl -sf "$URL/_hub/faults" -d "$1" >/dev/null
}

# One thing that goes wrong with the calls that make or remove a runner, in $wrong.
disturb() {
	local path method effect times

	pick '' '' delay late drop after 502 cut 404-once
	wrong=$picked
	[[ -n $wrong ]] || return 0
	pick "POST $RUNNERS/generate-jitconfig" "POST /actions/runners/register" "DELETE $RUNNERS/" "GET $RUNNERS" \
		"POST $RUNNERS/registration-token" "POST /actions/runner-registration"
	method=${picked% *} path=${picked#* }
	case $wrong in
	delay) effect="\"delay_ms\": $((RANDOM % 3000))" ;;
	late) effect="\"late_ms\": $((RANDOM % 3000))" ;;
	drop) effect='"drop": true' ;;
	after) effect='"drop": "after"' ;;
	502) effect='"effect": true, "status": 502, "body": "Bad Gateway"' ;;
	cut) effect='"effect": true, "status": 201, "body": "{\"runner\": {"' ;;
	404-once) effect='"status": 404, "body": {"message": "Not Found"}' ;;
	esac
	times=$((RANDOM % 3 + 1))
	fault "{\"method\": \"$method\", \"path\": \"$path\", \"nth\": $((RANDOM % 2 + 1)), \"times\": $times, $effect}"
	wrong="$wrong $method $path $times"
}

# how: who registers what, in ${how[@]}.
choose() {
	pick "ACCESS_TOKEN=$PAT" "TOKEN=$TOKEN"
	credential=$picked
	how=("$credential")
	pick true false
	how+=("EPHEMERAL=$picked")
	pick '' "RUNNER_NAME=box"
	[[ -z $picked ]] || how+=("$picked")
}

# The test's own directories of this one.
fresh() {
	STATE=$W/state-$1
	: >"$W/out"
	: >"$W/err"
}

# Whoever is told to stop may have a job to finish, or none.
a_job() {
	id=
	pick yes no
	[[ $picked = no ]] || id=$(script 'for i in 1 2 3 4 5 6 7 8; do read -rt 0.1 <> <(:) || :; done')
}

# What a runner that is gone has left of the job.
no_job() {
	[[ -z $id ]] || curl -s -X POST "$URL/_hub/jobs/$id/cancel" >/dev/null
	[[ -z $id ]] || curl -s -X POST "$URL/_hub/jobs/$id/lose" >/dev/null
}

# moment: anywhere between the start and some time after it; half of them in its first second.
moment() {
	picked=$((RANDOM % 2 ? RANDOM % 1000 : RANDOM % 4000))
	printf -v moment '%d.%03d' $((picked / 1000)) $((picked % 1000))
	read -rt "$moment" <> <(:) || :
}

records() {
	ls -A "$STATE/registrations" 2>/dev/null
}

# The exit code and what is there agree: 0 is nothing left, and what is left has its record.
true_code() {
	if [[ $status = 0 && -n $(registered)$(records) ]]; then
		echo "exit 0, and left: runners $(registered), records $(records)"
		return 1
	fi
	if [[ -n $(registered) && -z $(records) ]]; then
		echo "forgotten: $(registered)"
		return 1
	fi
}

swept() {
	run runner "$credential" sweep
	if [[ $status != 0 || -n $(registered)$(records)$(ls -A "$STATE/jobs" 2>/dev/null) ]]; then
		echo "sweep: $status: $output"
		echo "runners: $(registered), records: $(records)"
		return 1
	fi
	until_true 10 no_process_left
}

# One of them. Called where set -e does not hold: each check returns by hand.
one() {
	local signal

	fresh "$1"
	choose
	disturb
	a_job
	pick KILL TERM TERM TERM-TERM TERM-KILL
	signal=$picked
	start "${how[@]}"
	moment
	echo "# $1: $signal after $moment s, ${how[*]#*TOKEN=}, ${wrong:-nothing} wrong${id:+, with a job}" >&3
	kill "-${signal%-*}" "$RUNNER_PID" 2>/dev/null || :
	if [[ $signal = *-* ]]; then
		moment
		kill "-${signal#*-}" "$RUNNER_PID" 2>/dev/null || :
	fi
	if [[ $signal = *KILL ]]; then
		status=0
		wait "$RUNNER_PID" || status=$?
		RUNNER_PID=
		until_true 20 no_process_left || return 1
		[[ $status = 137 ]] || true_code || return 1
	else
		ended 200 || return 1
		no_job
		true_code || return 1
	fi
	no_job
	curl -sf -X DELETE "$URL/_hub/faults" || return 1
	swept
}

@test "stopped at random, nothing is left at GitHub or forgotten here" {
	RANDOM=${COFFERDAM_SEED:=$SRANDOM}
	echo "# COFFERDAM_SEED=$COFFERDAM_SEED" >&3
	for n in $(seq "${COFFERDAM_STOPS:-12}"); do
		one "$n" || {
			sed 's/^/# /' "$W/err" >&3
			return 1
		}
	done
}
