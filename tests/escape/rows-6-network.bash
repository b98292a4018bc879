# shellcheck shell=bash disable=SC2154,SC2034
# Network: what `network: open` refuses, each also with that range opened by name. Sourced by tests/escape/suite. Everything is
# tried on the host of a small internet of the suite's own (tests/world/make).

SRC=$(cd "$here/../.." && pwd)
# shellcheck source=tests/world/functions.bash
. "$SRC/tests/world/functions.bash"

# The world is a user namespace, in which there are no subordinate ids to be had.
single=()
[ -z "$image_root" ] || single=(--identity single)
opened() {
	on_host timeout 60 "$COFFERDAM" run --quiet "${single[@]}" --network open --ro "$PROBES" "${options[@]}" -- "$PROBES/$1" "${@:2}"
}
on_the_host() { on_host timeout 20 "$PROBES/$1" "${@:2}"; }
# pasta as it comes, with a way to the host's loopback by the gateway's address.
bare_pasta() {
	on_host timeout 20 pasta --quiet --config-net --tcp-ports none --udp-ports none --tcp-ns none --udp-ns none -- "$PROBES/$1" "${@:2}"
}

# refused RANGE LABEL ATTACK ADDRESS: refused, and reached when RANGE is opened. The label says what the address is.
refused() {
	without=(--network-open "$1")
	attack "46 $2, $3 $4" opened / opened: net "$3" "$4" "${5:-8080}"
}

network_rows() {
	local address

	without=(--network-open 127.0.0.1:8080)
	attack "46 host loopback, TCP" opened / opened: net tcp 127.0.0.1 8080
	without=(--network-open 127.0.0.1:8080)
	attack "46 host loopback, UDP" opened / opened: net udp 127.0.0.1 8080
	without=(--network-open "[::1]:8080")
	attack "46 host loopback, IPv6" opened / opened: net tcp ::1 8080
	# Opening one family's loopback does not open the other's.
	with=(--network-open 127.0.0.1:8080) without=(--network-open "[::1]:8080")
	attack "46 host loopback, the other family" opened / opened: net tcp ::1 8080
	arguments=(tcp 203.0.113.1 8080)
	attack "46 host loopback by the gateway alias" opened / bare_pasta: net tcp 192.0.0.1 8080
	for address in 203.0.113.2 10.66.0.2 198.51.100.7 2001:db8:1::2 fd66::2; do
		refused host "own address" tcp $address
		refused host "own address" udp $address
	done
	refused lan "neighbour" tcp 203.0.113.1
	refused lan "neighbour" tcp 2001:db8:1::1
	# What only routes tell.
	for address in 198.51.101.9 2001:db8:101::9; do
		refused host "a local route's" tcp $address
		refused host "a local route's" udp $address
	done
	refused host "a local route's by NAT64" tcp 64:ff9b::c633:6509
	for address in 198.51.103.9 2001:db8:103::9; do
		refused lan "on the link" tcp $address
		refused lan "on the link" udp $address
	done
	for address in 198.51.104.2 2001:db8:104::2; do
		refused lan "a peer" tcp $address
		refused lan "a peer" udp $address
	done
	refused lan "on the link, by another table" tcp 198.51.102.9
	refused lan "on the link, by a nexthop object" tcp 198.51.105.9
	refused lan "on the link, one nexthop of two" tcp 198.51.106.9
	refused lan "a gateway" tcp 198.51.107.1
	with=(--network-open 198.51.101.0/24) without=(--network-open host)
	attack "46 a local route's, its network opened" opened / opened: net tcp 198.51.101.9 8080
	refused metadata "metadata" tcp 169.254.169.254
	refused metadata "metadata" udp 169.254.169.254
	refused metadata "metadata" tcp fd00:ec2::254
	for address in 64:ff9b::a9fe:a9fe 64:ff9b::a83f:8110; do
		refused metadata "metadata by NAT64" tcp $address
	done
	refused metadata "metadata by 6to4" tcp 2002:a9fe:a9fe::1
	refused host "own address by NAT64" tcp 64:ff9b::cb00:7102
	refused host "own address by 6to4" tcp 2002:cb00:7102::1
	refused lan "neighbour by NAT64" tcp 64:ff9b::cb00:7101
	refused lan "neighbour by 6to4" tcp 2002:cb00:7101::1
	# Opening what is around it does not open it.
	with=(--network-open link-local --network-open private) without=(--network-open metadata)
	attack "46 cloud metadata, link-local opened" opened / opened: net tcp 169.254.169.254 8080
	with=(--network-open 169.254.0.0/16) without=(--network-open 169.254.169.254)
	attack "46 cloud metadata, its network opened" opened / opened: net tcp 169.254.169.254 8080
	with=(--network-open 0.0.0.0/0) without=(--network-open metadata)
	attack "46 cloud metadata, everything opened" opened / opened: net tcp 169.254.169.254 8080
	with=(--network-open 10.66.0.0/24) without=(--network-open 10.66.0.2)
	attack "46 own address, its network opened" opened / opened: net tcp 10.66.0.2 8080
	with=(--network-open fd66::/64) without=(--network-open fd66::2)
	attack "46 own address, its network opened, IPv6" opened / opened: net tcp fd66::2 8080
	refused link-local "link-local" tcp 169.254.1.1
	for address in 10.66.0.1 172.16.5.5 192.168.7.7 100.64.1.1 fd77::1 fec0::1; do
		refused private "private" tcp $address
		refused private "private" udp $address
	done
	refused private "private by NAT64" tcp 64:ff9b::a42:1
	refused private "private by 6to4" tcp 2002:a42:1::1
	refused reserved "reserved" tcp 198.18.0.1
	refused reserved "gateway alias" tcp 192.0.0.1
	refused reserved "reserved by NAT64" tcp 64:ff9b::c612:1
	refused reserved "reserved by 6to4" tcp 2002:c612:1::1
	refused reserved "Teredo" tcp 2001:0:1:2::3
	refused reserved "IPv4-translated" tcp ::ffff:0:a42:1
	without=()
	attack "46 multicast" opened / on_the_host: net send 224.0.0.251 5353
	attack "46 multicast, IPv6" opened / on_the_host: net send ff02::fb 5353
	attack "46 broadcast" opened / on_the_host: net send 255.255.255.255 5353
	refused private "octal" tcp 012.0102.0.1
	refused private "hexadecimal" tcp 0x0a420001
	refused metadata "decimal" tcp 2852039166
	refused private "v4-mapped" tcp ::ffff:10.66.0.1
	refused metadata "v4-mapped" udp ::ffff:169.254.169.254
	# The rules themselves.
	attack "32 flush the rules by netlink" opened / weak: net flush
	with=(--seccomp "$T/open.json")
	attack "32 flush the rules, no filter" opened / weak: net flush
	attack "31 raw socket" opened / weak: net raw
	with=(--seccomp "$T/open.json")
	attack "31 raw socket, no filter" opened / weak: net raw
	with=(--seccomp "$T/open.json")
	attack "31 packet socket, no filter" opened / weak: net packet
	with=(--seccomp "$T/open.json") arguments=(down lo)
	attack "32 take the interface down, no filter" opened / weak: net down eth0
}

if [ "${#only[@]}" -gt 0 ] && ! printf '%s\n' "${only[@]}" | grep -qFf - "$here/rows-6-network.bash"; then
	: # no word of theirs
elif ! world_start "$T/world" >"$T/world.log" 2>&1; then
	skip "46 network: open" "no network of one's own: $(tail -1 "$T/world.log")"
else
	started+=("$world_shell")
	if can_open; then
		network_rows
	else
		skip "46 network: open" "$refusal"
	fi
	world_stop
fi
