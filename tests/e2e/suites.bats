#!/usr/bin/env bats
# What tests/suites/run makes of differences between a suite inside and outside: with a suite of the test's own.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir suites
	cp "$SRC/tests/suites/run" suites/
	cat >suites/mine <<-'X'
		#!/bin/sh
		can() { "$@" 2>/dev/null && echo "$module $name pass" || echo "$module $name fail"; }
		case $1 in
		lacks) cat "$(dirname "$0")/lacked" 2>/dev/null ;;
		modules) cat "$(dirname "$0")/list" ;;
		execute)
			shift
			for module; do
				case $module in
				same) name=true can true; echo "same (skipped)[1] skip" ;;
				fds) name=closed can test ! -e /proc/$$/fd/7 ;;
				users) name=new.user-namespace can unshare -U true ;;
				here) can unshare -U true >probe; grep -q pass probe && printf "here %s pass\n" a b ;;
				none) echo "none (module) none" ;;
				once) [ -e "$SUITE_SHARED/twice" ] && echo "once test pass" || echo "once test fail"
					case $PWD in */o) : >"$SUITE_SHARED/twice" ;; esac ;;
				esac
			done >results
			;;
		esac
	X
	chmod +x suites/mine
}

# suites MODULE…: runs them, of the suite `mine`.
suites() {
	printf '%s\n' "$@" >suites/list
	run env BUILD="$BUILD" suites/run mine
	echo "$status: $output"
}

@test "a suite that is the same in both places has passed, and a module without tests is skipped" {
	exec 7</dev/null # No sandbox hands it on, nor is it there outside.
	suites same none fds
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "suites: 4 passed, 0 failed, 2 skipped" ] || [ "${lines[-1]}" = "suites: 2 passed, 0 failed, 2 skipped" ]
	[[ ${lines[0]} == "mine, single: 3 tests of 2 modules outside, 3 inside, of which 2 pass; 0 differ without a reason" ]]
}

@test "a difference fails unless it is named, with that direction and identity" {
	suites same users
	[ "$status" = 1 ]
	[[ $output == *"single: differs: users new.user-namespace pass>fail"* ]]
	printf '%s\n' "users new.*space both pass>skip another change" "users newXuser-namespace both pass>fail another test" \
		"same * both pass>fail another module" "users * both pass>fail" "# users * both pass>fail a comment" \
		"users * subuid pass>fail another identity" >suites/mine.differences
	suites users
	[ "$status" = 1 ]
	[[ $output == *"single: differs: users new.user-namespace pass>fail"* && $output != *"subuid: differs"* ]]
	echo "users new.*space both pass>fail No job makes a user namespace." >suites/mine.differences
	suites same users
	[ "$status" = 0 ]
	[[ ${lines[-1]} == *" 0 failed, 0 skipped" || ${lines[-1]} == *" 0 failed, 1 skipped" ]]
}

@test "a module that runs in one place only is one difference" {
	suites same here
	[ "$status" = 1 ]
	[ "$(grep -c "single: differs" <<<"$output")" = 1 ]
	[[ $output == *"single: differs: here (module) ran>none"* ]]
}

@test "what differs once and not again is said, and no failure" {
	suites once
	[ "$status" = 0 ]
	[[ $output == *"once and not again: once test fail>pass"* ]]
}

@test "a suite that runs no test has failed, one that the host lacks is skipped by name" {
	suites silent
	[ "$status" = 1 ]
	echo "no sources" >suites/lacked
	suites same
	[ "$status" = 0 ]
	[ "$output" = "mine: skipped: no sources"$'\n'"suites: 0 passed, 0 failed, 1 skipped" ]
}
