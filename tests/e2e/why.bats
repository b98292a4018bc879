#!/usr/bin/env bats
# doctor --why: error texts, and what programs in a sandbox really print, lead to causes.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# leads_to ID [OPTION…] -- COMMAND…: the command fails in a sandbox, and of what it prints --why finds this cause.
leads_to() {
	local id=$1 said causes status=0
	shift
	said=$("$COFFERDAM" run "$@" 2>&1 </dev/null) || status=$?
	echo "$id: $status: $said"
	[ "$status" != 0 ]
	causes=$("$COFFERDAM" doctor --why - --json <<<"$said")
	[ "$(jq --arg id "$id" '.causes | any(.id == $id)' <<<"$causes")" = true ]
}

@test "an error text has its line, object, cause, check and remedy" {
	run_split "$COFFERDAM" doctor --why 'unshare: unshare failed: Operation not permitted'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "unshare: unshare failed: Operation not permitted" ]
	[[ ${lines[1]} == "  object  unshare(2), "* ]]
	[[ ${lines[2]} == "  cause   Inside a sandbox the seccomp policy denies new namespaces, "* ]]
	[[ ${lines[3]} == "  see     cofferdam policy explain job unshare clone; "* ]]
	[[ ${lines[4]} == "  remedy  Most tools have a switch "* ]]
	[ "${#lines[@]}" = 5 ]
}

@test "a text without a cause ends with 1, a wrong command line with 125" {
	run_split "$COFFERDAM" doctor --why 'the weather is fine'
	[ "$status" = 1 ]
	[ "$output" = "no cause is known for this text; \`cofferdam doctor\` checks the host" ]
	run_split "$COFFERDAM" doctor --why x --profile job
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: doctor: --why: cannot be used with --profile (quote the text: cofferdam doctor --why 'TEXT')" ]
	run_split "$COFFERDAM" doctor --why
	[ "$status" = 125 ]
	[[ $stderr == *"--why: requires a value"* ]]
}

@test "a log on standard input: each known line, once, escaped" {
	printf 'building\nx: \033[31mRead-only file system\nKilled\nKilled\n' >log
	run_split "$COFFERDAM" doctor --why - <log
	[ "$status" = 0 ]
	[ "$(grep -c '^  cause ' <<<"$output")" = 2 ]
	[[ ${lines[0]} == 'x: \x1b[31mRead-only file system' ]]
	run "$COFFERDAM" doctor --why - --json <log
	jq -e '.causes | map(.id) == ["read-only", "exit-137"] and all(.cause != "" and .remedy != "" and .object != "" and .line != "")' <<<"$output"
	run_split "$COFFERDAM" doctor --why - --json </dev/null
	[ "$status" = 1 ]
	jq -e '.causes == []' <<<"$output"
}

@test "a log that is too long is refused with the way to read its end" {
	head -c 1048577 /dev/zero | tr '\0' x >log
	run_split "$COFFERDAM" doctor --why - <log
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: doctor: --why: standard input: File too large (search the end of it: tail -n 1000 LOG | cofferdam doctor --why -)" ]
}

@test "what programs print in a sandbox leads to its cause" {
	leads_to mount-denied -- mount -t tmpfs none /mnt
	leads_to denied -- mount -t tmpfs none /mnt
	leads_to unshare-denied -- unshare -Ur true
	leads_to unshare-denied -- bwrap --ro-bind / / true
	leads_to chown -- chown 0:0 .
	leads_to ptrace --profile strict -- strace true
	! command -v fakeroot >/dev/null || leads_to fakeroot --profile strict -- fakeroot true
	leads_to limit-reached --time 100ms -- sleep 60
	leads_to dmesg -- dmesg
	leads_to keyctl -- keyctl show
	leads_to hostname-date -- hostname elsewhere
	leads_to kill-denied -- kill -9 1
	leads_to name-resolution -- curl -sS http://example.com/
	leads_to network-unreachable -- curl -sS http://10.0.0.1/
	leads_to network-unreachable -- bash -c ': >/dev/tcp/10.0.0.1/80'
	leads_to read-only -- touch /usr/bin/x
	leads_to denied-by-kernel --explain -- touch /usr/bin/x
	leads_to command-not-found -- nowhere
	mkdir tools
	printf '#!/bin/sh\n' >tools/mytool
	chmod +x tools/mytool
	PATH=$PWD/tools:$PATH leads_to command-not-found -- mytool
	PATH=$PWD/tools:$PATH leads_to command-not-found --ro "$PWD/tools" -- mytool
	leads_to command-not-found --workspace tools -- mytool
	leads_to source-missing --rw "$PWD/nothing" -- true
	leads_to source-missing --ro "$PWD/nothing" -- true
	HOME=$PWD leads_to other-home --ro "$PWD/tools:$PWD/.tools" -- false
	leads_to other-home --ro "$PWD/tools:~/tools" -- true
	leads_to cannot-execute -- sh -c ': >x; ./x'
	leads_to workspace-empty -- make test
	leads_to apt -- apt-get install -y hello
	leads_to host-file-link --root overlay -- ln /usr/bin/env /usr/bin/other
	leads_to apt --root overlay -- dpkg -i nothing.deb
	leads_to mknod -- mknod x c 1 3
	leads_to no-space -- dd if=/dev/zero of=/run/x bs=1M count=20
	leads_to nofile --nofile 16 -- bash -c 'for i in {1..20}; do exec {fd}</; done'
	leads_to not-a-tty --tty no -- tty
	leads_to killed-sigsys -- bash -c 'bash -c "kill -SYS \$\$"; exit 1'
	leads_to exit-137 -- bash -c 'bash -c "kill -9 \$\$"; echo "exit code $?"; exit 1'
	leads_to file-size -- sh -c 'ulimit -f 1; head -c 9999 /dev/zero >x; exit $?'
	leads_to git-ownership --env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 -- sh -c 'git init -q . && git status'
	leads_to not-implemented -- python3 -c 'import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(460) == -1 # newer than this version
raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))'
	leads_to cgroup-inside -- mkdir /sys/fs/cgroup/x
}

# An error text that has been reworded leaves its row behind.
@test "every message of ours in the catalogue is in the sources" {
	cd "$SRC"
	jq -r '.messages[] | select(.source) | .source' policy/messages/messages.json >"$BATS_TEST_TMPDIR/sources"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/sources")" -gt 15 ]
	while read -r source; do
		grep -rqF --include='*.[ch]' -e "$source" policy sandbox cli runner common || { echo "$source"; false; }
	done <"$BATS_TEST_TMPDIR/sources"
	# … and a text that begins with our name says where it is.
	[ "$(jq -r '.messages[] | select((.example | startswith("cofferdam: ")) and (.source | not)) | .id' policy/messages/messages.json)" = "" ]
}

@test "commands in the catalogue's checks are such that they run" {
	jq -r '.messages[] | .see // empty' "$SRC/policy/messages/messages.json" | grep -o 'cofferdam policy explain job [a-z_0-9 ]*[a-z_0-9]' |
		sed 's/ prints.*//' | sort -u >explain
	[ "$(wc -l <explain)" -ge 10 ]
	while read -r command; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" ${command#cofferdam }
		echo "$command: $status: $stderr"
		[ "$status" = 0 ]
	done <explain
}

@test "docs/messages.md is up to date" {
	diff <(jq -rf "$SRC/docs/messages.jq" "$SRC/policy/messages/messages.json") "$SRC/docs/messages.md"
}
