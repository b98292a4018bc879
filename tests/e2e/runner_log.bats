# COFFERDAM_LOG=json.
load runner_helpers

@test "every line of the log is an object with time and level, and a job's lines name it" {
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_SLOTS=2 COFFERDAM_LOG=json
	one=$(queue "$(jq -n '{name: "a\"\\\n\u001b[31m", steps: [{run: "true"}]}')")
	two=$(script 'exit 1')
	[ "$(conclusion "$one")" = success ]
	[ "$(conclusion "$two")" = failure ]
	ended 60
	jq -e . "$W/err" >/dev/null # each line by itself
	[ "$(wc -l <"$W/err")" = "$(jq -c . "$W/err" | wc -l)" ]
	jq -se 'all((.time | test("^[0-9-]{10}T[0-9:]{8}Z$")) and (.level == "info" or .level == "error") and (.message | length > 0))' "$W/err"
	jq -se '[.[] | select(.message | startswith("registered as")) | .slot] | sort == [1, 2]' "$W/err"
	jq -se '[.[] | select(.message | test("^job .*: (started: |succeeded in|failed in)"))] | length == 4 and all(.job as $job | .message | contains($job))' "$W/err"
}

@test "errors of the start are objects, too, and another form is refused" {
	run -2 runner COFFERDAM_LOG=json GITHUB_URL=nonsense start
	jq -se 'all(.level | test("^(info|error)$")) and any(.message | contains("GITHUB_URL"))' <<<"$output"
	run -2 runner COFFERDAM_LOG=xml ACCESS_TOKEN=x start
	[[ $output == *"COFFERDAM_LOG: xml: unknown value (expected text or json)"* ]]
}

# The journal of systemd is there in a virtual machine: tests/vm/units.bats.
@test "where the journal cannot be reached, what is to be an entry of it is a line of text" {
	[ ! -S /run/systemd/journal/socket ] || skip "this machine has a journal, which would take the lines"
	: >"$W/err"
	run -2 runner JOURNAL_STREAM="$(stat -c %d:%i "$W/err")" GITHUB_URL=nonsense start
	[[ $output == *"cofferdam-runner: "*nonsense* ]]
	start JOURNAL_STREAM="$(stat -c %d:%i "$W/err")" ACCESS_TOKEN=$PAT RUNNER_NAME=text
	wait_runner idle text
	stops 30
	said "cofferdam-runner: "
	said "registered as"
}
