#!/usr/bin/env bats
# The official distribution as GitHub's list offers it: fetched, looked for once a day, and taken by each slot between two jobs.

load fetch_helpers
load official_helpers

# archive VERSION: of the distribution, in little time.
archive() {
	echo "$W/actions-runner-linux-$ARCH-$1.tar.gz"
	tar -c -C dist . | gzip -1 >"$W/actions-runner-linux-$ARCH-$1.tar.gz"
}

# fetch: what the administrator does once, where the hub is.
fetch() {
	contract
	"${IN[@]}" env -i "${CONTRACT[@]}" ACCESS_TOKEN="$PAT" "$BUILD/cofferdam-runner" fetch
}

# renumber VERSION: the distribution says that it is this one, of as many letters.
renumber() {
	local old new

	old=$(cd dist && bin/Runner.Listener --version)
	new=$1
	[ ${#old} = ${#new} ]
	rm -rf dist/_diag
	LC_ALL=C sed -i "s/$(utf16 "$old")/$(utf16 "$new")/g" dist/bin/*.dll
	[ "$(cd dist && bin/Runner.Listener --version)" = "$new" ]
	rm -rf dist/_diag
}

# utf16 TEXT: as sed writes it.
utf16() {
	sed 's/[.]/\\./g; s/[0-9]/&\\x00/g; s/\\[.]/&\\x00/g' <<<"$1"
}

# ran_with JOB VERSION: it succeeded, and its Worker was of this version.
ran_with() {
	[ "$(conclusion "$1")" = success ]
	job_log_matches "$1" "^Current runner version: '$2'"
}

@test "a newer version in the list is fetched; a slot takes it at once, one that has a job after it" {
	namespace
	hub
	renumber 2.336.1
	offered 2.336.1
	fetch
	no_faults
	touch -d '25 hours ago' "$STATE/distributions/checked"
	renumber 2.336.2
	offered 2.336.2
	# The look waits for another fetch, until the job runs.
	flock --no-fork "$STATE/distributions/lock" sleep 600 3>&- &
	other=$!
	until_true 10 not flock --nonblock "$STATE/distributions/lock" true
	id=$(script "until curl -sf $URL/files/go >/dev/null; do sleep 0.2; done")
	start ACCESS_TOKEN="$PAT" RUNNER_DIR= COFFERDAM_SLOTS=2
	job "$id" in_progress >/dev/null
	kill "$other"
	wait "$other" || true
	# By a process of low priority, which a busy machine keeps waiting.
	until_true 600 said "distribution 2.336.2: now current"
	until_true 300 said "another distribution is current, or other settings are: taking them between two jobs"
	until_true 300 said "Current runner version: '2.336.2'"
	other=$(script true)
	ran_with "$other" 2.336.2
	echo go | curl -sf -T - "$URL/_hub/files/go" >/dev/null
	ran_with "$id" 2.336.1
	until_true 300 renewed
	stops 300
}

# renewed: both slots have registered again, and listen.
renewed() {
	[ "$(grep -c "Current runner version: '2.336.2'" "$W/out")" = 2 ]
}
