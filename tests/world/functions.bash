# The small internet of tests/world/make: sourced by tests/escape/suite and tests/e2e/network.bats. Needs BUILD and SRC.
# shellcheck shell=bash

# world_start DIR: makes it; its pid is in $world then. Fails where this user cannot make one.
world_start() {
	local end=$((SECONDS + 20))

	mkdir "$1" && mkfifo "$1/stdin" || return 1
	unshare --map-current-user --net --mount --keep-caps "$SRC/tests/world/make" "$1" <"$1/stdin" >"$1/log" 2>&1 3>&- &
	world_shell=$!
	exec {world_stdin}>"$1/stdin"
	until [ -e "$1/ready" ]; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$world_shell" 2>/dev/null; then
			cat "$1/log"
			return 1
		fi
		read -rt 0.02 <> <(:) || :
	done
	world=$(<"$1/ready")
}

world_stop() {
	exec {world_stdin}>&-
	wait "$world_shell"
}

# on_host COMMAND…: on the host of that internet, without a capability.
on_host() {
	nsenter --preserve-credentials --target "$world" --user --net --mount --wd="$PWD" "$@"
}

# can_open: whether `network: open` can be had here; the reason is in $refusal.
can_open() {
	# shellcheck disable=SC2034 # for who called
	refusal=$(on_host "$BUILD/cofferdam" run --network open -- true 2>&1)
}
