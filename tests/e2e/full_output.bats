#!/usr/bin/env bats
# A standard output that takes nothing: what was asked for has not been given, and the exit code says so.

# shellcheck disable=SC2154 # run sets stderr
load helpers

# to_full PROGRAM ARGUMENT…
to_full() {
	"$@" >/dev/full
}

@test "cofferdam: 125 and a line when standard output is full" {
	for words in --help -h help --version doctor "doctor --json" "doctor --help" "run --help" "run --dry-run -- true" "entrypoint --help" \
		"runner --help" "policy --help" "policy show" "policy show --help" "policy check --help" "policy schema" "policy explain job" \
		"policy explain --help" "policy learn --help" "seccomp --help" "seccomp exec --help" "completion bash" "completion --help"; do
		# shellcheck disable=SC2086 # several words
		run_split to_full "$COFFERDAM" $words
		echo "$words: $status: $stderr"
		[ "$(wc -l <<<"$stderr")" = 1 ]
		if [ "$words" = "runner --help" ]; then # another program
			[ "$status" = 1 ]
			[[ $stderr == "cofferdam-runner: standard output: No space left on device" ]]
		else
			[ "$status" = 125 ]
			[[ $stderr == "cofferdam: "*": No space left on device" ]]
		fi
	done
}

@test "cofferdam-runner: 1 and a line when standard output is full" {
	for words in --help --version "start --help" "sweep --help"; do
		# shellcheck disable=SC2086 # several words
		run_split to_full "$BUILD/cofferdam-runner" $words
		echo "$words: $status: $stderr"
		[ "$status" = 1 ]
		[ "$stderr" = "cofferdam-runner: standard output: No space left on device" ]
	done
}
