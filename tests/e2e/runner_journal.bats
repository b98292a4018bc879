# The journal, and what status, jobs, cost and top say of it.
load runner_helpers

# narrow: every line of $output fits into 80 columns (each wide character of these tests is two bytes or more).
narrow() {
	local line
	while IFS= read -r line; do
		[ "${#line}" -le 80 ] || {
			echo "too long: $line"
			return 1
		}
	done <<<"$output"
}

# status_is JQ: of `status --json`.
status_is() {
	runner status --json | jq -e "$1" >/dev/null
}

# top_has JQ: of `top --json`.
top_has() {
	runner top --json | jq -e "$1" >/dev/null
}

@test "status, jobs, cost and top say what ran, while the supervisor runs and after" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=first RUNNER_LABELS=big,fast
	wait_runner idle first
	until_true 10 status_is '.supervisor.running and .slots == [.slots[0]] and .slots[0].state == "idle" and .slots[0].slot == 1'
	id=$(script 'echo begun; sleep 1000')
	job "$id" in_progress
	until_true 10 status_is '.slots[0].state == "busy" and .running[0].repository == "octo/demo" and .running[0].workflow == "hub"'
	run runner jobs
	[[ $output == *running*"octo/demo build"* ]]
	# The job has a first process, a Worker, a shell and its sleep.
	until_true 20 top_has '.running[0].usage | .processes >= 3 and .memory > 1000000 and .cpu_usec > 0 and (.cpu_percent | type) == "number"'
	run -0 runner top
	narrow
	[[ $output == *CPU%*MEMORY*PROCS*JOB*"octo/demo build"*RESULT*running* && $output != *"not measured"* ]]
	curl -sf -X POST "$URL/_hub/jobs/$id/cancel?timeout=5"
	[ "$(conclusion "$id")" = cancelled ]
	[ "$(conclusion "$(script 'echo well')")" = success ]
	[ "$(conclusion "$(script 'exit 3')")" = failure ]
	until_true 10 status_is '.slots[0].state == "idle"'

	run -0 runner status
	narrow
	[[ $output == "supervisor: running, process $RUNNER_PID, "* ]]
	run -0 runner top
	narrow
	[[ $output == *"STATE"*idle*"RESULT"*failed*succeeded*canceled* ]]
	run -0 runner jobs --json --limit 2
	jq -e '[.[].result] == ["failed", "succeeded"] and all(.ended_by == "exit" and .labels == "big,fast" and .pool == "default"
		and .cpu_usec > 0 and .run_ms > 0 and .residue == 0 and .teardown_ms >= 0 and .ended > .started)' <<<"$output"
	[ -f "$STATE/reports/$(jq -r '.[0].id' <<<"$output").json" ]
	stops 30

	# 4: no supervisor runs.
	run -4 runner status
	[[ $output == "supervisor: not running"*ended* ]]
	run -0 runner jobs
	narrow
	[ "${#lines[@]}" = 4 ]
	run -0 runner jobs --repo OCTO/demo
	[ "${#lines[@]}" = 4 ]
	run -0 runner jobs --repo octo/other
	[ "$output" = "no jobs" ]
	run -0 runner jobs --since 1ms
	[ "$output" = "no jobs" ]
	run -0 runner cost
	narrow
	[[ ${lines[1]} == *" octo/demo" ]]
	run -0 runner cost --by workflow --json
	jq -e '.rows == [.rows[0]] and .rows[0].workflow == "hub" and .rows[0].jobs == 3 and .total.cost == null and .total.hours > 0' <<<"$output"
	run -0 runner cost --by label --json
	jq -e '[.rows[].label] == ["big", "fast"] and all(.rows[]; .jobs == 3) and .total.jobs == 3' <<<"$output"
	[ "$(stat -c %a "$STATE/journal.db")" = 600 ]
}

@test "names of jobs and workflows can neither control a terminal nor break a line" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	id=$(queue "$(jq -n '{name: "a\u001b[31m\nSTARTED x\u202e\ud83d\ude00 \("long" * 60)", workflow: "w\n\u001b]0;x\u0007<script>", steps: [{run: "true"}]}')")
	[ "$(conclusion "$id")" = success ]
	ended 30
	for command in jobs "cost --by workflow" top; do
		# shellcheck disable=SC2086 # two words
		run -0 runner $command
		narrow
		[[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\u202e'* ]]
	done
	run -0 runner jobs
	[ "${#lines[@]}" = 2 ]
	run -0 runner jobs --json
	jq -e '.[0].workflow == "w \\x1b]0;x\\x07<script>" and (.[0].name | startswith("a\\x1b[31m\\x0aSTARTED x"))' <<<"$output"
}

@test "after kill -9 of the supervisor the next start says that its jobs have crashed" {
	start ACCESS_TOKEN=$PAT
	id=$(script 'echo begun; sleep 1000')
	job "$id" in_progress
	until_true 20 status_is '.slots[0].state == "busy" and .supervisor.running'
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	run -4 runner status --json
	jq -e '.running | length == 1' <<<"$output"
	# What the journal calls running is not: there is nothing to measure.
	until_true 20 top_has '.running[0] | .usage == null and (.not_measured | startswith("its launcher is not running"))'
	curl -s -X POST "$URL/_hub/jobs/$id/lose" # unless the hub knows already
	start ACCESS_TOKEN=$PAT
	until_true 60 status_is '.supervisor.running and .slots[0].state == "idle" and .running == []'
	run -0 runner jobs --json
	jq -e '.[0].ended_by == "crash" and .[0].result == "ended" and .[0].ended >= .[0].started' <<<"$output"
	run -0 runner jobs
	[[ ${lines[1]} == *crash* ]]
	stops 30
}

@test "a damaged journal is moved aside with a line, and the runner goes on" {
	mkdir -m 700 "$STATE"
	head -c 20000 /dev/urandom >"$STATE/journal.db"
	run -1 runner jobs
	[[ $output == *"moves it aside"* ]]
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$(script 'true')")" = success ]
	ended 30
	[ "$status" = 0 ]
	said "damaged: moved aside as $STATE/journal.db.damaged-"
	[ "$(stat -c %s "$STATE"/journal.db.damaged-*)" = 20000 ]
	run -0 runner jobs --json
	jq -e 'length == 1' <<<"$output"
}

@test "a journal that cannot be written is said, and no job is lost for it" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$(script 'true')")" = success ]
	ended 30
	chmod 400 "$STATE/journal.db"
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$(script 'true')")" = success ]
	ended 30
	[ "$status" = 0 ]
	said "not recorded: this start: journal: attempt to write a readonly database"
	grep -qE 'not recorded: 1-[a-z2-7]+ has started: journal: ' "$W/err"
	grep -qE 'not recorded: 1-[a-z2-7]+ has ended: journal: ' "$W/err"
	chmod 600 "$STATE/journal.db"
	run -0 runner jobs --json
	jq -e 'length == 1' <<<"$output"
}

@test "what is asked wrongly, and a journal that is not there" {
	run -4 runner status
	[[ $output == *"no supervisor has run with this state directory"* ]]
	run -2 runner jobs --limit many
	[[ $output == *"--limit: many: "* ]]
	run -2 runner jobs --since soon
	run -2 runner cost --by owner
	[[ $output == *"expected repo, workflow or label"* ]]
	run -2 runner status --json=yes
	[[ $output == *"does not take a value"* ]]
	run -2 runner top --interval 1ms
	run -2 runner jobs octo/demo
	[[ $output == *"unexpected argument"* ]]
	run -2 runner COFFERDAM_JOURNAL_KEEP=,0 ACCESS_TOKEN=x start
	[[ $output == *"COFFERDAM_JOURNAL_KEEP: ,0: must be at least 1 row"* ]]
	for command in status top jobs cost; do
		run -0 runner "$command" --help
		[[ $output == *"Exit status"* ]]
	done
}

# in_small COMMAND…: where the state directory is a file system of its own.
in_small() {
	nsenter -t "$KEEPER" -U -m --preserve-credentials -- "$@"
}

# Less is free than SQLite requires for its index of the log (32 KiB), and enough for the small files of a job.
fill() {
	local free

	# shellcheck disable=SC2016 # for the shell inside
	in_small bash -c 'fallocate -l $(($(stat -f -c "%a * %S" "$0") - 24576)) "$0/fill"' "$STATE"
	free=$(in_small stat -f -c '%a * %S' "$STATE")
	[ "$((free))" = 24576 ]
}

# Its directory is made before the disk is full.
prepared_small() {
	grep -qs '"launcher": [1-9]' "/proc/$KEEPER/root$STATE"/jobs/*/job.json
}

lost() {
	grep -c "not recorded: .*: journal: .*" "$W/err"
}

@test "a journal on a full disk: jobs run, what is not recorded is said, and with room all is recorded again" {
	mkdir -m 700 "$STATE" work
	contract
	# shellcheck disable=SC2016 # for the shell inside
	unshare -rm bash -c 'mount -t tmpfs -o size=8M,mode=700 state "$1" && { sleep 120 & } && echo $! >"$2/keeper" &&
		exec unshare -U --map-user="$3" --map-group="$4" "${@:5}"' bash "$STATE" "$W" "$(id -u)" "$(id -g)" \
		env -i "${CONTRACT[@]}" ACCESS_TOKEN=$PAT RUNNER_NAME=small RUNNER_WORKDIR="$W/work" COFFERDAM_MIN_FREE_DISK=0 \
		"$BUILD/cofferdam-runner" start >>"$W/out" 2>>"$W/err" 3>&- &
	RUNNER_PID=$!
	wait_runner idle small
	KEEPER=$(<"$W/keeper")
	until_true 20 prepared_small
	[ "$(conclusion "$(script true)")" = success ]
	until_true 20 prepared_small
	run ! lost
	fill
	id=$(script 'echo runs')
	[ "$(conclusion "$id")" = success ]
	until_true 20 said "residue: none"
	grep -qE 'not recorded: 1-[a-z2-7]+ has started: journal: No space left on device' "$W/err"
	in_small rm "$STATE/fill"
	lost >before || true
	[ "$(conclusion "$(script 'echo again')")" = success ]
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	[ "$(lost)" = "$(<before)" ]
	cp -r "/proc/$KEEPER/root$STATE"/journal.db "$STATE"
	kill "$KEEPER"
	run -0 runner jobs --json
	jq -e 'length == 2 and all(.result == "succeeded")' <<<"$output"
}
