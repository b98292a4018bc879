#!/usr/bin/env bats
# The commands of docs/getting-started.md, in the order of the page.

load helpers

setup() {
	W=$BATS_TEST_TMPDIR/w
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir "$W" "$HOME" "$BATS_TEST_TMPDIR/bin"
	ln -s "$COFFERDAM" "$BATS_TEST_TMPDIR/bin/cofferdam"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	cd "$W" || return
	printf 'all:\n\techo made >made\n' >Makefile
}

# task NUMBER: runs the commands of the task, each of which must succeed.
task() {
	local script

	script=$(sed -n "/^## $1\. /,/^## /{/^\`\`\`/,/^\`\`\`/{/^\`\`\`/!p}}" "$SRC/docs/getting-started.md")
	[ -n "$script" ]
	# What it leaves in the background does not outlive it.
	# shellcheck disable=SC2016 # expanded by that bash
	run timeout 60 bash -e -o pipefail -c 'trap "kill \$(jobs -p) 2>/dev/null || :" EXIT'$'\n'"$script" </dev/null
	echo "$script: $status: $output"
	[ "$status" = 0 ]
}

@test "check the host" {
	task 1
	[[ $output == *"profile job"* ]]
}

@test "run a build, keep a cache" {
	task 2
	[ "$(cat made)" = made ]
	rm made
	task 3
	[ "$(cat made)" = made ]
}

@test "see what a sandbox will be" {
	task 4
	[[ $output == *'"none"'* ]]
	[ ! -e made ]
}

@test "find out why a call was denied" {
	task 5
	[[ $output == *"denied: unshare(2) by unshare "*"  remedy  "* ]]
}

@test "limit memory, and see the limit named" {
	"$COFFERDAM" run --memory 64M --swap 0 -- true 2>/dev/null || skip "no delegated memory controller"
	task 6
	[[ $output == *'"memory"'* ]]
}

@test "write a profile" {
	task 7
	[ "$(cat made)" = made ]
}

@test "use Docker's seccomp profile" {
	[ -e /usr/share/containers/seccomp.json ] || skip "golang-github-containers-common is not installed"
	task 8
}

@test "learn a policy from a run" {
	task 9
}

@test "run a job with the doubles of GitHub and its runner" {
	"$COFFERDAM" run --network open -- true 2>/dev/null || skip "no network of one's own on this host"
	ln -s "$SRC/tests" tests
	ln -s "$BUILD" build
	task 10
	[[ $output == *"succeeded in "*"residue: none"*"uid=$(id -u)"*'"exit"'* ]]
}
