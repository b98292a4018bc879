#!/usr/bin/env bats
# Something answers a call of the set-up and does not carry it out: tests/escape/inject.c, "lie". With a report it is noticed.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PROBES=$BUILD/tests/escape
	export INJECT_EVERY=1
	mapfile -t hosts < <(readlink /proc/self/ns/*)
	echo text >input
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

lies() { timeout 550 "$PROBES/inject" lie "$COFFERDAM" "$@" -- "$PROBES/confined" "${hosts[@]}" <input; }

# noticed OPTION…: every lie is refused by name, or the command is confined all the same.
noticed() {
	run lies run --report r.json --allow-degraded none --ro "$PROBES" "$@"
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ([0-9]+)" refused by name, "[0-9]+" confined all the same, 0 never began, 0 left nothing, "[0-9]+" not there, 0 wrong" ]]
	[ "${BASH_REMATCH[1]}" -ge 90 ]
}

@test "without a report nobody looks: the command runs with less than was asked for" {
	run lies run --allow-degraded none --ro "$PROBES"
	[ "$status" = 1 ]
	for call in prctl landlock_restrict_self prlimit64 unshare setsid mount move_mount mount_setattr umount2 sethostname; do
		echo "$call"
		grep -q "^WRONG: .*($call): status 0" <<<"$output"
	done
}

@test "with a report each lie is refused by name before the command runs" {
	noticed
	noticed --no-explain
}

@test "with a terminal, a workspace, hidden directories, and prepared in advance" {
	mkdir -p ws/hidden
	noticed --tty yes
	noticed --workspace "$PWD/ws" --hide "$PWD/ws/hidden" --time 1m
	exec 8< <(exec yes)
	noticed --start-fd 8
}

# Its command sees the processes of the host, which differ from run to run.
@test "an entrypoint" {
	# shellcheck disable=SC2016
	local show='grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status; prlimit --raw --noheadings; (: >>/proc/self/comm) && echo "$0"'
	run timeout 550 "$PROBES/inject" lie "$COFFERDAM" entrypoint --report r.json -- sh -c "$show" <input
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ([0-9]+)" refused by name, ".*" 0 wrong" ]]
	[ "${BASH_REMATCH[1]}" -ge 8 ]
	run timeout 550 "$PROBES/inject" lie "$COFFERDAM" entrypoint -- sh -c "$show" <input
	[ "$status" = 1 ]
}

@test "what nobody sees from inside: who may look into the processes, and with whom they die" {
	strace -f -qq -o trace -e trace=prctl "$COFFERDAM" run --no-explain --report r.json -- true
	tried=0
	# The how manieth prctl(2) of its process it is. (strace prints every call that it has no name for, too.)
	while read -r nth call; do
		run strace -f -qq -o /dev/null -e inject=prctl:retval=0:when="$nth" "$COFFERDAM" run --no-explain --report r.json -- touch /tmp/ran
		echo "$nth, $call: $status: $output"
		[ "$status" = 125 ]
		[[ $output == *"$call: the call returned success without taking effect"* ]]
		tried=$((tried + 1))
	# PID 1's own program, whose file nobody may read, is hidden by the kernel before it says so.
	done < <(awk '/ prctl\(/ { n[$1]++ } /PR_SET_PDEATHSIG, SIGKILL/ { print n[$1], "PR_SET_PDEATHSIG" }
		/PR_SET_DUMPABLE, SUID_DUMP_DISABLE/ && ++hidden <= 2 { print n[$1], "PR_SET_DUMPABLE" }' trace)
	[ "$tried" = 3 ]
}

@test "covers of /sys and of /etc/resolv.conf" {
	[ -d /sys/firmware ] || skip "no /sys/firmware"
	noticed --ro /sys
	strace -f -qq -o trace -e trace=move_mount "$COFFERDAM" run --no-explain --report r.json --ro /sys -- true
	for ((nth = 1; nth <= $(grep -c move_mount trace); nth++)); do
		run strace -f -qq -o /dev/null -e inject=move_mount:retval=0:when="$nth" \
			"$COFFERDAM" run --no-explain --report r.json --ro /sys -- ls /sys/firmware
		echo "$nth: $status: $output"
		[ "$status" = 125 ] || [ -z "$output" ]
	done
}

# As the root of a map of ids that the launcher's user has subordinate ids of, which its tracer may follow through
# newuidmap. Without a report too: who does not become another user is who it was.
@test "changes of ids" {
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	chmod 777 .
	mkdir bin
	cat >as-root <<-'X'
		set -e
		ids='grep -E "^(Uid|Gid|Groups)" /proc/self/status'
		echo job:1:65536 >ranges
		(cat /etc/passwd && echo job:x:70000:70000::/:/bin/sh) >users
		mount --bind users /etc/passwd
		mount --bind ranges /etc/subuid
		mount --bind ranges /etc/subgid
		mount -t tmpfs none bin
		for program in newuidmap newgidmap; do
			cp "/usr/bin/$program" bin/
			chmod 4755 "bin/$program"
			mount --bind "bin/$program" "/usr/bin/$program"
		done
		"$1/inject" lie setpriv --reuid 70000 --regid 70000 --groups 3 "$2" run --identity subuid --no-explain -- sh -c "$ids" <input ||
			echo "run: $?"
		"$1/inject" lie "$2" entrypoint --user 7:8 -- sh -c "$ids" <input || echo "entrypoint: $?"
	X
	# The subordinate ids, root's among them, and one for the launcher's user, which is none of these.
	mkfifo there mapped
	unshare --user --keep-caps --mount timeout 550 sh -c 'echo >there; read -r _ <mapped; exec setpriv --reuid 0 --regid 0 --clear-groups sh as-root "$@"' sh \
		"$PROBES" "$COFFERDAM" >out 2>&1 &
	begun=$!
	read -r _ <there
	for kind in uid gid; do
		first=$(awk -F: -v user="$(id -un)" '$1 == user { print $2; exit }' "/etc/sub$kind")
		"new${kind}map" "$begun" 0 "$first" 65536 70000 "$(id "-${kind::1}")" 1
	done
	echo >mapped
	wait "$begun" || echo "$?"
	run cat out
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *untried* ]]
	[ "$(grep -c "^[0-9]* steps of" <<<"$output")" = 2 ]
	run grep -E "^WRONG: .*, call [0-9]+ \((setgroups|setresuid|setresgid)\)" out
	[ "$status" = 1 ]
}

@test "what the report says was seen" {
	"$COFFERDAM" run --report r.json --network none --time 1m --allow-degraded none -- true
	jq -e '[.protections[] | select(.state != "active" and .state != "disabled")] == []' r.json
	jq -e '.protections.capabilities.seen | .bounding == 0 and .effective == 0 and .pid1_permitted == 0 and .securebits == 207' r.json
	jq -e '.protections.seccomp.seen == {"mode": 2, "filters": 1}' r.json
	jq -e '.protections.no_new_privs.seen == {"no_new_privs": 1, "pid1_no_new_privs": 1}' r.json
	jq -e '.protections.landlock.seen.refused == 1 and .protections.time.seen.armed == 1' r.json
	jq -e '.protections.root.seen | .readonly == 1 and .roots == 1 and .writable == 0 and .loose == 0 and .missing == 0' r.json
	jq -e '.protections.proc_masks.seen | .unmasked == 0 and .masked >= 10' r.json
	jq -e '.protections.file_descriptors.seen == {"inherited": 3, "others": 0, "lent": 0}' r.json
	"$COFFERDAM" run --report r.json -- readlink /proc/self/ns/user >ns
	[ "$(jq -r .protections.user_namespace.seen.inode r.json)" = "$(tr -dc 0-9 <ns)" ]
}

@test "a filter that nobody sees any more is refused, not promised" {
	# The command's process reads its status last before it executes, up to the end; a process's reads are counted apart.
	strace -f -qq -o trace -e trace=read,execve "$COFFERDAM" run --no-explain --report r.json -- true
	command=$(awk '$2 ~ /^execve/ { pid = $1 } END { print pid }' trace)
	nth=$(awk -v pid="$command" '$1 == pid && $2 ~ /^execve/ { exit } $1 == pid { n++ } END { print n - 1 }' trace)
	for lie in "" "-e inject=seccomp:retval=0"; do
		# shellcheck disable=SC2086 # words
		run strace -f -qq -o /dev/null $lie -e inject=read:retval=0:when="$nth+" \
			"$COFFERDAM" run --no-explain --report r.json -- touch /tmp/ran
		echo "$nth: $status: $output"
		[ "$status" = 125 ]
		[[ $output == *"seccomp: mode cannot be read after set-up"* ]]
	done
}

@test "what cannot be seen is unverified" {
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_ERRNO"}]}' >no-read.json
	"$COFFERDAM" run --report r.json --no-explain --seccomp ./no-read.json --ro "$PROBES" -- "$PROBES/canary" || true
	jq -e '.protections.seccomp | .state == "unverified" and .not_seen == "mode"' r.json
	# A filter around us that answers what only Landlock refuses.
	"$PROBES/withhold" mknod,mknodat "$COFFERDAM" entrypoint --report r.json -- true
	jq -e '.protections.landlock | .state == "unverified" and .not_seen == "refused"' r.json
	"$PROBES/withhold" statx "$COFFERDAM" run --report - -- true >r.json
	jq -e '.protections.root | .state == "unverified" and .not_seen == "roots"' r.json
	jq -e '.protections.capabilities.state == "active"' r.json
}
