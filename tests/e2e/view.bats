#!/usr/bin/env bats
# cofferdam run --view: a copy of what the host has, for reading.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

@test "--view: of a file too, up to 1 MiB; what is neither, or has a mount below, is refused by name" {
	local nested=(unshare --user --map-user="$(id -u)" --map-group="$(id -g)")
	mkdir -p view/sub
	echo text >view/file
	chmod 0640 view/file
	truncate -s 1M largest
	truncate -s 1048577 larger
	mkfifo fifo
	run "$COFFERDAM" run --view view/file --view largest -- sh -c "cat $PWD/view/file; stat -c %a $PWD/view/file; stat -c %s $PWD/largest; echo x >$PWD/view/file"
	[ "${lines[0]}" = text ]
	[ "${lines[1]}" = 640 ]
	[ "${lines[2]}" = 1048576 ]
	[[ ${lines[3]} == *"Read-only file system"* ]]
	run "$COFFERDAM" run --view larger -- true
	[ "$status" = 125 ]
	[[ $output == *"view of $PWD/larger: a file of more than 1 MiB (a view of a file is a copy: "* ]]
	run "$COFFERDAM" run --view fifo -- true
	[ "$status" = 125 ]
	[[ $output == *"view of $PWD/fifo: neither a directory nor a regular file"* ]]
	run "$COFFERDAM" run --view none -- true
	[ "$status" = 125 ]
	[[ $output == *"--view: $PWD/none: no such file or directory ("* ]]
	"${nested[@]}" "$COFFERDAM" run --view view -- true || skip "no sandbox in a nested user namespace here"
	# shellcheck disable=SC2016
	run unshare --user --map-root-user --mount sh -c 'mount -t tmpfs tmpfs view/sub && "$@"' sh "${nested[@]}" "$COFFERDAM" run --view view -- true
	[ "$status" = 125 ]
	[[ $output == *"$PWD/view: "*"(a view cannot show what is mounted below a directory"* ]]
}

@test "--view: a lock in it is not the host's, a bind's is; read-only both" {
	local how
	mkdir view
	echo text >view/file
	for how in --ro --view; do
		coproc JOB { "$COFFERDAM" run $how view -- sh -c "exec 9<$PWD/view/file; flock 9; echo locked; read -r line" 2>&1; }
		read -r -t 20 said <&"${JOB[0]}"
		[ "$said" = locked ]
		if [ $how = --ro ]; then
			run flock -n view/file true
			[ "$status" = 1 ]
		else
			flock -n view/file true
		fi
		eval "exec ${JOB[1]}>&-"
		wait "$JOB_PID" || true
	done
	run "$COFFERDAM" run --view view -- sh -c "cat $PWD/view/file; echo x >$PWD/view/file"
	[ "${lines[0]}" = text ]
	[[ ${lines[1]} == *"Read-only file system"* ]]
}
