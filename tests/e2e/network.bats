#!/usr/bin/env bats
# network: open: on the host of a small internet of the tests' own (tests/world/make).

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers
# shellcheck source=tests/world/functions.bash
. "$SRC/tests/world/functions.bash"

PROBES=$BUILD/tests/escape

setup_file() {
	export BUILD world refusal
	world_start "$BATS_FILE_TMPDIR/world" || refusal="no network of one's own: $(tail -n 1 "$BATS_FILE_TMPDIR/world/log")"
	[[ -n $refusal ]] || can_open || :
}

teardown_file() {
	[[ -z $world ]] || world_stop
}

teardown() {
	[[ -z ${launcher:-} ]] || kill -KILL "$launcher" 2>/dev/null || true
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	[[ -z $refusal ]] || skip "$refusal"
}

# sandboxed OPTION… -- COMMAND…
sandboxed() {
	on_host timeout 60 "$COFFERDAM" run --quiet --network open --ro "$PROBES" "$@"
}

# children PID: of all of its threads
children() {
	cat "/proc/$1"/task/*/children 2>/dev/null || true
}

# child PID NAME: the child with that name in its status
child() {
	local pid
	for pid in $(children "$1"); do
		[[ $(sed -n 's/^Name:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) != "$2" ]] || echo "$pid"
	done
}

# Gone, or a zombie whose new parent has not looked yet.
gone() {
	local state
	state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) || return 0
	[[ -z $state || $state == Z* ]]
}

# start OPTION…: a job that runs until it is ended; the launcher's pid is in $launcher, its helper's in $keeper and $helper.
start() {
	# In one process: what is started in the background is not a shell that waits for it.
	nsenter --preserve-credentials --target "$world" --user --net --mount --wd="$PWD" \
		"$COFFERDAM" run --network open "$@" -- sh -c 'echo running; exec sleep 1000' >out 2>err 3>&- &
	launcher=$!
	until_true 10 grep -q running out
	keeper=$(child "$launcher" cofferdam-net)
	helper=$(children "$keeper")
	[[ -n $keeper && -n $helper ]]
}

@test "the internet is there, IPv4 and IPv6, TCP and UDP" {
	for address in 198.51.100.80 2001:db8:80::80; do
		for protocol in tcp udp; do
			run sandboxed -- "$PROBES/net" "$protocol" "$address" 8080
			echo "$protocol $address: $output"
			[ "$status" = 0 ]
			[ "$output" = "$address: internet" ]
		done
	done
}

@test "what is routed by a gateway of the LAN is public: only neighbours are refused" {
	run sandboxed -- "$PROBES/net" tcp 198.51.108.9 8080
	[ "$output" = "198.51.108.9: lan" ]
}

@test "names are asked of the host's resolver, though that listens on the host's loopback only" {
	run on_host getent ahostsv4 any.example
	[[ $output == "198.51.100.80 "* ]]
	run sandboxed -- sh -c 'cat /etc/resolv.conf; getent ahostsv4 any.example'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "nameserver 192.0.0.3" ]
	[[ ${lines[1]} == "198.51.100.80 "* ]]
	run sandboxed -- sh -c 'chmod u+w /etc/resolv.conf || rm /etc/resolv.conf || echo "nameserver 198.51.100.53" >/etc/resolv.conf'
	[ "$status" != 0 ]
}

@test "a resolv.conf of the profile's own stays; a link into /run leads to ours" {
	echo "nameserver 198.51.100.53" >own
	run sandboxed --ro "$PWD/own:/etc/resolv.conf" -- cat /etc/resolv.conf
	[ "$output" = "nameserver 198.51.100.53" ]
	mkdir etc
	for link in ../run/systemd/resolve/stub-resolv.conf /run/resolv.conf; do
		ln -sfn "$link" etc/resolv.conf
		run sandboxed --ro "$PWD/etc:/etc" -- cat /etc/resolv.conf
		echo "$link: $output"
		[ "$output" = "nameserver 192.0.0.3" ]
	done
}

@test "an image's resolv.conf that is a link is replaced, and chooses nothing" {
	mkdir -p img/bin img/etc ws rw
	cp "$(command -v busybox)" img/bin/busybox
	echo "the job's" >ws/file
	for link in "$PWD/ws/file" "$PWD/ws/made" /rw/deep/made ../bin/busybox /proc/version; do
		ln -sfn "$link" img/etc/resolv.conf
		run sandboxed --root ./img --workspace ws --rw rw:/rw --changes list -- \
			busybox sh -c 'busybox cat /etc/resolv.conf; busybox readlink /etc/resolv.conf; busybox cat file; busybox grep -c Linux /proc/version'
		echo "$link: $status: $output"
		[ "$output" = "nameserver 192.0.0.3"$'\n'"the job's"$'\n'1 ]
		[ "$(ls -A ws)" = file ]
		[ -z "$(ls -A rw)" ]
		[ ! -s list ]
		[ "$(readlink img/etc/resolv.conf)" = "$link" ]
	done
	# Where a job before this one may have made it, it is covered itself.
	mkdir etc
	ln -s "$PWD/ws/file" etc/resolv.conf
	for root in host ./img; do
		run sandboxed --root "$root" --workspace ws --rw "$PWD/etc:/etc" -- busybox sh -c 'busybox cat /etc/resolv.conf file; busybox rm -f /etc/resolv.conf'
		echo "$root: $status: $output"
		[[ $output == "nameserver 192.0.0.3"$'\n'"the job's"$'\n'"rm: "* ]]
	done
	# A directory in the image gives way too; elsewhere it cannot be covered.
	rm img/etc/resolv.conf
	mkdir img/etc/resolv.conf own own/resolv.conf
	run sandboxed --root ./img -- busybox cat /etc/resolv.conf
	[ "$output" = "nameserver 192.0.0.3" ]
	run sandboxed --root ./img --ro "$PWD/own:/etc" -- busybox true
	[ "$status" = 125 ]
	[[ $output == *"attach /etc/resolv.conf: a file cannot cover a directory"* ]]
	[ "$(readlink etc/resolv.conf)" = "$PWD/ws/file" ]
	[ "$(ls -A ws)" = file ]
}

@test "an image's resolv.conf that leads up and out makes nothing on the host" {
	mkdir -p img/bin img/etc outside
	cp "$(command -v busybox)" img/bin/busybox
	# It leads to ours below the image's own root...
	ln -sfn ../run/resolv.conf img/etc/resolv.conf
	run sandboxed --root ./img -- busybox cat /etc/resolv.conf
	echo "$output"
	[ "$output" = "nameserver 192.0.0.3" ]
	# ... and not out of it.
	for link in "/../../..$PWD/outside/made" "../../../../..$PWD/outside/made" "/bin/../../../..$PWD/outside/made"; do
		ln -sfn "$link" img/etc/resolv.conf
		run sandboxed --root ./img -- busybox true
		echo "$link: $status: $output"
		[ -z "$(ls -A outside)" ]
	done
	# The host's own is not followed either: its root is not entered yet, and hangs on the host's.
	mkdir etc
	for link in "/../../..$PWD/outside/made" "/usr/../../../..$PWD/outside/made"; do
		ln -sfn "$link" etc/resolv.conf
		run sandboxed --ro "$PWD/etc:/etc" -- cat /etc/resolv.conf
		echo "$link: $status: $output"
		[ "$output" = "nameserver 192.0.0.3" ]
		[ -z "$(ls -A outside)" ]
	done
}

# Binds a port below 1024 on loopback, and says so.
low_port='import socket
for family, address in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    s = socket.socket(family)
    s.bind((address, 80))
print("bound")'

@test "ping and low ports work in a network of the job's own, and nothing changes in the host's" {
	sysctls=(/proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start)
	before=$(cat "${sysctls[@]}")
	identities=(single)
	! unshare --map-root-user --map-auto true 2>/dev/null || identities+=(subuid)
	for identity in "${identities[@]}"; do
		run -0 "$COFFERDAM" run --quiet --identity "$identity" -- sh -c 'python3 -c "$0" && ping -qc 1 -W 5 127.0.0.1 && ping -qc 1 -W 5 ::1' "$low_port"
		echo "$identity: $output"
		[ "${lines[0]}" = bound ]
		[ "$(grep -c "1 received" <<<"$output")" = 2 ]
	done
	run -0 sandboxed -- sh -c 'python3 -c "$0" && ping -qc 1 -W 5 127.0.0.1' "$low_port"
	# The job cannot set them itself.
	run "$COFFERDAM" run --quiet -- sh -c 'echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start'
	[ "$status" != 0 ]
	run -0 "$COFFERDAM" run --quiet --network host -- cat "${sysctls[1]}"
	[ "$output" = "${before##*$'\n'}" ]
	[ "$(cat "${sysctls[@]}")" = "$before" ]
	# A network namespace as the kernel makes it.
	run unshare --map-current-user --net --keep-caps sh -c 'ip link set lo up && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' - python3 -c "$low_port"
	[[ $status != 0 && $output == *"Permission denied"* ]]
	run unshare --map-current-user --net --keep-caps sh -c 'ip link set lo up && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' - \
		setpriv --no-new-privs ping -qc 1 -W 5 127.0.0.1
	[ "$status" != 0 ]
}

@test "an echo request to a refused address is refused as anything else is" {
	run sandboxed --report r.json -- ping -qc 1 -W 5 10.66.0.1
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *" 0 received"* ]]
	jq -c .denials.network r.json
	jq -e '.denials.network | length == 1 and .[0].address == "10.66.0.1" and .[0].protocol == "icmp"' r.json
	run -0 sandboxed -- ping -qc 1 -W 5 127.0.0.1
}

# Sends to two groups and to everybody, and says what came back; then the same by the interface behind lo. Nothing may have been
# sent by that interface but packets of the kernel's own, such as a neighbour solicitation, which are much shorter.
groups='import socket, struct, time
def sent():
    [line] = [line for line in open("/proc/net/dev") if not line.lstrip().startswith(("lo:", "Inter", "face"))]
    return int(line.split()[9])
def hears(family, group, out):
    r, s = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
    r.settimeout(5)
    r.bind(("", 0))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if family == socket.AF_INET6:
        r.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(family, group) + struct.pack("i", 2 if out else 0))
    elif group != "255.255.255.255":
        r.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", socket.inet_aton(group), bytes(4), 2 if out else 0))
    if out:
        s.setsockopt(socket.IPPROTO_IP, 50, struct.pack("!I", 2)) # IP_UNICAST_IF
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", bytes(4), bytes(4), 2)) if family == socket.AF_INET \
            else s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, 2)
    try:
        s.sendto(b"hello" * 300, (group, r.getsockname()[1]))
        return r.recv(5).decode()
    except OSError as e:
        return e.strerror
before = sent()
for out in False, True:
    print(*[hears(*g, out) for g in ((socket.AF_INET, "239.255.0.1"), (socket.AF_INET, "255.255.255.255"), (socket.AF_INET6, "ff05::123"))], sep=", ")
for i in range(20): # A tun device counts what has been read from it.
    if sent() - before < 1500: time.sleep(0.1)
print("nothing sent" if sent() - before < 1500 else ("sent", before, sent()))'

@test "multicast and broadcast reach the listeners of the job itself, and are refused by its interface" {
	run -0 sandboxed -- python3 -c "$groups"
	echo "$output"
	[ "${lines[0]}" = "hello, hello, hello" ]
	[ "${lines[1]}" = "Operation not permitted, Operation not permitted, Operation not permitted" ]
	[ "${lines[2]}" = "nothing sent" ]
	# As the network of pasta alone has it.
	run -0 on_host timeout 20 pasta --quiet --config-net --tcp-ports none --udp-ports none --tcp-ns none --udp-ns none -- python3 -c "$groups"
	echo "$output"
	[ "${lines[1]}" = "hello, hello, hello" ]
	[[ ${lines[2]} == "('sent', "* ]]
}

@test "what is refused is counted in the report, with destination" {
	run sandboxed --report r.json -- sh -c '
		"$0" tcp 10.66.0.1 8080; "$0" tcp 10.66.0.1 8080; "$0" udp fd77::1 53; "$0" tcp 198.51.100.80 8080' "$PROBES/net"
	[ "$status" = 0 ]
	jq -c '.network, .denials' r.json
	jq -e '.denials.network == [
			{address: "10.66.0.1", port: 8080, protocol: "tcp", count: 2},
			{address: "fd77::1", port: 53, protocol: "udp", count: 1}]
		and .network == {packets_refused: 3, error: null}
		and .protections.network_namespace.state == "active" and .teardown.residue == []' r.json
}

@test "what is refused is named at the end, unless --quiet" {
	run_split on_host "$COFFERDAM" run --network open --ro "$PROBES" -- sh -c '
		"$0" tcp 10.66.0.1 8080; "$0" tcp 10.66.0.1 8080; "$0" udp fd77::1 53; true' "$PROBES/net"
	[ "$status" = 0 ]
	[ "${stderr_lines[0]}" = "cofferdam: denied: tcp to 10.66.0.1:8080: refused by network open, 2 times" ]
	[ "${stderr_lines[1]}" = "cofferdam: denied: udp to [fd77::1]:53: refused by network open" ]
	[[ ${stderr_lines[2]} == *"(allow by name what the job requires: --network-open 10.66.0.1:8080; see docs/network.md)" ]]
	[ "${#stderr_lines[@]}" = 3 ]
	run_split sandboxed -- "$PROBES/net" tcp 10.66.0.1 8080
	[ -z "$stderr" ]
}

@test "more destinations than there is room for are refused as well, and counted" {
	run sandboxed --report r.json -- bash -c '
		for i in $(seq 300); do echo >"/dev/udp/10.66.0.1/$i"; done 2>/dev/null
		"$0" tcp 10.66.0.1 8080' "$PROBES/net"
	[ "$status" = 1 ]
	jq -e '(.denials.network | length) == 256 and .network.packets_refused == 301' r.json
}

@test "an address and port are opened, and no other" {
	run sandboxed --network-open 10.66.0.1:8080 -- "$PROBES/net" tcp 10.66.0.1 8080
	[ "$output" = "10.66.0.1: lan" ]
	run sandboxed --network-open 10.66.0.1:8081 -- "$PROBES/net" tcp 10.66.0.1 8080
	[ "$output" = "10.66.0.1: ECONNREFUSED" ]
	run sandboxed --network-open 10.66.0.0/30 -- "$PROBES/net" udp 10.66.0.1 8080
	[ "$output" = "10.66.0.1: lan" ]
	# This host's own address stays refused in a network that was opened around it.
	run sandboxed --network-open 10.66.0.0/30 -- "$PROBES/net" udp 10.66.0.2 8080
	[ "$output" = "10.66.0.2: sendto: EPERM" ]
	run sandboxed --network-open 10.66.0.2:8080 -- "$PROBES/net" udp 10.66.0.2 8080
	[ "$output" = "10.66.0.2: host" ]
	run sandboxed --network-open "[fd77::1]:8080" -- "$PROBES/net" tcp fd77::1 8080
	[ "$output" = "fd77::1: lan" ]
}

@test "two jobs at once share neither loopback nor abstract sockets; with the host's network they do" {
	for network in open host; do
		rm -rf canary out
		mkdir canary
		mkfifo stdin
		on_host "$COFFERDAM" run --network $network --ro "$PROBES" --rw "$PWD/canary" -- "$PROBES/canary" "cdnet$$" "$PWD/canary" \
			<stdin >out 2>&1 3>&- &
		job=$!
		exec 7>stdin
		rm stdin
		until_true 10 test -s canary/ready
		read -r port <canary/ready
		run on_host "$COFFERDAM" run --network $network --ro "$PROBES" -- "$PROBES/reach" tcp "$port"
		echo "$network: $output"
		[ "$status" = "$([ $network = host ] && echo 0 || echo 1)" ]
		run on_host "$COFFERDAM" run --network $network --ro "$PROBES" -- "$PROBES/reach" list "cdnet$$"
		echo "$network: $output"
		[ "$status" = "$([ $network = host ] && echo 0 || echo 1)" ]
		exec 7>&-
		kill "$job" 2>/dev/null || true
		wait "$job" || true
	done
}

@test "the helper is gone when the job is" {
	start --report "$PWD/r.json"
	kill "$launcher"
	wait "$launcher" || true
	[ ! -e "/proc/$keeper" ]
	[ ! -e "/proc/$helper" ]
	jq -e '.teardown.residue == [] and .network.error == null' r.json
}

@test "a signal for the launcher's process group, as of timeout(1): the job has its network until it has cleaned up" {
	setsid nsenter --preserve-credentials --target "$world" --user --net --mount --wd="$PWD" \
		"$COFFERDAM" run --network open --grace 30s --ro "$PROBES" -- bash -c 'trap "$0 tcp 198.51.100.80 8080; exit 7" TERM
			echo running; sleep 1000 & wait' "$PROBES/net" >out 2>err 3>&- &
	launcher=$!
	until_true 10 grep -q running out
	kill -TERM -- -"$launcher"
	status=0
	wait "$launcher" || status=$?
	cat out err
	[ "$status" = 7 ]
	grep -qx "198.51.100.80: internet" out
	[ ! -s err ]
}

@test "kill -9 of the launcher: no helper is left" {
	start
	kill -KILL "$launcher"
	wait "$launcher" || true
	until_true 10 gone "$keeper"
	until_true 10 gone "$helper"
}

@test "kill -9 of the keeper takes the helper along, and the report says that the network was lost" {
	start --report "$PWD/r.json"
	kill -KILL "$keeper"
	until_true 10 gone "$keeper"
	until_true 10 gone "$helper"
	kill "$launcher"
	wait "$launcher" || true
	jq -e '.network.error | contains("ended before the job")' r.json
	grep -qx "cofferdam: network: the helper ended before the job: from then on the network was not available" err
}

# replaced FILE PATH… -- COMMAND…: on a host where these are that file.
replaced() {
	local file=$1 paths=()
	shift
	while [[ $1 != -- ]]; do
		paths+=("$1")
		shift
	done
	shift
	on_host unshare --map-current-user --mount --keep-caps sh -c '
		file=$1 n=$2; shift 2
		while [ "$n" -gt 0 ]; do mount --bind "$file" "$1" || exit 99; shift; n=$((n - 1)); done
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh "$file" "${#paths[@]}" "${paths[@]}" "$@"
}

# lacking PATH… -- COMMAND…: on a host where these cannot be executed or opened.
lacking() {
	: >nothing
	chmod 000 nothing
	replaced nothing "$@"
}

@test "what is missing is refused by name, or given up by consent for no network at all" {
	for path in /usr/bin/pasta /usr/sbin/nft /dev/net/tun; do
		rm -f nothing
		run_split lacking "$path" -- "$COFFERDAM" run --network open -- true
		echo "$path: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: network open: "*"${path##*/}"*"--allow-degraded network"* ]]
		rm -f nothing
		run_split lacking "$path" -- "$COFFERDAM" run --network open --allow-degraded network --report - --ro "$PROBES" -- \
			"$PROBES/net" tcp 198.51.100.80 8080
		[ "$status" = 1 ]
		grep -q '^198\.51\.100\.80: ENETUNREACH' <<<"$stderr"
		[ "$(jq -r '.protections.network_namespace.state' <<<"$output")" = degraded ]
	done
}

@test "without rtnetlink this host is not known: refused by name, or no network at all by consent" {
	deny='[{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "args": [
		{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 0, "op": "SCMP_CMP_EQ"}]}]'
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"], "syscalls": '"$deny"'}' >deny.json
	run_split on_host "$COFFERDAM" seccomp exec ./deny.json -- "$COFFERDAM" run --network open -- true
	echo "$status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: network open: host's addresses and routes: rtnetlink: Operation not permitted ("*"--allow-degraded network (allow_degraded in a profile))" ]]
	run_split on_host "$COFFERDAM" seccomp exec ./deny.json -- "$COFFERDAM" run --network open --allow-degraded network \
		--ro "$PROBES" -- "$PROBES/net" tcp 198.51.100.80 8080
	echo "$status: $output $stderr"
	[ "$status" = 1 ]
	[[ $output == "198.51.100.80: ENETUNREACH"* ]]
}

@test "more neighbours than rules can be made for are refused by name" {
	run_split on_host unshare --map-current-user --net --keep-caps bash -c '
		ip link set lo up
		for i in $(seq 0 599); do echo "route add 100.$((i / 256)).$((i % 256)).1 dev lo"; done | ip -batch -
		"$0" run --network open -- true' "$COFFERDAM"
	echo "$status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: network open: host's addresses and routes: rtnetlink: "*"more than 512 addresses and networks ("* ]]
}

@test "rules for as many addresses and networks as there may be can be loaded" {
	run_split on_host unshare --map-current-user --net --keep-caps bash -c '
		ip link set lo up
		{
			for i in $(seq 0 489); do echo "route add 100.$((i / 256)).$((i % 256)).1 dev lo"; done
			for i in $(seq 0 489); do echo "route add local 101.$((i / 256)).$((i % 256)).1 dev lo"; done
			echo "route add default dev lo"
		} | ip -batch -
		"$0" run --network open --dry-run -- true | jq -r ".egress.nftables[]" >rules
		unshare --net nft -f rules' "$COFFERDAM"
	echo "$status: $stderr"
	[ "$status" = 0 ]
	[ "$(grep -o "64:ff9b::" rules | wc -l)" -gt 900 ]
}

@test "doctor has a row for each of pasta, nft, the tun device and the routes" {
	echo '{"extends": "default", "network": "open"}' >open.json
	run on_host "$COFFERDAM" doctor --profile ./open.json --json
	[ "$status" = 0 ]
	jq -e '[.checks[] | select(.name == ("pasta", "nft", "/dev/net/tun", "routes")) | .state] == ["ok", "ok", "ok", "ok"]' <<<"$output"
	run lacking /usr/bin/pasta /dev/net/tun -- "$COFFERDAM" doctor --profile ./open.json --json
	[ "$status" = 1 ]
	jq -e '[.checks[] | select(.name == ("pasta", "nft", "/dev/net/tun")) | .state] == ["missing", "ok", "missing"]
		and ([.checks[] | select(.state == "missing") | .remedy] | all(. != ""))' <<<"$output"
	run on_host "$COFFERDAM" doctor --profile default --json
	jq -e '[.checks[] | select(.name == "pasta")] == []' <<<"$output"
}

@test "a helper that cannot start is one clear line, and nothing has run" {
	# Debian 12's does so by itself where the host has no default route; Debian 13's makes do.
	printf '#!/bin/sh\necho "No routable interface for IPv4 and IPv6" >&2\nexit 1\n' >pasta
	chmod 755 pasta
	run_split replaced pasta /usr/bin/pasta -- "$COFFERDAM" run --network open --workspace "$PWD" -- touch ran
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: network: /usr/bin/pasta: "*" (pasta requires a default route on this host)" ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[ ! -e ran ]
}

@test "--dry-run shows the rules, the helper and what was opened" {
	run sandboxed --network-open private --dry-run -- true
	[ "$status" = 0 ]
	jq -e '.egress.network_open == ["private"] and .egress.helper[0] == "/usr/bin/pasta"
		and (.egress.nftables | any(contains("ip daddr @host4 goto refuse")))
		and (.egress.nftables | any(contains("203.0.113.2/32"))) and .egress.resolv_conf == ["nameserver 192.0.0.3"]' <<<"$output"
	run_split "$COFFERDAM" run --network none --network-open private -- true
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: --network-open: the network is not open (use --network open)" ]
	printf '{"extends": "default",\n"network_open": ["private"]}' >closed.json
	run -1 "$COFFERDAM" policy check closed.json
	[ "$output" = 'closed.json:2:18: network_open: the network is not open (add "network": "open", or remove network_open)' ]
}
