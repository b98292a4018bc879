#!/bin/bash
# Runs the Listener until it is done, and again when it asks for that. Like the official script it hides nearly every
# failure behind exit code 0: who wants the truth starts bin/Runner.Listener.

if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
	echo "run.sh: not as root or by sudo (RUNNER_ALLOW_RUNASROOT=1 permits it)" >&2
	exit 1
fi

root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
retry_seconds=${STANDIN_RETRY_SECONDS:-5}

wait_for_update() {
	for _ in $(seq 30); do
		if [ -e "$root/update.finished" ]; then
			rm -f "$root/update.finished"
			return
		fi
		sleep 1
	done
}

# Prints nothing; returns 2 for "again", otherwise the exit code of this script.
run_once() {
	if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
		set -m
		"$root/bin/Runner.Listener" run "$@" &
		listener=$!
		trap 'kill -INT $listener' INT TERM
		wait $listener
		code=$?
		# The wait ends with the signal; the Listener ends in its own time.
		while kill -0 $listener 2>/dev/null; do
			wait $listener
			code=$?
		done
		trap - INT TERM
	else
		"$root/bin/Runner.Listener" run "$@"
		code=$?
	fi
	case $code in
	0) echo "run.sh: the Listener is done" ;;
	1) echo "run.sh: the Listener failed for good" ;;
	2)
		echo "run.sh: the Listener failed, once more in $retry_seconds seconds"
		sleep "$retry_seconds"
		return 2
		;;
	3 | 4)
		echo "run.sh: the Listener makes room for its update"
		wait_for_update
		return 2
		;;
	5) echo "run.sh: another Listener has the session" ;;
	7)
		echo "run.sh: this version is too old for the server"
		return 7
		;;
	*) echo "run.sh: the Listener ended with $code" ;;
	esac
	return 0
}

while :; do
	run_once "$@"
	code=$?
	if [ $code -ne 2 ]; then
		exit $code
	fi
	echo "run.sh: starting again"
done
