# shellcheck shell=bash disable=SC2154,SC2034
# What only Landlock stops: each with and without it, in the same sandbox. Sourced by tests/escape/suite.

abi=$("$COFFERDAM" run --report - -- true | sed -n 's/.*"detail": "ABI \([0-9]*\):.*/\1/p')
abi=${abi:-0}

# landlocked ABI NAME …: a row that needs this much of the kernel.
landlocked() {
	local needed=$1
	shift
	if [ "$abi" -ge "$needed" ]; then
		attack "$@"
	else
		skip "$1" "Landlock has ABI $abi here, this needs $needed"
		with=() without=() arguments=()
	fi
}

# A file without a name is nobody's but the job's: no mount of the sandbox's stands in the way.
cp "$PROBES/walk" "$T/program"
nameless() { cp "$T/program" "$T/nameless" && exec 6<"$T/nameless" && rm "$T/nameless"; }
write_stdin_nameless() { nameless && default files reopen 0 write <&6; }
without=(--no-landlock)
landlocked 2 "landlock: stdin opened again to write" write_stdin_nameless / write_stdin_nameless: -
exec_stdin() {
	nameless && run -- sh -c 'exec /proc/self/fd/0 2>/dev/null' <&6
	[ $? != 126 ] || { echo "cannot be executed"; return 1; }
	echo "it ran"
}
without=(--no-landlock)
landlocked 2 "landlock: stdin executed" exec_stdin / exec_stdin: -
exec 6<&-

# A mask is the only device that is not below /dev, where ioctl(2) is allowed. It is /dev/null, which is not to be standard input: a
# right goes with the inode.
masked() { default "$@" <"$T/host-file"; }
masked_strict() { strict "$@" <"$T/host-file"; }
if [ -z "$image_root" ]; then
	without=(--no-landlock)
	landlocked 5 "landlock: ioctl on a device outside /dev" masked masked_strict / masked: files ioctl /etc/shadow
	without=() arguments=(ioctl /dev/null)
	landlocked 5 "landlock: ioctl on a device below /dev" masked / masked: files ioctl /etc/shadow
else
	skip "landlock: ioctl on a device" "an image's own files have no mask, which would be the device"
fi

with=(--network host) without=(--network host --no-landlock)
landlocked 6 "landlock: abstract socket, network host" default job / default: reach abstract "$canary_name"
signal_init() { run -- sh -c 'kill -0 1 2>&1 && echo "kill: done"'; }
without=(--no-landlock)
landlocked 6 "landlock: signal to PID 1" signal_init / signal_init: -

# The socket is the caller's: the sandbox's own network is none of its business.
handed_strict() { timeout 20 "$PROBES/handed" "$COFFERDAM" run --quiet --profile strict --ro "$PROBES" "${options[@]}" -- "$PROBES/$1" "${@:2}"; }
without=(--no-landlock)
landlocked 4 "landlock: TCP socket on stdin: connect" handed_strict / handed_strict: reach handed "$port"
without=(--no-landlock)
landlocked 4 "landlock: TCP socket on stdin: bind" handed_strict / handed_strict: reach serve-handed
