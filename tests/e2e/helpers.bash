# Loaded by every .bats file: where the programs are, and what the tests have in common.
BUILD=${BUILD:-$(cd "$BATS_TEST_DIRNAME/../../build" && pwd)}
COFFERDAM=$BUILD/cofferdam
SRC=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin # setcap, nft, mkfs.ext4

bats_require_minimum_version 1.5.0

# With UNITS=system only the service manager, the double and the files of the machine's unit are root's (tests/vm/units.bats).
if [ "$(id -u)" = 0 ] && [ "${UNITS:-}" != system ]; then
	echo "these tests are for an unprivileged user: make check drops to one" >&2
	exit 1
fi

# run_split COMMAND…: $status, $output (standard output), $stderr
run_split() {
	run --separate-stderr "$@"
}

# need PROGRAM: the test is skipped by name where it is not installed.
need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# until_true SECONDS COMMAND…: polls until the command succeeds, less often after the first second; fails after the limit. It sleeps without
# a process: many tests wait at once, and what they look with costs more than what they wait for.
until_true() {
	local - end=$((SECONDS + $1)) polls=0 nap=0.05
	shift
	set +T # nothing that is polled fails a test: bats need not note each line of it
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || { echo "never became true: $*" >&2; return 1; }
		[ -p "$BATS_FILE_TMPDIR/nap" ] || mkfifo "$BATS_FILE_TMPDIR/nap"
		read -rt "$nap" <>"$BATS_FILE_TMPDIR/nap" || :
		[ "$((++polls))" -lt 20 ] || nap=0.25
	done
}

# each_refused ARRAY COMMAND [BEFORE]: cofferdam COMMAND, with each key of the associative array as its options, ends with 125 and
# one line that has BEFORE and then the array's value in it. The command is not run. (An entrypoint says beforehand what it is.)
each_refused() {
	local -n refusals=$1
	local options said

	for options in "${!refusals[@]}"; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" "$2" $options -- touch ran
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		said=$(grep -v '^cofferdam: entrypoint: not PID 1: ' <<<"$stderr")
		[ "$(wc -l <<<"$said")" = 1 ]
		[[ $said == "cofferdam: "*"${3:-}"*"${refusals[$options]}"* ]]
	done
	[ ! -e ran ]
}
