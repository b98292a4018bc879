#!/usr/bin/env bats
# What is shipped for others to load: an AppArmor profile, the filter for a container's runtime.

load helpers

parser=/usr/sbin/apparmor_parser

# compiles FILE: with the whole of it where the parser knows user namespaces (4.0), else without that rule.
compiles() {
	local profile=$BATS_TEST_TMPDIR/profile
	cp "$1" "$profile"
	if [ ! -e /etc/apparmor.d/abi/4.0 ]; then
		sed -i 's,abi/4.0,abi/3.0,; /^  userns,$/d' "$profile"
	fi
	"$parser" --skip-kernel-load --skip-cache "$profile"
}

@test "the AppArmor profile compiles, and gives user namespaces" {
	[ -x "$parser" ] || skip "no apparmor_parser here"
	run compiles "$SRC/deploy/apparmor/cofferdam"
	echo "$output"
	[ "$status" = 0 ]
	grep -qx '  userns,' "$SRC/deploy/apparmor/cofferdam"
	# The parser looks: a flag that there is none of.
	sed 's/(unconfined)/(unconfine)/' "$SRC/deploy/apparmor/cofferdam" >"$BATS_TEST_TMPDIR/broken"
	run compiles "$BATS_TEST_TMPDIR/broken"
	[ "$status" != 0 ]
}

@test "the filter for the runtime: valid, and every rule says why" {
	run "$COFFERDAM" policy check "$SRC/profiles/seccomp/docker-outer.json"
	[ "$status" = 0 ]
	jq -e '.defaultAction == "SCMP_ACT_ERRNO" and (.syscalls | all(.comment | length > 10))' "$SRC/profiles/seccomp/docker-outer.json"
	# libseccomp takes no second action for a call that has an unconditional one.
	jq -e '[.syscalls[] | select(.action != "SCMP_ACT_ALLOW")] == []' "$SRC/profiles/seccomp/docker-outer.json"
	# Through these 32-bit programs make other calls with any arguments, also those that are limited by rules of their own.
	jq -e '[.syscalls[].names[] | select(. == ("socketcall", "syscall"))] == []' "$SRC/profiles/seccomp/docker-outer.json"
}
