# The official runner against the GitHub double: loaded by official*.bats. RUNNER_DIST is the directory of a distribution of
# actions/runner, of which each test gets a copy of its own; without it these tests are skipped by name.
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # used by, and set in, the files that load this
load runner_helpers

setup() {
	[ -n "${RUNNER_DIST:-}" ] || skip "RUNNER_DIST is not set: no official runner to test with"
	W=$BATS_TEST_TMPDIR/w
	STATE=$W/state
	HUB_PID='' RUNNER_PID='' NAMESPACE_PID=''
	IN=()
	mkdir "$W"
	cd "$W" || return
	official_dist "$W/dist"
}

teardown() {
	[ -n "${W:-}" ] || return 0 # skipped
	ours | cut -c1-300 | sed 's/^/left: /'
	[ -z "${URL:-}" ] || for id in $(curl -s "$URL/_hub/jobs" | jq '.jobs[].id'); do
		job_log "$id" | cut -c1-300 | sed "s/^/log of $id: /"
	done
	for pid in $RUNNER_PID $HUB_PID $NAMESPACE_PID; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
	[[ ! -f $W/err ]] || sed 's/^/err: /' "$W/err"
	[[ ! -f $W/out ]] || sed 's/^/out: /' "$W/out"
}

# official_dist DEST: a copy of the official distribution, without what an earlier run of it may have left.
official_dist() {
	[ -x "$RUNNER_DIST/bin/Runner.Listener" ] || {
		echo "RUNNER_DIST: $RUNNER_DIST/bin/Runner.Listener: not there" >&2
		return 1
	}
	cp -r "$RUNNER_DIST" "$1"
	rm -rf "$1/_diag" "$1/_work" "$1"/.runner* "$1"/.credentials* "$1/.env" "$1/.path"
}

# namespace: this test's hub and runner get a network namespace of their own, where they may listen on the default port: for
# config.sh, which leaves the port out of the URLs of the REST API of a server that is not github.com. "${IN[@]}" is to be
# written before a command that shall run there.
namespace() {
	mkfifo namespace.ready
	unshare --user --map-current-user --keep-caps --net sh -ec '
		PATH=$PATH:/usr/sbin:/sbin
		ip link set lo up
		echo 80 >/proc/sys/net/ipv4/ip_unprivileged_port_start
		echo ready >namespace.ready
		exec sleep infinity' 3>&- &
	NAMESPACE_PID=$!
	read -r -t 10 _ <namespace.ready
	IN=(nsenter --target "$NAMESPACE_PID" --user --net --preserve-credentials --)
}

# hub [OPTION…]: starts the hub; its address is in $URL.
hub() {
	local line port=0

	[ ${#IN[@]} = 0 ] || port=80
	mkfifo hub.out
	"${IN[@]}" "$BUILD/tests/hub" --listen "127.0.0.1:$port" --pat "$PAT" --registration-token "$TOKEN" --poll-seconds 5 "$@" \
		>hub.out 3>&- &
	HUB_PID=$!
	read -r -t 10 line <hub.out
	URL=${line#hub: listening on }
	if [ ${#IN[@]} = 0 ]; then
		profile ''
	else # there is no other network than this host's
		echo '{"extends": "job", "network": "host", "allow_degraded": ["memory", "pids", "cpu"]}' >job.json
	fi
}

# curl where the hub is.
curl() {
	"${IN[@]:-command}" curl "$@"
}

# job JOB [STATUS]: as in runner_helpers.bash; but the official runner is a large program, and on a busy machine it takes its time; on an
# emulated one still more: PATIENCE, in seconds.
job() {
	curl -sf "$URL/_hub/jobs/$1/wait?seconds=${PATIENCE:-300}&status=${2:-completed}"
}

# jit NAME: the configuration of a new runner, as the REST API gives it out.
jit() {
	curl -sf "$URL/api/v3/repos/octo/demo/actions/runners/generate-jitconfig" -H "Authorization: Bearer $PAT" \
		-d "{\"name\": \"$1\", \"runner_group_id\": 1, \"labels\": [\"self-hosted\"], \"work_folder\": \"_work\"}" |
		jq -r .encoded_jit_config
}

# start VARIABLE=VALUE…: the supervisor, as runner_helpers.bash starts it, where the hub is.
start() {
	contract
	"${IN[@]}" env -i "${CONTRACT[@]}" "$@" "$BUILD/cofferdam-runner" start >>"$W/out" 2>>"$W/err" 3>&- &
	RUNNER_PID=$!
}

# fails JOB TEXT: a new ephemeral runner takes the job, which fails, with an annotation of that text, its own or a step's.
fails() {
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	job "$1" >ended.json
	cat ended.json
	jq -e --arg text "$2" '.conclusion == "failure" and ([.. | .message? // empty] | any(contains($text)))' ended.json
	ended "${PATIENCE:-90}"
	not grep -qF 'residue: see below' err
}

# bare COMMAND…: the distribution alone, without Cofferdam, in the background (where a shell has SIGINT ignored).
bare() {
	"${IN[@]}" env -i --default-signal=INT "PATH=$PATH" "HOME=$HOME" "$@" >>"$W/out" 2>>"$W/err" 3>&- &
	RUNNER_PID=$!
}

# step_log JOB NAME: the log of one step as it was uploaded.
step_log() {
	curl -sf "$URL/_hub/jobs/$1/steps" | jq -r --arg name "$2" '.steps[] | select(.name == $name).log'
}
