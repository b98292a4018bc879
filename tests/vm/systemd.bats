#!/usr/bin/env bats
# Limits where nothing is delegated, but the user has a systemd: cofferdam run makes itself a scope.

load ../e2e/helpers

setup() {
	cd "$(mktemp -d "$HOME/XXXXXX")" || return 1
}

teardown() {
	rm -rf "$PWD"
}

said() {
	jq -r "$1" report.json
}

@test "this session is not delegated: without a manager within reach the limit is refused" {
	XDG_RUNTIME_DIR='' run_split "$COFFERDAM" run --memory 64M -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: memory limit: no delegated cgroup v2 with the memory controller: the launcher's cgroup is not delegated"* ]]
}

@test "with one, the limits hold by themselves" {
	run "$COFFERDAM" run --memory 64M --pids 20 --cpus 0.5 --report report.json -- true
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(said .protections.memory.state)" = active ]
	[ "$(said .limits.memory.peak_of)" = cgroup ]
	run "$COFFERDAM" run --memory 32M --report report.json --ro "$BUILD" -- "$BUILD/tests/vm/hog" memory 100
	[ "$status" = 137 ]
	[ "$(said .ended_by)" = memory ]
}

@test "without limits no scope is made" {
	run "$COFFERDAM" run --report report.json -- true
	[ "$status" = 0 ]
	[ "$(said .protections.cgroup.state)" = disabled ]
}

@test "arguments, standard input and output, descriptors and exit code stay what they are" {
	exec 5< <(echo five)
	# shellcheck disable=SC2016
	run_split "$COFFERDAM" run --quiet --pids 20 --keep-fd 5 -- sh -c 'cat; cat <&5; printf "<%s>" "$@" >&2; exit 7' \
		'' 'two words' '$HOME' '%h' '' '--' "it's" <<<"from standard input"
	echo "$output; $stderr"
	[ "$status" = 7 ]
	[ "$output" = "from standard input"$'\n'five ]
	[ "$stderr" = "<two words><\$HOME><%h><><--><it's>" ]
}

@test "the launcher stays the process that was started, and hears its signals" {
	mkdir work
	"$COFFERDAM" run --pids 20 --workspace "$PWD/work" --report report.json -- sh -c 'trap "exit 9" TERM; touch ready; while :; do sleep 0.1; done' &
	local launcher=$!
	until_true 60 test -e work/ready
	grep -q '/run-.*\.scope/launcher' "/proc/$launcher/cgroup"
	kill -TERM "$launcher"
	wait "$launcher" || status=$?
	[ "$status" = 9 ]
	[ "$(said .ended_by)" = cancel ]
	until_true 60 sh -c '! systemctl --user list-units --type scope --no-legend --plain | grep -q ^run-'
}

@test "a controller that the manager does not have is refused by name: io is not delegated to users" {
	mkdir work
	run_split "$COFFERDAM" run --io-write 1M --workspace "$PWD/work" -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: io limit: no delegated cgroup v2 with the io controller: "* ]]
}

# with_false COMMAND…: with the program ./systemd-run in place of the distribution's, where alone it is looked for
with_false() {
	chmod +x systemd-run
	# shellcheck disable=SC2016 # for the shell inside
	unshare --user --map-current-user --keep-caps --mount sh -c \
		'mount --bind "$PWD/systemd-run" "$(command -v systemd-run)" && exec "$@"' sh "$@"
}

@test "a manager that refuses is told in its own words, with exit code 125, or degraded by consent" {
	printf '#!/bin/sh\necho "Failed to start transient scope unit: quota exceeded" >&2\nexit 1\n' >systemd-run
	run_split with_false "$COFFERDAM" run --memory 64M -- true
	[ "$status" = 125 ]
	[[ $stderr == *"Failed to start transient scope unit: quota exceeded"* ]]
	run with_false "$COFFERDAM" run --memory 64M --allow-degraded memory -- true
	[ "$status" = 0 ]
}

@test "a scope without delegation is entered once, not again and again" {
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho x >>%s/calls\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n' "$PWD" >systemd-run
	run_split with_false "$COFFERDAM" run --memory 64M -- true
	[ "$status" = 125 ]
	[[ $stderr == *"memory limit: no delegated cgroup v2"* ]]
	[ "$(wc -l <calls)" = 2 ]
}

@test "doctor sees what run would have, and says how to get what is missing" {
	run "$COFFERDAM" doctor --profile job
	echo "$output"
	[[ $output == *"ok "*"cgroup v2 "*"delegated: "*".scope"* ]]
	[[ $output == *"ok "*"memory controller "*"can be enabled (tested)"* ]]
	[[ $output == *"io controller "*"not available in the delegated cgroup"* ]]
	printf '{"extends": "default", "io_read": "1M"}' >io.json
	run "$COFFERDAM" doctor --profile ./io.json
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"missing "*"io controller "*"Delegate=cpu cpuset io memory pids"* ]]
}
