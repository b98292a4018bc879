#!/bin/bash
# Registers the runner:  ./config.sh --url URL --token TOKEN …
# Takes it away again:   ./config.sh remove --token TOKEN
set -e

if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
	echo "config.sh: not as root or by sudo (RUNNER_ALLOW_RUNASROOT=1 permits it)" >&2
	exit 1
fi

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

if [ "$1" = remove ]; then
	exec ./bin/Runner.Listener "$@"
fi
./env.sh
exec ./bin/Runner.Listener configure "$@"
