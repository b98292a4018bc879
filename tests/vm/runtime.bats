#!/usr/bin/env bats
# Runtimes that size themselves by the limits of their cgroup, as the job sees it.

load ../e2e/helpers

# Made by tests/vm/run of the host's JDK.
JAVA=$BUILD/java/bin/java

setup() {
	cd "$(mktemp -d "$HOME/XXXXXX")" || return 1
}

teardown() {
	rm -rf "$PWD"
}

# heap OPTION-OF-JAVA…: fills the heap of a JVM below a memory limit; prints its size and what could be filled of it, in MiB.
heap() {
	run_split "$COFFERDAM" run --memory 128M --ro "$BUILD/java" --report report.json -- "$JAVA" -XX:TieredStopAtLevel=1 "$@" -cp "$BUILD/java" Heap
	echo "$*: $status: $output $stderr"
}

# Of a small memory a JVM takes half, of this machine's a quarter, which is more than the limit.
@test "a JVM's heap follows the memory limit, and a JVM that does not look at the limit is killed" {
	[ -x "$JAVA" ] || skip "the host has no JDK with jlink"
	heap
	[ "$status" = 0 ]
	[ "${output% *}" -le 64 ]
	[ "${output% *}" -ge 48 ]
	[ "${output#* }" -ge $((${output% *} * 3 / 4)) ]
	[ "$(jq -r '.ended_by, .limits.memory.oom_kills' report.json | tr '\n' ' ')" = "exit 0 " ]
	heap -XX:-UseContainerSupport
	[ "$status" = 137 ]
	[ "$(jq -r .ended_by report.json)" = memory ]
}
