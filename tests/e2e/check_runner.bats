#!/usr/bin/env bats
# `make check-runner` and what it, and every other test with a distribution of the official runner, refuses to begin with.

load helpers

# make_here ARGUMENT…: make in this tree, without what a make above says.
make_here() {
	run env -u MAKEFLAGS -u MAKEOVERRIDES -u RUNNER_DIST RUNNER_DIR=/from/the/environment make --no-print-directory -C "$SRC" "$@"
	echo "$status: $output"
}

# dist: a directory that looks like a distribution.
dist() {
	mkdir -p dist/bin dist/externals
	cp /bin/true dist/bin/Runner.Listener
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "check-runner without a distribution says in one line what it requires" {
	make_here check-runner
	[ "$status" != 0 ]
	[ "${lines[0]}" = "check-runner: no official runner to test with (name its directory: make check-runner RUNNER_DIST=DIR)" ]
}

@test "check-runner names what is not there, by either variable" {
	for variable in RUNNER_DIST RUNNER_DIR; do
		make_here check-runner "$variable=$PWD/none"
		[ "$status" != 0 ]
		[ "${lines[0]}" = "RUNNER_DIST: $PWD/none/bin/Runner.Listener: No such file or directory (name the directory of an unpacked official runner)" ]
	done
}

@test "a distribution is taken if all of it can be read, and refused by the name of the file that cannot" {
	dist
	run "$SRC/tests/runner-dist" "$PWD/dist"
	[ "$status" = 0 ]
	[ -z "$output" ]
	chmod a-x dist/bin/Runner.Listener
	run "$SRC/tests/runner-dist" "$PWD/dist"
	[ "$status" = 1 ]
	[[ $output == "RUNNER_DIST: $PWD/dist/bin/Runner.Listener: not executable ($(id -un) must be able to read it: chmod -R a+rX $PWD/dist,"* ]]
	chmod a+x dist/bin/Runner.Listener
	echo text >dist/externals/secret
	chmod 0 dist/externals/secret
	run "$SRC/tests/runner-dist" "$PWD/dist"
	[ "$status" = 1 ]
	[[ $output == "RUNNER_DIST: $PWD/dist/externals/secret: Permission denied ("* ]]
	rm -f dist/externals/secret
	chmod 0 dist/externals
	run "$SRC/tests/runner-dist" "$PWD/dist"
	[ "$status" = 1 ]
	[[ $output == "RUNNER_DIST: $PWD/dist/externals: Permission denied ("* ]]
	chmod 700 dist/externals
}

@test "a distribution behind a closed directory, or a relative name, is refused" {
	mkdir closed
	(cd closed && dist)
	chmod 0 closed
	run "$SRC/tests/runner-dist" "$PWD/closed/dist"
	chmod 700 closed
	[ "$status" = 1 ]
	[[ $output == "RUNNER_DIST: $PWD/closed/dist/bin/Runner.Listener: Permission denied ("*"a+x for the directories above it"* ]]
	run "$SRC/tests/runner-dist" closed/dist
	[ "$status" = 1 ]
	[ "$output" = "RUNNER_DIST: closed/dist: must be an absolute path" ]
}
