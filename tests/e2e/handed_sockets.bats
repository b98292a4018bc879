#!/usr/bin/env bats
# Sockets that a caller hands over: they stay in its network, whatever network the sandbox has.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# with KIND COMMAND…: with a new socket as standard input. A TCP and a UDP service listen beside it, $TCP and $UDP;
	# in the end it says what has reached them.
	cat >with.py <<-'EOF'
		import os, socket, subprocess, sys
		kinds = {"tcp": (socket.AF_INET, socket.SOCK_STREAM, 0), "tcp6": (socket.AF_INET6, socket.SOCK_STREAM, 0),
		         "udp": (socket.AF_INET, socket.SOCK_DGRAM, 0), "udp6": (socket.AF_INET6, socket.SOCK_DGRAM, 0),
		         "mptcp": (socket.AF_INET, socket.SOCK_STREAM, 262), "netlink": (socket.AF_NETLINK, socket.SOCK_RAW, 0),
		         "vsock": (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
		         "unix": (socket.AF_UNIX, socket.SOCK_STREAM, 0), "unix-dgram": (socket.AF_UNIX, socket.SOCK_DGRAM, 0)}
		tcp = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
		udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		udp.bind(("127.0.0.1", 0))
		os.environ.update(TCP=str(tcp.getsockname()[1]), UDP=str(udp.getsockname()[1]))
		try:
		    given = socket.socket(*kinds[sys.argv[1]])
		except OSError as why:
		    print(f"no such socket here: {why}")
		    sys.exit(77)
		status = subprocess.run(sys.argv[2:], stdin=given).returncode
		for name, reached in ("TCP", tcp), ("UDP", udp):
		    reached.setblocking(False)
		    try:
		        reached.accept() if reached is tcp else reached.recv(1)
		        print(f"{name}: reached")
		    except BlockingIOError:
		        pass
		sys.exit(status)
	EOF
	cat >job.py <<-'EOF'
		import os, socket, sys
		given = socket.socket(fileno=0)
		there = ("127.0.0.1", int(os.environ[sys.argv[2]]))
		try:
		    if sys.argv[1] == "connect":
		        given.connect(there)
		    elif sys.argv[1] == "sendto":
		        given.sendto(b"x", there)
		    elif sys.argv[1] == "sendto-fastopen":
		        given.sendto(b"x", socket.MSG_FASTOPEN, there)
		    elif sys.argv[1] == "sendmsg-fastopen":
		        given.sendmsg([b"x"], [], socket.MSG_FASTOPEN, there)
		except OSError as why:
		    print(f"{sys.argv[1]}: {why.strerror}")
	EOF
}

inside() {
	"$COFFERDAM" run --quiet --env TCP --env UDP --ro "$PWD/job.py:/job.py" "${@:4}" --profile "$1" -- python3 /job.py "$2" "$3"
}

@test "strict: a TCP socket that was handed over is connected nowhere else" {
	"$COFFERDAM" run --report report --profile strict -- true
	grep -q "no TCP" report || skip "no Landlock that knows TCP (Linux 6.7)"
	export -f inside
	export COFFERDAM
	for way in connect sendto-fastopen sendmsg-fastopen; do
		run python3 with.py tcp bash -c 'inside default "$@"' - "$way" TCP
		echo "default $way: $output"
		[ "$output" = "TCP: reached" ]
		run python3 with.py tcp bash -c 'inside strict "$@"' - "$way" TCP
		echo "strict $way: $output"
		[[ $output == "$way: Permission denied" || $output == "$way: Operation not supported" ]]
	done
}

@test "strict: a socket that Landlock does not hold is refused by its kind; Unix ones and TCP pass" {
	export -f inside
	export COFFERDAM
	run python3 with.py udp bash -c 'inside default sendto UDP'
	[ "$output" = "UDP: reached" ]
	for kind in udp udp6 mptcp netlink vsock; do
		run python3 with.py "$kind" bash -c 'inside strict sendto UDP'
		echo "$kind: $status: $output"
		[ "$status" != 77 ] || continue
		[ "$status" = 125 ]
		[[ $output == "cofferdam: file descriptor 0: a socket "*"caller's network"*"("*")" ]]
	done
	"$COFFERDAM" run --report report --profile strict -- true
	local -a held=()
	! grep -q "no TCP" report || held+=(tcp tcp6)                         # Linux 6.7
	! grep -q "abstract sockets stay within" report || held+=(unix unix-dgram) # Linux 6.12
	for kind in "${held[@]}"; do
		run -0 python3 with.py "$kind" "$COFFERDAM" run --profile strict -- true
		echo "$kind: $status: $output"
	done
	run python3 with.py udp bash -c 'exec "$0" run --profile strict --keep-fd 7 -- true 7<&0 </dev/null' "$COFFERDAM"
	echo "kept: $status: $output"
	[ "$status" = 125 ]
	[[ $output == "cofferdam: file descriptor 7: a socket "* ]]
	# Where the policy lets such sockets be made, the network is the job's own affair.
	run -0 python3 with.py udp "$COFFERDAM" run --profile strict --seccomp job -- true
}
