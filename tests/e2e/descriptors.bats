#!/usr/bin/env bats
# Descriptors 0-2: what a job gets of them, and what the caller has of them afterwards. Terminals are in tty.bats.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "closed by the caller they are /dev/null for every program of ours, and no file of ours takes their place" {
	local program

	"$COFFERDAM" run --report report.json -- sh -c ': <&0 && : >&1 && : >&2' <&- >&- 2>&-
	[ "$(jq .status report.json)" = 0 ]
	"$COFFERDAM" run --report other.json -- sh -c 'echo te""xt; echo te""xt >&2' <&- 2>&- >&-
	[ "$(jq .status other.json)" = 0 ]
	not_an_error() { ! grep -q text "$@"; }
	not_an_error report.json other.json
	"$COFFERDAM" entrypoint --report entry.json --allow-degraded landlock -- sh -c 'echo te""xt; echo te""xt >&2' <&- >&- 2>&-
	[ "$(jq .status entry.json)" = 0 ]
	not_an_error entry.json
	"$COFFERDAM" policy learn --quiet -o learned.json -- true <&- >&- 2>&-
	[ -s learned.json ]
	"$COFFERDAM" policy explain ./learned.json >/dev/null
	"$COFFERDAM" seccomp exec job -- sh -c 'readlink /proc/self/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 >list 2>&1' <&- >&- 2>&-
	grep -qx /dev/null list
	# A message has nowhere to go, and goes nowhere.
	for program in cofferdam cofferdam-runner cofferdam-worker tests/hub tests/standin/Runner.Worker; do
		run sh -c '"$0" --no-such-thing <&- >&- 2>&-' "$BUILD/$program"
		[ "$status" != 0 ]
		[ "$status" -lt 128 ]
		[ -z "$output" ]
	done
}

@test "no crash of a job becomes a core, whether core_pattern is a file or a pipe" {
	run "$COFFERDAM" run -- grep -i '^max core' /proc/self/limits
	echo "$output"
	[[ $output =~ ^Max\ core\ file\ size\ +1\ +1\  ]]
}
