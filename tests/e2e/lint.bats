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

@test "checks in transcripts: what -e passes over is refused, with its line" {
	sed 's/^TEST/@test/' >bad.bats <<'END' # bats would read "@test"
# It's a comment with a quote.
each() {
	for x in 1 2; do
		[ "$x" = 1 ] && [ "$x" = 2 ]
	done
	! grep -q x "$(sed 's/)//' <<<"y")" |
		grep z
	{ first && second; } 2>/dev/null
	false || { first && second; }
	case $x in a) first && second ;; esac
	echo end
}

TEST "a test" {
	! false
	cat <<-END2
		first && second, and it's no string
	END2
	sh -ec "first
		second && third
		fourth"
	if first && second; then
		[[ $x = 1 ]] &&
			second
		third
	fi
	[ 1 ] && [ 2 ]
}
END
	run "$BATS_TEST_DIRNAME/../lint-checks" bad.bats
	echo "$output"
	[ "$status" = 1 ]
	[ "$(grep -c . <<<"$output")" = 9 ]
	[ "$(cut -d: -f2 <<<"$output" | xargs)" = "4 6 8 9 10 15 20 23 27" ]
	[[ ${lines[0]} == 'bad.bats:4: "a && b": '* ]]
	[[ ${lines[1]} == 'bad.bats:6: "! command": '* ]]
}

@test "checks in transcripts: lists whose status is somebody's pass" {
	sed 's/^TEST/@test/' >good.bats <<'END'
is_there() {
	[ -e a ] && [ -e b ]
}
is_gone() {
	if [ -e a ]; then
		! cmp -s a b
	else
		first && second
	fi
}
TEST "a test" {
	[[ $x = 1 && $y = '[ 2 ] && [ 3 ]' ]]
	! first || second
	first && second || false
	if first && ! second; then third; fi
	until first && second; do :; done
	(cd a && first)
	x=$(cd a && first)
	first && second &
	run sh -c 'first && second; third'
	run sh -ec 'first; second && third'
	((1 && 2))
	x=(first "&&" second) y=${x:-"first && second"} # first && second
}
END
	run "$BATS_TEST_DIRNAME/../lint-checks" good.bats
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "checks in transcripts: what cannot be read is an error, not a pass" {
	echo 'first "second' >open.bats
	run "$BATS_TEST_DIRNAME/../lint-checks" open.bats
	[ "$status" != 0 ]
	[ "$output" = "open.bats:2: cannot be read: no closing quote" ]
}
