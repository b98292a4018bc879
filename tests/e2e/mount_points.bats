#!/usr/bin/env bats
# cofferdam run: mount points that are made in writable directories of the host are removed at the end.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir w d
	echo canary >d/file
}

# left: all that is in the workspace.
left() {
	(cd w && find . -mindepth 1 | sort | xargs)
}

@test "what was made for a mount is removed: directories, files, and those on the way" {
	W=$PWD/w
	for options in "--tmpfs $W/cache" "--ro $PWD/d:$W/new/deep/dir" "--ro $PWD/d/file:$W/sub/file" "--rw $PWD/d:$W/out" \
		"--tmpfs $W/a --ro $PWD/d:$W/a/b/c" "--tmpfs $W/x/1 --tmpfs $W/x/2"; do
		# shellcheck disable=SC2086 # words
		run "$COFFERDAM" run --workspace w $options -- sh -c 'ls | wc -l'
		echo "$options: $status: $output: $(left)"
		[ "$output" = 1 ]
		[ "$(left)" = "" ]
	done
	# By another name inside.
	run "$COFFERDAM" run --rw "$PWD/w:/out" --ro "$PWD/d:/out/new/dir" -- cat /out/new/dir/file
	[ "$output" = canary ]
	[ "$(left)" = "" ]
	# Whatever the caller's umask is, the job can enter it.
	(umask 077 && "$COFFERDAM" run --workspace w --ro "$PWD/d:$W/new/dir" -- stat -c %a new) >mode
	[ "$(cat mode)" = 755 ]
	[ "$(left)" = "" ]
}

@test "a launch that fails, and one that is ended, leave none" {
	run -127 "$COFFERDAM" run --workspace w --tmpfs "$PWD/w/new/dir" -- /no/such
	[ "$(left)" = "" ]
	run "$COFFERDAM" run --workspace w --time 1s --grace 0s --tmpfs "$PWD/w/new/dir" -- sleep 60
	[ "$status" = 124 ]
	[ "$(left)" = "" ]
	ln -s "$PWD/d" w/link
	run "$COFFERDAM" run --workspace w --tmpfs "$PWD/w/first" --tmpfs "$PWD/w/link/dir" -- true
	echo "$output"
	[ "$status" = 125 ]
	[ "$(left)" = "./link" ]
	[ "$(ls d)" = file ]
}

@test "what was there before stays, and what the job made" {
	mkdir w/mine
	: >w/empty
	chmod 644 w/empty
	run "$COFFERDAM" run --workspace w --tmpfs "$PWD/w/mine" --ro "$PWD/d/file:$PWD/w/empty" --tmpfs "$PWD/w/new/dir" -- \
		sh -c 'touch new/result && cat empty'
	echo "$output"
	[ "$output" = canary ]
	[ "$(left)" = "./empty ./mine ./new ./new/result" ]
}

@test "what is there and is no mount point of a launch's is not opened: a FIFO" {
	mkfifo w/fifo
	sh -c 'echo word >w/fifo; touch passed' 3>&- &
	run "$COFFERDAM" run --workspace w --ro "$PWD/d/file:$PWD/w/fifo" -- cat "$PWD/w/fifo"
	[ "$output" = canary ]
	[ ! -e passed ]
	# The control: who opens it wakes the writer.
	[ "$(cat w/fifo)" = word ]
	until_true 20 test -e passed
}

@test "a job cannot make the launcher remove anything else" {
	mkdir target w/kept
	# The directory on the way is renamed, and a link, another directory or a file takes its place.
	for place in 'ln -s "$OLDPWD/target" new' 'ln -s ../target new' 'mkdir -p new/dir' 'touch new' 'mv kept new'; do
		mkdir -p target/dir w/kept
		run "$COFFERDAM" run --workspace w --tmpfs "$PWD/w/new/dir" -- sh -c "mv new moved && $place"
		echo "$place: $status: $output: $(left)"
		[ "$status" = 0 ]
		[ -d target/dir ]
		[ -e w/new ] || [ -L w/new ]
		[ "$place" != 'mkdir -p new/dir' ] || [ -d w/new/dir ]
		[ ! -e w/moved/dir ]
		rm -rf w/new w/moved
	done
}

@test "a mount point that another launch uses is not removed below it" {
	"$COFFERDAM" run --workspace w --tmpfs "$PWD/w/new/dir" --rw "$PWD/d:/d" -- sh -c 'touch /d/first; until [ -e /d/end ]; do sleep 0.05; done' 3>&- &
	first=$!
	until_true 20 test -e d/first
	"$COFFERDAM" run --workspace w --ro "$PWD/d:$PWD/w/new/dir" --rw "$PWD/d:/d" -- sh -c \
		'touch /d/second; until [ -e /d/look ]; do sleep 0.05; done; cat new/dir/file' >seen 2>&1 3>&- &
	second=$!
	until_true 20 test -e d/second
	touch d/end
	wait "$first"
	touch d/look
	wait "$second"
	cat seen
	[ "$(cat seen)" = canary ]
}

@test "with ids of its own the job leaves none either" {
	"$COFFERDAM" run --identity subuid -- true || skip "no subordinate ids here"
	run "$COFFERDAM" run --identity subuid --workspace w --ro "$PWD/d:$PWD/w/new/dir" -- cat new/dir/file
	[ "$output" = canary ]
	[ "$(left)" = "" ]
}

@test "without such a mount nothing more is asked of the system" {
	need strace
	for options in "--workspace w" "--ro $PWD/d" "--tmpfs /scratch"; do
		# shellcheck disable=SC2086 # words
		strace -o trace "$COFFERDAM" run $options -- true || skip "strace does not work here"
		[ "$(grep -cE 'LOCK_SH|^mkdirat' trace)" = 0 ]
	done
	strace -o trace "$COFFERDAM" run --workspace w --tmpfs "$PWD/w/new" -- true
	grep LOCK_SH trace
}
