# shellcheck shell=bash disable=SC2154,SC2034
# Throw-away layers, images as roots, what a job may store. Sourced by tests/escape/suite.
# shellcheck disable=SC2317 # attack() calls the functions

# image DIR: a root of its own that has the attack programs, where no profile mounts anything.
image() {
	mkdir -p "$1"/{bin,etc,proc,dev,sys,tmp,probes}
	cp "$PROBES"/* "$1/probes/"
	echo original >"$1/etc/name"
}
image "$T/image"
overlay() { timeout 30 "$COFFERDAM" run --quiet --root overlay --ro "$PROBES" "${options[@]}" -- "$PROBES/$1" "${@:2}"; }
in_image() { timeout 60 "$COFFERDAM" run --quiet --root "$T/image" "${options[@]}" -- "/probes/$1" "${@:2}"; }

# 20, 21, 22: as in the root of any sandbox.
for way in umount detach expire remount setattr move bind-over open_tree; do
	attack "20 mounts: $way, layers" overlay in_image / weak: mounts take-apart "$way"
done
with=(--rw "$T/jail")
attack "22 chroot twice, layers" overlay in_image / weak: mounts double-chroot "$T/jail/inner"
arguments=(open-handle "$T/scratch")
by_handle "22 open_by_handle_at, of a layer" overlay in_image / weak: mounts open-handle /etc
for type in overlay tmpfs proc; do
	with=(--rw "$T/jail")
	attack "21 namespace, then mount $type, in a layer" overlay / outside: namespaces nested "$type" "$T/jail"
done

# 15, 19: what lies below a layer and is not to be seen.
attack "15 a file of the host by name, layers" overlay in_image / outside: walk file / "$mark-state"
for path in /etc/{shadow,gshadow,ssl/private} /var/log/journal /var/lib/private /root /boot /run/systemd /run/user; do
	if [ ! -e "$path" ] || { [ -d "$path" ] && [ -r "$path" ] && [ -z "$(ls -A "$path")" ]; }; then
		skip "19 read $path, overlay" "not on this machine, or empty"
	else
		attack "19 read $path, overlay" overlay / outside: files read "$path"
	fi
done
for path in sysrq-trigger sys/kernel/core_pattern; do
	[ ! -e "/proc/$path" ] || attack "19 write /proc/$path, overlay" overlay in_image / outside: files write "/proc/$path"
done

# 16, 23: what lies below is as it was, whatever else the job may write. The image is the test's own: where it is not the root,
# the same attack changes it.
image "$T/other"
ln -s image "$T/alias"
spoil() {
	local sum
	sum=$(find "$T/image" -type f -exec sha256sum {} + | sort)
	timeout 60 "$COFFERDAM" run --root "$@" -- /probes/files rename /etc/name "$T/image/bin/mounts" >/dev/null 2>&1 ||
		timeout 60 "$COFFERDAM" run --root "$@" -- /probes/files rename "$T/image/etc/name" "$T/image/bin/moved" >/dev/null 2>&1 ||
		timeout 60 "$COFFERDAM" run --root "$@" -- /probes/files rename "$T/image/data/name" "$T/image/data/moved" >/dev/null 2>&1
	[ "$(find "$T/image" -type f -exec sha256sum {} + | sort)" != "$sum" ] || { echo "the image is as it was"; return 1; }
	echo "the image is another"
}
with_data() {
	rm -rf "$T/image"
	image "$T/image"
	mkdir "$T/image/data"
	echo original >"$T/image/data/name"
}
spoil_layer() { spoil "$T/image" --tmpfs /unused; }
spoil_same() { spoil "$T/image" --rw "$T/image"; }
spoil_below() { spoil "$T/image" --rw "$T"; }
spoil_inside() { spoil "$T/image" --rw "$T/image/data"; }
spoil_alias() { spoil "$T/alias" --workspace "$T/image"; }
spoil_other() { spoil "$T/other" --rw "$T/image"; }
spoil_other_inside() { spoil "$T/other" --rw "$T/image/data"; }
for way in layer same below alias; do
	with_data
	attack "16 a file of the image replaced: $way" "spoil_$way" / spoil_other: -
done
with_data
attack "16 a file of the image replaced: inside" spoil_inside / spoil_other_inside: -
rm -rf "$T/image" "$T/other" "$T/alias"
image "$T/image"

# 12: what one job leaves in its layer, and the next finds.
poison() {
	timeout 60 "$COFFERDAM" run "$@" -- sh -c "echo poison >$place/cofferdam-poison"
	timeout 60 "$COFFERDAM" run --quiet "$@" -- cat "$place/cofferdam-poison" 2>&1
}
mkdir "$T/shared"
poison_overlay() { place=/usr/bin poison --root overlay; }
poison_shared() { place=$T/shared poison --rw "$T/shared"; }
attack "12 poison in /usr/bin for the next job" poison_overlay / poison_shared: -

# 17: an image whose mount point or mask is a link. That it is refused for the link is checked by the text.
launch_image() {
	local said
	said=$(timeout 60 "$COFFERDAM" run --root "$T/evil" --hide /etc/shadow -- /probes/files read /etc/name 2>&1) && { echo "it runs"; return; }
	echo "$said"
	[[ $said != *"$expected"*"symbolic link"* ]] || return 1
	return 3
}
evil_link() {
	rm -rf "$T/evil"
	image "$T/evil"
	mkdir -p "$T/elsewhere"
	rm -rf "${T:?}/evil/$expected"
	ln -s "$T/elsewhere" "$T/evil/$expected"
	launch_image
}
good_image() {
	rm -rf "$T/evil"
	image "$T/evil"
	echo masked >"$T/evil/etc/shadow"
	launch_image
}
for expected in proc sys dev tmp etc/shadow; do
	attack "17 /$expected of an image is a link" evil_link / good_image: -
done

# 23
mkdir -p "$T/below/ro"
echo original >"$T/below/ro/file"
with=(--ro "$T/below/ro") without=(--rw "$T/below") arguments=(link "$T/below/ro/file" "$T/below/link")
attack "23 hard link from --ro to a layer" overlay / default: files link "$T/below/ro/file" /usr/link
with=(--ro "$T/below/ro") without=(--rw "$T/below") arguments=(rename "$T/below/ro/file" "$T/below/moved")
attack "23 rename from --ro to a layer" overlay / default: files rename "$T/below/ro/file" /usr/moved
arguments=(mknod whiteout "$T/scratch/node")
attack "24 mknod of a whiteout in a layer" overlay in_image / outside: files mknod whiteout /etc/node
rm -f "$T/scratch/node"

# 25: 24 MiB where 16 are allowed; 20,000 files where 16,384 are. Without the limit there is room for them.
for place in /usr /etc /var/log /tmp /dev/shm /workspace /home/job; do
	with=(--disk 16M)
	attack "25 fill $place: bytes" overlay / overlay: fill bytes "$place" 24
done
for way in allocation holes; do
	with=(--disk 16M)
	attack "25 fill a layer: $way" overlay / overlay: fill "$way" /usr 24
	with=(--disk 16M)
	attack "25 fill an image's layer: $way" in_image / in_image: fill "$way" /etc 24
done
with=(--disk 16M)
attack "25 fill a layer: files" overlay in_image / overlay: fill files /etc 20000

fill_workspace() {
	local result status
	rm -rf "$T/filled"
	mkdir "$T/filled"
	# Killed for what it stored: that is the refusal. What was stored stays until then.
	timeout 240 "$COFFERDAM" run --ro "$PROBES" --workspace "$T/filled" "$@" --report "$T/filled.json" -- \
		sh -c "$PROBES/$way && sleep \$WAIT" >/dev/null 2>&1
	status=$?
	result=$(jq -r .ended_by "$T/filled.json")
	echo "ended by $result, status $status, $(jq .limits.disk.used "$T/filled.json") bytes"
	[ "$status" != 0 ] || return 0
	[ "$result" = disk ] || return 3
	return 1
}
for way in "fill bytes $T/filled 24" "fill holes $T/filled 24" "fill files $T/filled 20000"; do
	limited() { fill_workspace --disk 16M --env WAIT=20; }
	unlimited() { fill_workspace --env WAIT=0; }
	read -r _ name _ <<<"$way"
	attack "25 fill the workspace: $name" limited / unlimited: -
done
# Without a limit nobody counts, and there is nothing to hide from.
hidden() { way="hide from-counts $T/filled 80" && fill_workspace --disk 64M --env WAIT=0; }
seen() { way="fill bytes $T/filled 80" && fill_workspace --env WAIT=0; }
attack "25 fill the workspace: out of sight" hidden / seen: -
# Files without a name, held where they are not easily seen. Each job would stay for 20 seconds.
for held in thread-unshare thread-clone leader-gone undumpable undumpable-thread in-flight mapped ruleset shared-table; do
	limited() { way="nameless $held $T/filled 160 20" && fill_workspace --disk 64M --env WAIT=0; }
	unlimited() { way="nameless $held $T/filled 160 0" && fill_workspace --env WAIT=0; }
	attack "25 nameless files in the workspace: $held" limited / unlimited: -
done
# The other directories that a job may write.
fill_beside() {
	rm -rf "$T/beside"
	mkdir "$T/beside"
	way="fill bytes $T/beside 24" && fill_workspace --rw "$T/beside" "$@"
}
beside() { fill_beside --disk 16M --env WAIT=20; }
unlimited() { fill_beside --env WAIT=0; }
attack "25 fill a directory beside the workspace" beside / unlimited: -
rm -rf "$T/filled" "$T/beside" "$T/evil" "$T/image"

# The job's own cgroup, where it has a leaf: shown, and nothing else. Without: mounted by the root of a namespace, writable.
in_leaf() { run --report "$T/leaf.json" -- "$PROBES/$1" "${@:2}"; }
own_cgroup() {
	# shellcheck disable=SC2016
	timeout 20 unshare --user --map-root-user --mount --cgroup sh -c '
		mount -t tmpfs tmpfs "$0" && mkdir "$0/cgroup" && mount -t cgroup2 cgroup2 "$0/cgroup" || exit 2
		"$@"' "$T/scratch" "$PROBES/$1" "$2" "${3/"/sys/fs"/"$T/scratch"}"
}
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
above=$(sed -n 's/^0:://p' /proc/self/cgroup)
if [ -n "$v2" ] && [ "$above" != / ]; then
	attack "27 the host's cgroups" default strict job in_leaf / outside: files read "$v2$above"
else
	skip "27 the host's cgroups" "no cgroup of version 2 around the tests"
fi
run --report "$T/leaf.json" -- true
if [ "$(jq -r .protections.cgroup.state "$T/leaf.json")" = active ]; then
	for file in procs threads kill freeze subtree_control max.depth; do
		attack "27 its own cgroup: write cgroup.$file" in_leaf / own_cgroup: files write "/sys/fs/cgroup/cgroup.$file"
	done
	attack "27 its own cgroup: make one below" in_leaf / own_cgroup: files mkdir /sys/fs/cgroup/below
else
	skip "27 its own cgroup" "no cgroup is delegated"
fi
