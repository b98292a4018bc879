# Attacks by a job on its runner; the numbers are those of SECURITY.md. Each is made twice: in a job of `cofferdam-runner start`,
# where it must be refused, and in a job of the same distribution without any sandbox, where it must succeed. The functions
# before each test are the job's steps. Loaded by job_attacks_*.bats.
# shellcheck shell=bash disable=SC2034,SC2154 # used by, and set in, the files that load this
load runner_helpers

eval "runner_$(declare -f teardown)"
teardown() {
	plain_end
	chmod -R u+rwX "$W"/plain* 2>/dev/null || true
	for file in "$W"/*.log; do
		# Of a job's log what `try` said: the step's text is in it too.
		[[ ! -f $file ]] || grep -E "^(got|refused): |^end$" "$file" | sed "s/^/${file##*/}: /"
	done
	runner_teardown
}

# The entrypoint of the usual runner container: registers each distribution with the token unless it has a JIT configuration,
# and runs it.
entrypoint() {
	local url=$1 dir
	shift
	for dir; do
		(
			cd "$dir" || exit
			[[ -n ${ACTIONS_RUNNER_INPUT_JITCONFIG:-} ]] ||
				./config.sh --unattended --url "$url/octo/plain" --token "$RUNNER_TOKEN" --name "${dir##*/}"
			./run.sh
		) &
	done
	wait
}

# start_plain NAME… [VARIABLE=VALUE…]: one runner for each name, as the usual runner container has it: the credential in the
# environment of PID 1, and entrypoint, Listener, Worker and steps of one user in one PID and IPC namespace. That namespace is
# for the tests' sake: `kill -9 -1` must stop at something.
start_plain() {
	local name dirs=() variables=()

	for name; do
		case $name in
		*=*) variables+=("$name") ;;
		*)
			"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/$name"
			dirs+=("$W/$name")
			;;
		esac
	done
	mkdir -p "$W/home"
	unshare --user --map-current-user --pid --ipc --fork --kill-child --mount-proc env -i "PATH=$PATH" "HOME=$W/home" \
		"ACCESS_TOKEN=$PAT" "RUNNER_TOKEN=$TOKEN" "${variables[@]}" \
		bash -c "$(declare -f entrypoint); entrypoint \"\$@\"; exit" entrypoint "$URL" "${dirs[@]}" \
		>>"$W/plain.out" 2>&1 3>&- &
	PLAIN_PID=$!
}

# Ends all that is left of it, whatever it is.
plain_end() {
	[[ -n ${PLAIN_PID:-} ]] || return 0
	kill -KILL "$PLAIN_PID" 2>/dev/null || true
	wait "$PLAIN_PID" || true
	PLAIN_PID=
	until_true 10 no_plain_process
}

no_plain_process() {
	[[ $(ours) != *"$W/plain"* ]]
}

# start_inside VARIABLE=VALUE…: the supervisor, with a runner named "inside" (which a JIT configuration has fixed already).
start_inside() {
	case " $*" in
	*" ACTIONS_RUNNER_INPUT_JITCONFIG="*) start "$@" ;;
	*) start RUNNER_NAME=inside "$@" ;;
	esac
}

# both_start: a persistent runner on either side, ready for a job.
both_start() {
	start_plain plain
	start_inside ACCESS_TOKEN="$PAT"
	wait_runner idle inside
	wait_runner idle plain
}

# The end of a test: the supervisor leaves as told, and nothing stays; `plain` is no business of ours.
leave() {
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	gone
}

gone() {
	local id

	plain_end
	for id in $(curl -sf "$URL/_hub/runners" | jq '.runners[] | select(.name | startswith("plain")) | .id'); do
		curl -sf -X DELETE "$URL/api/v3/repos/octo/plain/actions/runners/$id" -H "Authorization: Bearer $PAT" || true
	done
	until_true 10 no_process_left
	[ "$(registered | grep -v ^plain)" = "" ]
	[ -z "$(ls -A "$STATE/jobs")" ]
	[ -z "$(find "$STATE/slots" -mindepth 1 -type d)" ]
	! jq -e '.residue != []' "$STATE"/reports/*.json
}

# --- steps, which run in the job: functions, sent as text

# try NAME COMMAND…: one attack, and one line about it: "got: NAME" or "refused: NAME: WHY".
try() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "got: $name"
	else
		echo "refused: $name: ${said##*$'\n'}"
	fi
}

# step FUNCTION… -- ARGUMENT…: the text of a step: `try`, the functions, and a call of the last one. Its last line is "end".
step() {
	local functions=(try)
	while [ "$1" != -- ]; do
		functions+=("$1")
		shift
	done
	declare -f "${functions[@]}"
	printf '%q ' set +e
	printf '\n%q' "${functions[-1]}"
	printf ' %q' "${@:2}"
	printf '\necho end\n'
}

# find_readable WHERE EXPRESSION…: everything but what every Debian has, and what the kernel makes up. Inside, WHERE is the root;
# without a sandbox, the test's directory, for there may be much in the host's root.
find_readable() {
	local where=$1
	shift
	find "$where" \( -path /proc -o -path /sys -o -path /usr \) -prune -o "$@" 2>/dev/null
}

# job_in inside|plain TEXT: queues a job of one step for that side; prints its id.
job_in() {
	local repository=octo/demo
	[ "$1" = inside ] || repository=octo/plain
	queue "$(jq -n --arg repository $repository '{$repository, steps: [$ARGS.positional[] | {run: .}]}' --args "$2")"
}

# done_in SIDE ID: waits for its end; the log is in $W/SIDE.log.
done_in() {
	job "$2" >/dev/null
	job_log "$2" >"$W/$1.log"
}

# both STEP…: the same step on either side at once; $inside and $plain are the ids, the logs as of done_in.
both() {
	local text
	text=$(step "$@")
	inside=$(job_in inside "$text")
	plain=$(job_in plain "$text")
	done_in inside "$inside"
	done_in plain "$plain"
}

# got SIDE, refused SIDE: the names of the attacks that succeeded and did not.
got() {
	sed -n 's/^got: //p' "$W/$1.log" | sort
}

refused() {
	sed -n 's/^refused: \([^:]*\):.*/\1/p' "$W/$1.log" | sort
}

# Each attack was refused inside, and each of these very attacks succeeded without the protection.
blocked() {
	grep -qx end "$W/inside.log"
	grep -qx end "$W/plain.log"
	[ "$(got inside)" = "" ]
	[ "$(refused inside)" != "" ]
	diff <(refused inside) <(got plain)
}

# publish PROGRAM…: attack programs of tests/escape go to the hub; fetch URL PROGRAM…: from there into the job's directory.
publish() {
	local program
	for program; do
		curl -sf -o /dev/null -T "$BUILD/tests/escape/$program" "$URL/_hub/files/$program"
	done
}
fetch() {
	local url=$1 program
	shift
	for program; do
		curl -sf -o "$RUNNER_TEMP/$program" "$url/files/$program"
		chmod +x "$RUNNER_TEMP/$program"
	done
}

# alive MARK: how many processes, of whatever namespace, have it in their command lines. (grep's own must not.)
alive() {
	grep -lsaF -f <(echo "$1") /proc/[0-9]*/cmdline | wc -l
}
