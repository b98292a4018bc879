#!/usr/bin/env bats
# cofferdam run --device: devices of the host, each by its name.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for python inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

usable() {
	if [ ! -c "$1" ] || [ ! -r "$1" ] || [ ! -w "$1" ]; then skip "this user cannot open $1"; fi
}

# Opens each, and asks the tun device what it can do, which needs no capability. Making an interface does.
opens='import fcntl, os, struct, sys
for path in sys.argv[1:]:
    try:
        fd = os.open(path, os.O_RDWR)
        print(path, "opened")
        if path.endswith("tun"):
            print("features" if struct.unpack("I", fcntl.ioctl(fd, 0x800454cf, bytes(4)))[0] & 1 else "none")
            fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"made", 0x1001))
            print("made")
    except OSError as e:
        print(os.strerror(e.errno))'

@test "a device that is granted can be used, and no other is there" {
	local options
	usable /dev/net/tun
	usable /dev/fuse
	run "$COFFERDAM" run -- python3 -c "$opens" /dev/net/tun /dev/fuse
	[ "$output" = $'No such file or directory\nNo such file or directory' ]
	for options in "" "--profile strict" "--root overlay" "--identity subuid"; do
		# shellcheck disable=SC2086 # words
		run "$COFFERDAM" run $options --report r.json --device /dev/net/tun --device /dev/net/tun -- python3 -c "$opens" \
			/dev/net/tun /dev/fuse
		echo "$options: $output"
		[ "$output" = $'/dev/net/tun opened\nfeatures\nOperation not permitted\nNo such file or directory' ]
		jq -e '[.protections[] | select(.state == "unverified")] == []' r.json
	done
	printf '{"extends": "default", "device": ["/dev/fuse", "/dev/net/tun"]}\n' >p.json
	run "$COFFERDAM" run --profile ./p.json -- sh -c 'echo /dev/fuse /dev/net/*; touch /dev/net/x 2>/dev/null || echo read-only'
	[ "$output" = $'/dev/fuse /dev/net/tun\nread-only' ]
	[ "$("$COFFERDAM" policy show --profile ./p.json | jq -c '[.devices[].path]')" = '["/dev/fuse","/dev/net/tun"]' ]
}

@test "what cannot be granted is refused by name" {
	local -A bad=(
		["--device /dev/sda"]="/dev/sda: not a device that can be granted: a disk: every file on it, whatever its mode"
		["--device /dev/mem"]="/dev/mem: not a device that can be granted: the memory of the machine"
		["--device /dev/null"]="/dev/null: not a device that can be granted: every job has it"
		["--device /dev/../etc/passwd"]='/dev/../etc/passwd: contains ".."'
		["--device /etc/passwd"]="/etc/passwd: not a device that can be granted (known: /dev/kvm, "
		["--device /dev/dri/card99"]="device: /dev/dri/card99: No such file or directory (load the card's driver; requested by --device)"
		["--rw /dev/kvm"]="source: /dev/kvm: a device (use --device /dev/kvm)"
		["--rw /dev/net/tun:/tun"]="source: /dev/net/tun: a device (use --device /dev/net/tun)"
		["--ro /usr:/dev/fuse"]="target: /dev/fuse: a device (use --device /dev/fuse)"
	)
	each_refused bad run
	printf '{"device": ["/dev/kvm", "/dev/sda"]}\n' >p.json
	run "$COFFERDAM" policy check ./p.json
	[ "$status" = 1 ]
	[[ $output == *"p.json:1:25: "*"/dev/sda: not a device that can be granted"* ]]
	run_split "$COFFERDAM" entrypoint --device /dev/kvm -- true
	[ "$status" = 125 ]
	[[ $stderr == *"docker run --device"* ]]
}

@test "a device that is another than its name says, or that the caller cannot open, is refused" {
	usable /dev/fuse
	run_split unshare --user --map-current-user --keep-caps --mount sh -c 'mount --bind /dev/null /dev/fuse && exec "$0" run --device /dev/fuse -- true' "$COFFERDAM"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: device: /dev/fuse: another device than its name says ("* ]]
	# The host's own node, which only root may open, below the one that the tests are given.
	run_split unshare --user --map-current-user --keep-caps --mount sh -c 'umount /dev/fuse 2>/dev/null; [ -w /dev/fuse ] || exec "$0" run --device /dev/fuse -- true' "$COFFERDAM"
	[ "$status" = 0 ] || [[ $stderr == "cofferdam: device: /dev/fuse: Permission denied (let the caller open it: "* ]]
}

# kfd_is NAME: asks for /dev/kfd, where the host's /dev has that device, or no /sys to compare its name with.
kfd_is() {
	run_split unshare --user --map-current-user --keep-caps --mount sh -ec 'mkdir -p d; mount -t tmpfs d d; mkdir d/pts d/shm
		for name in null zero full random urandom tty; do touch "d/$name"; mount --bind "/dev/$name" "d/$name"; done
		touch d/kfd; mount --bind "/dev/$1" d/kfd; mount --rbind d /dev
		if [ -n "$2" ]; then mount -t tmpfs none /sys; fi
		exec "$0" run --device /dev/kfd -- true' "$COFFERDAM" "$@"
	echo "$* => $status: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: device: /dev/kfd: another device than its name says (see the host's /dev; requested by --device)" ]]
}

@test "another device at a name whose number the kernel gives out is refused" {
	usable /dev/fuse
	kfd_is null ""
	kfd_is fuse ""
	kfd_is null without-sys
}

@test "doctor says whether the caller can open what a profile grants" {
	usable /dev/fuse
	printf '{"extends": "default", "device": ["/dev/fuse", "/dev/dri/card99"]}\n' >p.json
	run "$COFFERDAM" doctor --profile ./p.json
	echo "$output"
	[ "$status" = 1 ]
	grep -q '^ok  *device  */dev/fuse: can be opened$' <<<"$output"
	grep -A2 '^missing  *device  */dev/dri/card99: No such file or directory$' <<<"$output" | grep -q "remedy: load the card's driver$"
}
