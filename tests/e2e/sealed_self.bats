#!/usr/bin/env bats
# Without Landlock the launcher runs from a sealed copy of itself (sandbox/process/sealed_self.c). What it was given must survive that;
# tests/escape has what it is for.

# shellcheck disable=SC2016,SC2154 # text for a shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	PROBES=$BUILD/tests/escape
}

copied() { strace -qq -e trace=memfd_create,execveat "$COFFERDAM" "$@" 2>&1 | grep -c '^memfd_create("cofferdam", \|^execveat('; }

@test "only without Landlock is there a copy, and one only" {
	[ "$(copied run -- true)" = 0 ]
	[ "$(copied run --dry-run --no-landlock -- true)" = 0 ]
	[ "$(copied run --no-landlock -- true)" = 2 ]
	run strace -f -qq -o trace "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" run -- true
	[ "$(grep -c 'memfd_create("cofferdam", ' trace)" = 1 ]
}

@test "arguments, environment, standard descriptors and exit status survive" {
	local show='printf "<%s>\n" "$0" "$@"; env | /usr/bin/sort; /usr/bin/cat; echo error >&2; exit 9'
	for options in "--no-landlock" ""; do
		# shellcheck disable=SC2086 # words
		GIVEN=$'two\nlines' run_split "$COFFERDAM" run $options --env GIVEN --env 'NAMED=a b' \
			-- /bin/sh -c "$show" 'first  word' '' '*' <<<input
		[ "$status" = 9 ]
		[[ $stderr == *error* ]]
		printf '%s\n' "$output" >"said$options"
		grep -qx input "said$options"
		grep -qx 'NAMED=a b' "said$options"
		[ "$(head -3 "said$options")" = $'<first  word>\n<>\n<*>' ]
	done
	cmp said said--no-landlock
}

@test "closed standard descriptors, kept ones, and a policy that can be read once" {
	[ "$("$COFFERDAM" run --no-landlock -- sh -c 'readlink /proc/self/fd/0' <&-)" = /dev/null ]
	exec 7< <(echo kept)
	run "$COFFERDAM" run --no-landlock --keep-fd 7 -- sh -c 'cat <&7; ls /proc/self/fd | wc -l'
	[ "$output" = $'kept\n5' ]
	run "$COFFERDAM" run --no-landlock --seccomp <(echo '{"defaultAction": "SCMP_ACT_ALLOW"}') -- echo ran
	echo "$output"
	[ "$output" = ran ]
}

@test "a launcher that waits keeps its name, its command line, and the descriptor that it waits for" {
	mkfifo start
	exec 8<>start
	(exec -a by-this-name "$COFFERDAM" run --no-landlock --start-fd 8 -- sh -c 'exit 7') 3>&- &
	launcher=$!
	until_true 20 pgrep -x cofferdam-init -P "$launcher"
	[ "$(cat "/proc/$launcher/comm")" = by-this-name ]
	[ "$(tr '\0' ' ' <"/proc/$launcher/cmdline")" = "by-this-name run --no-landlock --start-fd 8 -- sh -c exit 7 " ]
	printf x >&8
	status=0
	wait "$launcher" || status=$?
	[ "$status" = 7 ]
}

@test "where no copy can be made the launch is refused by name" {
	local -A refusals=(
		[memfd_create]="launcher: memfd_create: Function not implemented (without Landlock"
		[EACCES:memfd_create]="launcher: memfd_create: Permission denied (vm.memfd_noexec is 2"
		[sendfile]="launcher: copy: Function not implemented (without Landlock"
		[EACCES:execveat]="launcher: execveat: Permission denied (without Landlock"
	)
	for call in "${!refusals[@]}"; do
		run "$PROBES/withhold" "$call" "$COFFERDAM" run --no-landlock -- touch ran
		echo "$call: $status: $output"
		[ "$status" = 125 ]
		[[ $output == "cofferdam: ${refusals[$call]}"*")" ]]
	done
	run bash -c 'ulimit -f 0; "$1" run --no-landlock -- touch ran' bash "$COFFERDAM"
	echo "$status: $output"
	[ "$status" = 125 ]
	[[ $output == "cofferdam: launcher: copy: File too large (without Landlock"*")" ]]
	# Not one of them is needed for that with Landlock.
	"$PROBES/withhold" sendfile "$COFFERDAM" run -- true
}
