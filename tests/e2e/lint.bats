# What `make lint` does where a tool has another version than the tree is made for.

bats_require_minimum_version 1.5.0

setup() {
	TOOL=$BATS_TEST_DIRNAME/../lint-tool
	cd "$BATS_TEST_TMPDIR"
	echo VERSION_CODENAME=bookworm >bookworm
	echo VERSION_CODENAME=trixie >trixie
	mkdir bin
	printf '#!/bin/sh\necho "Debian clang-format version 14.0.6"\n' >bin/old
	printf '#!/bin/sh\necho "clang-format version 19.1.7 (1+b1)"\n' >bin/new
	printf '#!/bin/sh\nexit 1\n' >bin/broken
	chmod +x bin/*
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	unset CI
}

@test "the version that is required" {
	for release in bookworm trixie; do
		LINT_OS_RELEASE=$PWD/$release run "$TOOL" layout old 14
		[ "$status" = 0 ]
		[ -z "$output" ]
	done
}

@test "another one fails in CI and on the release that has the right one, and is skipped by name elsewhere" {
	local tool found
	for tool in new broken missing; do
		found=none
		[ $tool != new ] || found=19.1.7
		LINT_OS_RELEASE=$PWD/bookworm run "$TOOL" layout $tool 14
		[ "$status" = 1 ]
		[ "$output" = "lint: layout: FAILED: requires $tool 14 (Debian 12), found $found (make deps)" ]
		CI=true LINT_OS_RELEASE=$PWD/trixie run "$TOOL" layout $tool 14
		[ "$status" = 1 ]
		LINT_OS_RELEASE=$PWD/trixie run "$TOOL" layout $tool 14
		[ "$status" = 2 ]
		[ "$output" = "lint: layout: skipped: requires $tool 14 (Debian 12), found $found" ]
	done
}

@test "lint itself: a tool of another version ends it as failed" {
	printf '#!/bin/sh\necho "clang-format version 19.1.7"\n' >bin/clang-format
	printf '#!/bin/sh\nexit 0\n' | tee bin/{clang-tidy,cppcheck,shellcheck} >/dev/null
	printf '#!/bin/sh\necho "gcc (Debian) 14.2.0"\n' >bin/gcc
	chmod +x bin/*
	LINT_OS_RELEASE=$PWD/trixie run "$BATS_TEST_DIRNAME/../lint"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"lint: clang-format: skipped: "*"lint: gcc -fanalyzer: skipped: requires gcc 12 (Debian 12), found 14.2.0"* ]]
	CI=true LINT_OS_RELEASE=$PWD/trixie run "$BATS_TEST_DIRNAME/../lint"
	[ "$status" = 1 ]
	[[ $output == *"lint: clang-format: FAILED: requires clang-format 14 (Debian 12), found 19.1.7 (make deps)"* ]]
}
