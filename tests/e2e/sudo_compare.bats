#!/usr/bin/env bats
# Our sudo beside the real one: the same command lines in the same system, against what sudo 1.9.13p3 of Debian 12 said to them
# (tests/sudo/recorded, made by tests/sudo/record).

load helpers

@test "output, environment and exit status are the real sudo's, but for the differences that are listed" {
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	cd "$BATS_TEST_TMPDIR"
	"$COFFERDAM" run --quiet --root overlay --identity subuid --sudo all --ro "$SRC/tests/sudo" \
		-- "$SRC/tests/sudo/drive" "$SRC/tests/sudo/cases" >ours
	[ "$(grep -c '^= ' ours)" -gt 60 ]
	# PIDs in a shell's message are not the same twice.
	for side in "$SRC/tests/sudo/recorded" ours; do
		sed -E 's/^(bash: line 1: ) *[0-9]+ /\1/' "$side" >"$(basename "$side").text"
	done
	run diff recorded.text ours.text
	echo "$output"
	diff <(grep '^[<>]' <<<"$output") "$SRC/tests/sudo/differences"
}
