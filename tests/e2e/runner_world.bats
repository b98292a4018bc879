#!/usr/bin/env bats
# What a job sees of its place: a hosted runner's, short, the same every time, and nothing of the supervisor's.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the job's shell; run sets status
load runner_helpers

# What a step prints of its world: one "is NAME=VALUE" a line.
LOOK='for name in PWD GITHUB_WORKSPACE RUNNER_WORKSPACE RUNNER_TEMP RUNNER_TOOL_CACHE HOME USER LOGNAME; do
		echo "is $name=${!name-unset}"; done
	echo "is id=$(id -un)"; echo "is passwd=$(getent passwd "$(id -un)" | cut -d: -f6)"; echo "is home=$(cd && pwd)"'

world_of() {
	job_log "$1" | grep -o 'is [A-Za-z_]*=.*'
}

is() {
	world_of "$1" | grep -qxF -- "is $2" || {
		world_of "$1"
		return 1
	}
}

@test "work directory, temp, tool cache and home are a hosted runner's, the same in each job" {
	local me

	me=$(id -un)
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=stays
	wait_runner idle stays
	for n in 1 2; do
		jobs[n]=$(script "$LOOK" 'cd "$RUNNER_TEMP" && python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"$RUNNER_TEMP/\" + 60 * \"s\")"
			{ env | grep -cF '"'$W/state'"' || :; } | sed s/^/leaks:/
			[ ! -e '"'$W/state'"' ] || echo "leak""s: state directory"; echo looked')
		[ "$(conclusion "${jobs[n]}")" = success ]
		log_has "${jobs[n]}" looked
	done
	is "${jobs[1]}" PWD=/home/runner/work/demo/demo
	is "${jobs[1]}" GITHUB_WORKSPACE=/home/runner/work/demo/demo
	is "${jobs[1]}" RUNNER_WORKSPACE=/home/runner/work/demo
	is "${jobs[1]}" RUNNER_TEMP=/home/runner/work/_temp
	is "${jobs[1]}" RUNNER_TOOL_CACHE=/home/runner/work/_tool
	for what in HOME passwd home; do is "${jobs[1]}" $what=/home/runner; done
	for what in USER LOGNAME id; do is "${jobs[1]}" "$what=$me"; done
	[ "$(world_of "${jobs[1]}")" = "$(world_of "${jobs[2]}")" ]
	log_has "${jobs[2]}" leaks:0
	not log_has "${jobs[2]}" "leaks: state"
	stops 30
}

@test "identity subuid: the user is root, by every name" {
	"$COFFERDAM" run --identity subuid -- true 2>/dev/null || skip "identity subuid: not available on this host"
	profile '"identity": "subuid"'
	id=$(script "$LOOK")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	for what in USER LOGNAME id; do is "$id" $what=root; done
	is "$id" HOME=/home/runner
	is "$id" PWD=/home/runner/work/demo/demo
	ended 30
	nothing_left
}

@test "RUNNER_WORKDIR, absolute: jobs see it under its name; on the host each has its own directory in it" {
	mkdir "$W/work"
	id=$(script "$LOOK" 'echo in >file; echo ready; until [ -e go ]; do read -rt 0.1 <> <(:) || :; done')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_WORKDIR="$W/work"
	wait_log "$id" ready
	[ "$(cat "$W"/work/1-*/demo/demo/file)" = in ]
	touch "$(echo "$W"/work/1-*)/demo/demo/go"
	[ "$(conclusion "$id")" = success ]
	is "$id" "PWD=$W/work/demo/demo"
	is "$id" "RUNNER_TEMP=$W/work/_temp"
	ended 20
	[ -z "$(ls -A "$W/work")" ]
	nothing_left
}

@test "RUNNER_WORKDIR, relative: below the runner's directory; a name that the runner has is refused" {
	id=$(script "$LOOK")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_WORKDIR=job.json
	[ "$(conclusion "$id")" = success ]
	is "$id" "PWD=$W/dist/job.json/demo/demo"
	ended 20
	nothing_left
	for name in _diag bin .runner; do
		run runner ACCESS_TOKEN="$PAT" RUNNER_WORKDIR=$name start
		[ "$status" = 2 ]
		[[ $output == *"RUNNER_WORKDIR: $name: has the name of a file of the runner's (use another name, such as _work, or unset it: jobs then have /home/runner/work)"* ]]
	done
	run runner ACCESS_TOKEN="$PAT" RUNNER_WORKDIR="$STATE/w" start
	[ "$status" = 2 ]
	[[ $output == *"RUNNER_WORKDIR: $STATE/w: lies in the state directory, which jobs do not see"* ]]
}

@test "a distribution in the home, as in the official image: both are there, and its keys are not" {
	mv "$W/dist" "$W/runner"
	echo '{"secret": true}' >"$W/runner/.credentials"
	profile "\"env\": [\"HOME=$W/runner\"], \"tmpfs\": [\"$W/runner\"]"
	id=$(script "$LOOK" 'ls -A ~ | xargs echo "there:"; head -c 20M /dev/zero >~/large && echo has room')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_DIR="$W/runner"
	[ "$(conclusion "$id")" = success ]
	is "$id" "HOME=$W/runner"
	is "$id" PWD=/home/runner/work/demo/demo
	log_has "$id" "has room"
	job_log "$id" | grep '^there:' | grep -F bin
	not log_has "$id" .credentials
	ended 30
	nothing_left
}

@test "whichever home the job has, by its profile or by .env: the Worker's trusted certificates are out of reach" {
	local steps='s=$HOME/.dotnet/corefx/cryptography/x509stores; w=won
		mkdir -p "$s/root" 2>/dev/null && : >"$s/root/a.pfx" 2>/dev/null && echo "$w: root"
		for d in "$s/root" "$s" "$HOME/.dotnet/corefx/cryptography" "$HOME/.dotnet/corefx" "$HOME/.dotnet"; do
			mv "$d" "$d.away" 2>/dev/null && echo "$w: moved $d"
		done
		mkdir -p "$s/my" && : >"$s/my/a.pfx" && echo "$w its own at $HOME"; echo through'

	for how in profile env; do
		if [ $how = profile ]; then
			profile '"env": ["HOME=/home/somebody"], "tmpfs": ["/home/somebody"]'
		else
			profile '"tmpfs": ["/home/somebody"]'
			echo HOME=/home/somebody >"$W/dist/.env"
		fi
		id=$(script "$steps")
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true
		[ "$(conclusion "$id")" = success ]
		log_has "$id" through
		log_has "$id" "won its own at /home/somebody"
		not log_has "$id" "won: "
		ended 30
		nothing_left
	done
	run "$COFFERDAM" run --quiet --tmpfs /home/somebody --env HOME=/home/somebody -- sh -c "$steps"
	echo "$output"
	[ "$(grep -c "^won: " <<<"$output")" = 6 ]
}
