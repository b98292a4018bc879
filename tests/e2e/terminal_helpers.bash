# Somebody at a terminal, tests/escape/operator.c: loaded by the files that test terminals.
# shellcheck shell=bash disable=SC2034,SC2154 # for the files that load this; run sets lines

# at_terminal STEP… -- COMMAND…: the output, and its last line in $end.
at_terminal() {
	run timeout 60 "$BUILD/tests/escape/operator" "$@"
	echo "$output"
	end=${lines[-1]}
	[ "$status" = 0 ]
}
