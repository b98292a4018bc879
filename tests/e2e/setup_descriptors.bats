#!/usr/bin/env bats
# What is open in the sandbox's processes whenever they look a path up: tests/escape/descriptors.c. Once the new root is entered
# that is nothing of the launcher's or its caller's, whatever those hold.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PROBES=$BUILD/tests/escape
	mkdir -p ws out held image/{bin,proc,dev,etc,sys,tmp}
	cp /bin/busybox image/bin/true
	echo text >input
	unshare --user --map-current-user --keep-caps true 2>/dev/null || skip "no user namespace with capabilities to look from"
}

# listed OPTION… -- COMMAND…: the lines in the file `lines`. The caller has directories open besides: 5, 7, 9 and 20.
listed() {
	unshare --user --map-current-user --keep-caps "$PROBES/descriptors" \
		setpriv --ambient-caps=-all --inh-caps=-all --bounding-set=-all "$COFFERDAM" run --quiet "$@" \
		5<held 7<held 9<held 20</ >lines 3>&- 4>&-
}

# only ALLOWED: whether nothing else is open in the command's process where it resolves its work directory and its command, loads the
# filter and executes. ALLOWED is a regular expression for one descriptor.
only() {
	local own='[0-9]+=/proc/[0-9]+/(status|fd)' sock='[0-9]+=socket' rules='[0-9]+=anon_inode:\[landlock-ruleset\]'
	# What the mount table names: Landlock's rules are made of it.
	local shown="[0-9]+=/(dev|dev/mqueue|proc|usr|tmp|run|workspace|var/tmp|home/job|${PWD#/}/ws)?"
	# From where the set-up is read back: the sandbox's own root, work directory and /sys.
	local seen="[0-9]+=/(sys/devices/system/cpu|workspace|${PWD#/}/ws)?"
	local rest
	cat lines
	# Where there is a report, the covers below the sandbox's own /sys are asked about from its root.
	rest=$(grep -E "^command (openat2|statx|faccessat2|newfstatat) (sys/|cpu[0-9]+/)" lines | grep -Ev ":( $sock| ($1)| $seen)*\$") || true
	[ -z "$rest" ] || { echo "more: $rest"; false; }
	grep -Ev "^command (openat2|statx|faccessat2|newfstatat) (sys/|cpu[0-9]+/)" lines >rest
	mv rest lines
	[ "$(grep -cE '^command (openat2|execve|seccomp) ' lines)" -ge 4 ]
	matches() {
		rest=$(grep -E "^$1 " lines | grep -Ev "^[^:]*:( $sock| $2)*\$") || true
		[ -z "$rest" ] || { echo "more than $2: $rest"; false; }
	}
	# What the job or an image may have written is looked up with nothing else open.
	matches "command openat2 (/workspace|/home/job|$PWD/ws|(/usr(/local)?)?/s?bin/true)" "($1|$own)"
	# Where there is a report, the set-up is read back, and under the filter the kernel's own word about this process. The job's own
	# program is open, by O_PATH, from where it is found until it runs: it leads to no other file.
	local program='[0-9]+=/(usr/)?bin/true'
	matches "command (openat2|newfstatat|statfs|statx|readlink)" "($1|$own|$seen|$program)"
	matches "command seccomp" "($1|$own|$program)"
	matches "command execve" "($1|$own|$program|[0-9]+=anon_inode:seccomp notify)"
	matches "command openat" "($1|$own|$rules|$shown|$seen)"
	# PID 1 becomes another program with its file, its socket and what is the command's.
	matches "child execveat" "($1|[0-9]+=/memfd:cofferdam-init \(deleted\))"
	run grep -Ev '^command (openat|openat2|execve|seccomp|newfstatat|statfs|statx|readlink) |^child (umount2 \.|chdir /|execveat -):' lines
	[ "$status" = 1 ]
	[ -z "$output" ]
	# One socket, and no more; the child's that set lo up is closed with the rest.
	[ "$(grep -c '=socket' lines)" = "$(wc -l <lines)" ]
	run grep '^command .*=socket.*=socket' lines
	[ "$status" = 1 ]
}

@test "a launcher that holds nothing, and one that holds directories" {
	listed -- true
	only none
	listed --workspace ws --workdir "$PWD/ws" --report out/r.json --disk 50M -- true
	only none
	listed --no-landlock --no-explain --report out/r.json -- true
	only none
	listed --tty yes --report out/r.json -- true </dev/null
	only none
}

@test "an image, a layer and the list of what has changed" {
	listed --root "$PWD/image" --changes out/changes --report out/r.json --workdir / -- /bin/true
	only none
	listed --root overlay --changes out/changes --report out/r.json -- true
	only none
}

@test "what the command is to have, and what it waits for, stays open" {
	listed --keep-fd 8 --keep-fd 31 -- true 8</dev/null 31<input
	only '(8=/dev/null|31=/)'
	listed --start-fd 8 --report out/r.json --workspace ws --disk 50M -- true 8< <(echo)
	only '8=pipe'
}
