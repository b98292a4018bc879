#!/usr/bin/env bats
# Our sudo beside the real one: the same command lines in the same system, against what sudo 1.9.13p3 of Debian 12 said to them
# (tests/sudo/recorded, made by tests/sudo/record).

load helpers

setup() {
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	cd "$BATS_TEST_TMPDIR" || return
}

# compared CASES RECORDED DIFFERENCES [OPERATOR]
compared() {
	"$COFFERDAM" run --quiet --root overlay --identity subuid --sudo all --ro "$SRC/tests/sudo" --ro "$BUILD/tests/escape" \
		-- "$SRC/tests/sudo/drive" "$SRC/tests/sudo/$1" ${4:+"$4"} >ours
	# PIDs in a shell's message are not the same twice.
	sed -E 's/^(bash: line 1: ) *[0-9]+ /\1/' "$SRC/tests/sudo/$2" >recorded.text
	sed -E 's/^(bash: line 1: ) *[0-9]+ /\1/' ours >ours.text
	run diff recorded.text ours.text
	echo "$output"
	diff <(grep '^[<>]' <<<"$output") "$SRC/tests/sudo/$3"
}

@test "output, environment and exit status are the real sudo's, but for the differences that are listed" {
	compared cases recorded differences
	[ "$(grep -c '^= ' ours)" -gt 60 ]
}

@test "at a terminal keys, stop and continue, and what is left alone are the real sudo's, but for the differences that are listed" {
	compared terminal_cases terminal_recorded terminal_differences "$BUILD/tests/escape/operator"
	[ "$(grep -c '^= ' ours)" -gt 30 ]
}
