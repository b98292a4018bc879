# A hub, a runner distribution and a supervisor: loaded by runner*.bats.
# shellcheck shell=bash disable=SC2034,SC2154 # used by, and set in, the files that load this
load helpers

HUB_OPTIONS=() # more of them: set before setup()
PAT=pat-0f-the-test
TOKEN=registration-t0ken-of-the-test

setup() {
	local line

	W=$BATS_TEST_TMPDIR/w
	STATE=$W/state
	mkdir "$W"
	cd "$W"
	mkfifo "$BATS_TEST_TMPDIR/hub.out"
	"$BUILD/tests/hub" --listen 127.0.0.1:0 --pat $PAT --registration-token $TOKEN --poll-seconds 1 "${HUB_OPTIONS[@]}" \
		>"$BATS_TEST_TMPDIR/hub.out" 3>&- &
	HUB_PID=$!
	read -r -t 10 line <"$BATS_TEST_TMPDIR/hub.out"
	URL=${line#hub: listening on }
	"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/dist"
	profile ''
	RUNNER_PID=
}

teardown() {
	local hub=runs

	ours | cut -c1-300 | sed 's/^/left: /'
	if [[ -n $RUNNER_PID ]]; then
		kill -KILL "$RUNNER_PID" 2>/dev/null || true
		wait "$RUNNER_PID" || true
	fi
	! not_running "$HUB_PID" || hub="has ended before the test"
	kill -TERM "$HUB_PID" || true
	wait "$HUB_PID" || true
	# What bats prints when a test has failed.
	[[ ! -f $W/err ]] || sed 's/^/err: /' "$W/err"
	[[ ! -f $W/out ]] || sed 's/^/out: /' "$W/out"
	[[ $hub == runs ]] || echo "the hub $hub"
	[[ $hub == runs ]]
}

# profile KEY:VALUE,…: the profile of the jobs. The machine that tests may have no controllers to delegate; what is missing is
# named here and in the report. The hub listens on this host's loopback, which is opened by name; where there is no network
# of one's own to be had (tests/e2e/network.bats says why), jobs have the host's.
profile() {
	local network='"network": "host"'

	if "$COFFERDAM" run --network open -- true 2>/dev/null; then
		network="\"network\": \"open\", \"network_open\": [\"${URL#http://}\"]"
	fi
	echo "{\"extends\": \"job\", $network, ${1:+$1, }\"allow_degraded\": [\"memory\", \"pids\", \"cpu\"]}" >"$W/job.json"
}

# contract: the environment contract of this test, in ${CONTRACT[@]}; with CGROUP, its launchers have that for their leaves.
contract() {
	CONTRACT=("PATH=$PATH" "HOME=$HOME" "GITHUB_URL=$URL/octo/demo" "RUNNER_DIR=$W/dist" "COFFERDAM_STATE_DIR=$STATE"
		"COFFERDAM_PROFILE=$W/job.json" COFFERDAM_MIN_FREE_DISK=16M COFFERDAM_MIN_FREE_MEMORY=16M COFFERDAM_LISTEN=none)
	[[ -z ${CGROUP:-} ]] || CONTRACT+=("COFFERDAM_CGROUP=$CGROUP")
}

# start VARIABLE=VALUE…: starts the supervisor in the background, with the contract and nothing else.
start() {
	contract
	env -i "${CONTRACT[@]}" "$@" "$BUILD/cofferdam-runner" start >>"$W/out" 2>>"$W/err" 3>&- &
	RUNNER_PID=$!
}

# runner ARGUMENT…: the program in the foreground, for run; variables first.
runner() {
	contract
	local variables=()

	while [[ ${1:-} == *=* ]]; do
		variables+=("$1")
		shift
	done
	timeout 60 env -i "${CONTRACT[@]}" "${variables[@]}" "$BUILD/cofferdam-runner" "$@"
}

# ended SECONDS: waits for its end; the exit code is in $status.
ended() {
	until_true "$1" not_running "$RUNNER_PID"
	status=0
	wait "$RUNNER_PID" || status=$?
	RUNNER_PID=
}

# A zombie has ended: its parent is the shell that runs the test.
not_running() {
	local state
	state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) || return 0
	[[ -z $state || $state == Z* ]]
}

# not COMMAND…: for set -e, to which "! COMMAND" means nothing.
not() {
	! "$@"
}

said() {
	grep -qF -- "$1" "$W/err" "$W/out"
}

# queue JSON: queues a job of octo/demo and prints its id.
queue() {
	jq -c '{name: "build", repository: "octo/demo", labels: []} + .' <<<"$1" |
		curl -sf "$URL/_hub/jobs" --data-binary @- | jq .id
}

# script TEXT…: a job whose steps run these.
script() {
	queue "$(jq -cn '{steps: [$ARGS.positional[] | {run: .}]}' --args "$@")"
}

job() {
	curl -sf "$URL/_hub/jobs/$1/wait?seconds=120&status=${2:-completed}"
}

conclusion() {
	job "$1" | jq -r .conclusion
}

# job_log JOB: its log, without the byte order mark and the times that it has once it is uploaded.
job_log() {
	curl -sf "$URL/_hub/jobs/$1/log" | without_times
}

without_times() {
	LC_ALL=C sed -E $'1s/^\xef\xbb\xbf//; s/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z //'
}

job_log_matches() {
	job_log "$1" | grep -qE -- "$2"
}

log_has() {
	job_log "$1" | grep -qF -- "$2"
}

wait_log() {
	until_true 20 log_has "$1" "$2"
}

# wait_runner STATUS [NAME]
wait_runner() {
	curl -sf "$URL/_hub/wait-runner?status=$1&seconds=30${2:+&name=$2}" >/dev/null
}

# registered: their names; something that no test expects where the hub does not answer.
registered() {
	local list

	list=$(curl -sf "$URL/_hub/runners") || list='{"runners": [{"name": "(the hub does not answer)"}]}'
	jq -r '.runners[].name' <<<"$list"
}

# ours: the processes whose command line names this test's directory, as "PID COMMAND". (grep's own must not; one grep, for there are
# many processes, and tests look many times.)
ours() {
	local p line

	grep -lsaF -f <(echo "$W/") /proc/[0-9]*/cmdline | while read -r p; do
		line=$(tr '\0' ' ' 2>/dev/null <"$p") || continue
		p=${p%/cmdline}
		[[ -z $line ]] || echo "${p#/proc/} $line"
	done 2>/dev/null || true
}

no_process_left() {
	[[ -z $(ours) ]]
}

# No process, no file of a job or a slot, no registration, no mount.
nothing_left() {
	local directory

	until_true 10 no_process_left || {
		ours
		return 1
	}
	for directory in jobs registrations slots; do
		[[ -d $STATE/$directory ]]
	done
	[[ -z $(ls -A "$STATE/jobs") ]]
	[[ -z $(ls -A "$STATE/registrations") ]]
	[[ -z $(find "$STATE/slots" -mindepth 1 -type d) ]]
	[[ -z $(registered) ]]
	not grep -qF "$W" /proc/self/mountinfo
}

# stops SECONDS [SIGNAL]: when told to, it leaves within that time, with status 0 and nothing left.
stops() {
	kill -"${2:-TERM}" "$RUNNER_PID"
	ended "$1"
	[ "$status" = 0 ]
	nothing_left
}

# pid_of PATTERN: the one process of ours whose command line has it; fails if there is none.
pid_of() {
	local all pid
	all=$(ours) # before there is a grep with the pattern in its command line
	pid=$(grep -e "$1" <<<"$all" | sed -n '1s/ .*//p')
	[[ -n $pid ]] && echo "$pid"
}

# children PID
children() {
	cat "/proc/$1/task/$1/children"
}

# report: the newest of the state directory.
report() {
	cat "$(find "$STATE/reports" -name '*.json' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)"
}
