#!/usr/bin/env bats
# Runs alone: it looks for every cgroup that is called cofferdam.
# The set-up fails at each step, and the launcher is killed at each: tests/escape/inject.c. INJECT_EVERY=1 leaves no step out.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PROBES=$BUILD/tests/escape
	export INJECT_EVERY=${INJECT_EVERY:-8}
	mapfile -t hosts < <(readlink /proc/self/ns/*)
	echo text >input
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

# inject HOW OPTION…: the counts in $counts.
inject() {
	run timeout 550 "$PROBES/inject" "$1" "$COFFERDAM" run "${@:2}" --allow-degraded none --ro "$PROBES" -- \
		"$PROBES/confined" "${hosts[@]}" <input
	echo "$output"
	[ "$status" = 0 ]
	counts=${lines[-1]}
	[[ $counts == *" 0 wrong" ]]
}

@test "what is compared: all of it is different without the sandbox, and the same in each" {
	"$COFFERDAM" run --ro "$PROBES" -- "$PROBES/confined" "${hosts[@]}" <input >first
	"$COFFERDAM" run --ro "$PROBES" -- "$PROBES/confined" "${hosts[@]}" <input >second
	cmp first second
	"$PROBES/confined" "${hosts[@]}" <input >outside
	for line in "user namespace" "pid namespace" "mnt namespace" "ipc namespace" "uts namespace" "cgroup namespace" \
		"net namespace" "/proc/self/status: Seccomp:" "/proc/self/status: NoNewPrivs:" "/proc/self/status: CapBnd:" \
		"/proc/self/uid_map" "/proc/self/gid_map" "/proc/self/setgroups" "mount /proc/keys " "mount / " "mounts" "/" "/dev:" \
		"/proc:" "/proc/1/cmdline" "limit 7" "securebits" "host name" "working directory" "add_key" "keyctl" \
		"perf_event_open" "TIOCSTI" "unshare" "standard input opened again to write"; do
		echo "$line"
		grep -qF -- "$line" first
		[ "$(grep -F -- "$line" first)" != "$(grep -F -- "$line" outside)" ]
	done
}

@test "a system call that fails: the launcher refuses by name, or the command is confined all the same" {
	inject EPERM
	[[ $counts =~ ([0-9]+)" refused by name, "([0-9]+)" confined all the same" ]]
	[ "${BASH_REMATCH[1]}" -ge 40 ]
}

@test "a system call that is not there, with a terminal and a layer" {
	inject ENOSYS --tty yes
	mkdir -p image/usr
	inject ENOMEM --root "$PWD/image"
}

@test "a system call that fails, prepared in advance and with a workspace that is counted" {
	exec 8< <(exec yes)
	mkdir ws
	inject EPERM --start-fd 8
	inject EPERM --start-fd 8 --workspace "$PWD/ws" --disk 50M
	inject kill --start-fd 8
}

# What is looked at then, and cannot be, is not told of as seen: tests/e2e/lie.bats. Here the command is confined all the same.
@test "a system call that fails, with a report: of the set-up, or of the look at it" {
	INJECT_EVERY=$((INJECT_EVERY * 2)) inject EPERM --report r.json
	[[ $counts =~ ([0-9]+)" refused by name, "([0-9]+)" confined all the same" ]]
	[ "${BASH_REMATCH[2]}" -ge 60 ]
	INJECT_EVERY=$((INJECT_EVERY * 2)) inject ENOMEM --report r.json --time 1m
	INJECT_EVERY=$((INJECT_EVERY * 2)) inject kill --report r.json
}

# Where a cgroup is delegated: with the leaf of the helpers, that of the process that counts.
@test "a system call that fails, with a report and a workspace that is counted" {
	mkdir ws
	INJECT_EVERY=$((INJECT_EVERY * 2)) inject EPERM --report r.json --workspace "$PWD/ws" --disk 50M
	INJECT_EVERY=$((INJECT_EVERY * 2)) inject kill --report r.json --workspace "$PWD/ws" --disk 50M
}

@test "the launcher is killed at any step: no process, mount, file or cgroup is left" {
	local mounts own
	mounts=$(cut -d' ' -f5- /proc/self/mountinfo | sort)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	leaves() { find "/sys/fs/cgroup$own" -mindepth 1 -maxdepth 2 -name '*cofferdam*' 2>/dev/null | sort; }
	before=$(leaves)
	inject kill
	[ "$(ls -A tmp)" = "" ]
	[ "$(ls -A)" = "$(printf 'first\ninput\noutside\nsecond\ntmp' | grep -xFf <(ls -A))" ]
	[ "$(cut -d' ' -f5- /proc/self/mountinfo | sort)" = "$mounts" ]
	if [ -n "$before$(leaves)" ]; then
		"$COFFERDAM" run -- true # whose start sweeps
	fi
	run comm -13 <(echo "$before") <(leaves)
	[ -z "$output" ]
	inject kill --tty yes
}
