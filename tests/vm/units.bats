#!/usr/bin/env bats
# The units that `make install` installs, below a real service manager: the user's, or with UNITS=system the machine's, as root
# and for the user tester.

load ../e2e/runner_helpers

setup_file() {
	if [[ ${UNITS:-user} == system ]]; then
		export UNIT=cofferdam-runner@tester.service CONFIG=/etc/cofferdam/tester. STATE=/var/lib/cofferdam/tester MANAGER=--system
	else
		export UNIT=cofferdam-runner.service CONFIG=$HOME/.config/cofferdam/ STATE=$HOME/.local/state/cofferdam MANAGER=--user
	fi
	export ENV_FILE=${CONFIG}env TOKEN_FILE=${CONFIG}access_token
	[[ $UNIT == *@* ]] || ENV_FILE=${CONFIG}runner.env
	mkdir -p "$(dirname "$ENV_FILE")"
}

# Not in /tmp, which the machine's unit has of its own.
setup() {
	local line

	W=$(mktemp -d /home/tester/XXXXXX)
	chmod 755 "$W"
	cd "$W"
	mkfifo hub.out
	"$BUILD/tests/hub" --listen 127.0.0.1:0 --pat $PAT --poll-seconds 1 >hub.out 3>&- &
	HUB_PID=$!
	read -r -t 60 line <hub.out
	URL=${line#hub: listening on }
	"$SRC/tests/standin/make-dist.sh" "$BUILD" dist
	echo '{"extends": "job", "network": "host"}' >job.json
	printf '%s\n' "GITHUB_URL=$URL/octo/demo" "RUNNER_DIR=$W/dist" "COFFERDAM_PROFILE=$W/job.json" RUNNER_NAME=unit \
		COFFERDAM_MIN_FREE_DISK=16M COFFERDAM_MIN_FREE_MEMORY=16M COFFERDAM_LISTEN=none >"$ENV_FILE"
	(umask 077 && echo $PAT >"$TOKEN_FILE")
	chmod -R a+rX dist job.json
}

teardown() {
	manager stop "$UNIT" || true
	journal || true
	manager reset-failed "$UNIT" 2>/dev/null || true
	kill -TERM "$HUB_PID" || true
	wait "$HUB_PID" || true
	rm -rf "$W"
}

manager() {
	systemctl $MANAGER "$@" 3>&-
}

journal() {
	case $MANAGER in
	--system) journalctl -b --no-pager -o cat -n 40 -u "$UNIT" ;;
	*) journalctl --user -b --no-pager -o cat -n 40 --user-unit "$UNIT" ;;
	esac
}

shown() {
	manager show -P "$1" "$UNIT"
}

is_online() {
	[[ $(curl -sf "$URL/_hub/wait-runner?name=unit&status=idle&seconds=1" -o /dev/null -w '%{http_code}') == 200 ]]
}

# No process of the unit's, no file of a job or slot, no registration.
nothing_of_it_left() {
	[ "$(shown ActiveState)" = inactive ]
	[ -z "$(registered)" ]
	[ -z "$(find "$STATE/jobs" "$STATE/registrations" -mindepth 1)" ]
	[ -z "$(shown ControlGroup)" ] || [ ! -e "/sys/fs/cgroup$(shown ControlGroup)" ]
}

@test "started, it is ready; a job has its limits; reloaded, stopped, and nothing is left" {
	local id

	manager start "$UNIT"
	[ "$(shown ActiveState)" = active ]
	until_true 120 is_online
	id=$(script 'echo "uid $(id -u)"; ulimit -c')
	[ "$(conclusion "$id")" = success ]
	[ "$(report | jq -r '.protections.memory.state, .protections.pids.state' | sort -u)" = active ]
	manager reload "$UNIT"
	[ "$(shown ActiveState)" = active ]
	until_true 120 is_online
	manager stop "$UNIT"
	[ "$(shown Result)" = success ]
	nothing_of_it_left
}

@test "a job that is killed for its memory ends neither the unit nor the next job" {
	local id

	jq '. + {memory: "96M"}' job.json >job.new
	mv job.new job.json
	chmod a+r job.json
	manager start "$UNIT"
	until_true 120 is_online
	id=$(script 'x=$(head -c 300000000 /dev/zero | tr "\0" x)')
	[ "$(conclusion "$id")" = failure ]
	[ "$(shown ActiveState)" = active ]
	until_true 120 is_online
	[ "$(conclusion "$(script 'echo again')")" = success ]
	[ "$(shown NRestarts)" = 0 ]
	manager stop "$UNIT"
	nothing_of_it_left
}

@test "the supervisor is killed: started again, with no ghost" {
	local pid

	manager start "$UNIT"
	until_true 120 is_online
	pid=$(shown MainPID)
	kill -KILL "$pid"
	until_true 240 restarted "$pid"
	until_true 240 is_online
	[ "$(registered)" = unit ]
	[ "$(conclusion "$(script 'echo again')")" = success ]
	manager stop "$UNIT"
	nothing_of_it_left
}

restarted() {
	[ "$(shown NRestarts)" -ge 1 ] && [ "$(shown ActiveState)" = active ] && [ "$(shown MainPID)" != "$1" ]
}

@test "what is misconfigured is said, and not started again" {
	printf 'GITHUB_URL=ftp://example\nRUNNER_DIR=%s\n' "$W/dist" >"$ENV_FILE"
	run manager start "$UNIT"
	[ "$status" != 0 ]
	until_true 60 sh -c "[ \"\$(systemctl $MANAGER show -P ActiveState $UNIT)\" = failed ]"
	[ "$(shown ExecMainStatus)" = 2 ]
	[ "$(shown NRestarts)" = 0 ]
}

@test "systemd finds no mistake in the unit, and rates it" {
	run systemd-analyze $MANAGER --man=no verify "$UNIT"
	echo "$output"
	[ "$status" = 0 ]
	output=${output:-notify-reload}
	# Before 253 systemd does not know notify-reload, as the unit says.
	not grep -qv notify-reload <<<"$output"
	[[ $MANAGER == --system ]] || return 0
	run systemd-analyze security --no-pager "$UNIT"
	echo "$output" | tail -n 1
	[ "$status" = 0 ]
}
