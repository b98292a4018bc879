#!/usr/bin/env bats
# cgroup v2 limits, on a kernel that has all of them. Each limit is tried with the same command without it.

load ../e2e/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

hog() {
	"$COFFERDAM" run --report report.json "$@" -- sh -c 'head -c 100M /dev/zero | tail -c 100M >/dev/null; echo "$?"'
}

@test "memory.max: a hog finishes without it, and with it is killed by name" {
	run hog
	[ "$status" = 0 ]
	[ "$(jq -r .ended_by report.json)" = exit ]
	run hog --memory 32M
	[ "$status" = 137 ]
	[ "$(jq -r .ended_by report.json)" = memory ]
	[ "$(jq .limits.memory.oom_kills report.json)" -ge 1 ]
	[ "$(jq .limits.memory.peak report.json)" -gt $((30 << 20)) ]
	[ "$(jq .limits.memory.peak report.json)" -le $((32 << 20)) ]
}
