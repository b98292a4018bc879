#!/usr/bin/env bats
# cofferdam run --layer disk: what a job writes over its root lies on disk, is counted, is nobody else's, and is gone.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup_file() {
	mkdir -m 700 "$BATS_FILE_TMPDIR/run"
}

setup() {
	export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/run
	export COFFERDAM_LAYERS=$BATS_TEST_TMPDIR/layers
	cd "$BATS_TEST_TMPDIR" || return 1
	case $(stat -f -c %T .) in ext2/ext3 | xfs | btrfs) ;; *) skip "$PWD lies on $(stat -f -c %T .): ext4, xfs or btrfs is required" ;; esac
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

# image DIR: a root with busybox, unpacked.
image() {
	mkdir -p "$1"/{bin,etc,proc,dev,sys,tmp,root,doc/sub}
	cp "$(command -v busybox)" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	echo "the image's" >"$1/etc/name"
	echo x >"$1/doc/sub/x"
}

layers_left() {
	ls -A "$COFFERDAM_LAYERS"
}

need_subuid() {
	"$COFFERDAM" run --identity subuid -- true || skip "no subordinate ids"
}

# What a job does to a root of which /doc, /etc/name and /bin/sh are a part.
changing='busybox mkdir -p /new/deep && echo more >>/etc/name && busybox rm -r /doc && busybox mkdir /doc && echo y >/doc/y &&
	busybox mv /root /moved; busybox ln -s x /link; busybox chmod 700 /tmp; : >/new/deep/file; busybox mkdir -m 000 /new/closed'

@test "the layer lies on disk, and --changes is the same as in memory" {
	image img
	local layer
	for layer in memory disk; do
		run "$COFFERDAM" run --root ./img --layer "$layer" --changes "$layer" -- sh -c "$changing; busybox stat -f -c %T /bin"
		echo "$output"
		[ "$status" = 0 ]
		tail -1 <<<"$output" >"$layer.type"
	done
	cat disk
	grep -qx 'A /new/deep/file' disk
	grep -qx 'M /etc/name' disk
	grep -q '^D /doc/sub' disk
	cmp memory disk
	[ -z "$(layers_left)" ]
	[ "$(cat img/etc/name)" = "the image's" ]
}

@test "a system with subordinate ids: files of other ids, closed directories, whiteouts and deep trees are removed" {
	need_subuid
	run "$COFFERDAM" run --root overlay --identity subuid --layer disk --report report -- bash -c '
		mkdir -p /opt/a && cd /opt/a && for ((i = 0; i < 1200; i++)); do mkdir d && cd d || exit; done
		mkdir /srv/x && touch /srv/x/f && chown -R 33:44 /srv/x && chmod 000 /srv/x && rm -rf /usr/share/doc && mkdir /usr/share/doc &&
		cp -f /usr/bin/true /usr/bin/env && rm /usr/bin/stat && stat -f /usr/bin 2>&1 | grep -c "not found"'
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$(layers_left)" ]
	[ "$(jq -c .teardown.residue report)" = '[]' ]
	[ -e /usr/bin/stat ]
}

@test "df shows the disk, the report the bytes that were stored, and --disk ends a job that stores more" {
	image img
	run "$COFFERDAM" run --root ./img --layer disk --report report -- sh -c '
		busybox dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null; busybox stat -f -c %b /bin'
	[ "$status" = 0 ]
	[ "$output" = "$(stat -f -c %b .)" ]
	[ "$(jq '.limits.disk.used >= 8 * 1048576 and .limits.disk.used < 10 * 1048576' report)" = true ]
	for what in named nameless; do
		run "$COFFERDAM" run --root overlay --layer disk --disk 8M --report report -- python3 -c "
import os, signal
file = open('/usr/big', 'wb')
if '$what' == 'nameless': os.unlink('/usr/big')
for _ in range(64): file.write(b'x' * 1048576)
file.flush()
signal.pause()"
		echo "$what: $status: $output"
		[ "$status" = 137 ]
		[ "$(jq -r .ended_by report)" = disk ]
		[ -z "$(layers_left)" ]
	done
}

@test "files of the image that a job removes while they are open are not what it stores" {
	image img
	head -c 24M /dev/urandom >img/big
	# As long as its own nameless file is small it goes on; the control has one of the same size.
	run "$COFFERDAM" run --root ./img --layer disk --disk 8M --report report -- sh -c '
		exec 5</big; busybox rm /big; echo small >/small; exec 6</small; busybox rm /small
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do busybox usleep 150000; done; echo over'
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = over ]
	run "$COFFERDAM" run --root ./img --layer disk --disk 8M --report report -- sh -c '
		busybox cp /big /own; exec 5</own; busybox rm /own; busybox sleep 60'
	echo "$output"
	[ "$(jq -r .ended_by report)" = disk ]
}

# started: whether a job has said so.
started() {
	[ -e ws/started ]
}

@test "after kill -9 of the launcher the next launch with such a layer removes what was left, and no other's" {
	image img
	mkdir ws
	"$COFFERDAM" run --root ./img --layer disk --workspace ws --id killed -- sh -c ': >/left; busybox mkdir -m 000 /closed; : >started; busybox sleep 600' 3>&- &
	victim=$!
	until_true 20 started
	rm ws/started
	"$COFFERDAM" run --root ./img --layer disk --workspace ws --id lives -- sh -c ': >/kept; : >started; until [ -e stop ]; do busybox usleep 50000; done; busybox ls /kept' >said 2>&1 3>&- &
	living=$!
	until_true 20 started
	[ "$(layers_left | wc -l)" = 2 ]
	kill -9 "$victim"
	wait "$victim" || :
	[ "$(layers_left | grep -c ^killed)" = 1 ]
	# A launch without such a layer looks at none.
	"$COFFERDAM" run --root ./img -- busybox true
	[ "$(layers_left | grep -c ^killed)" = 1 ]
	gone() {
		"$COFFERDAM" run --root ./img --layer disk -- busybox true
		! layers_left | grep -q ^killed
	}
	until_true 20 gone
	[ "$(layers_left | wc -l)" = 1 ]
	touch ws/stop
	wait "$living"
	[ "$(cat said)" = /kept ]
	[ -z "$(layers_left)" ]
}

@test "what else lies in the directory of the layers is not removed" {
	image img
	mkdir -p layers/{precious,backup.20261201,run-1.0000000,x.layer,run-1.00000000.layer/left}
	chmod 700 layers
	"$COFFERDAM" run --root ./img --layer disk -- sh -c :
	[ "$(layers_left | xargs)" = "backup.20261201 precious run-1.0000000 x.layer" ]
}

@test "an image root that contains the directory of the layers is refused" {
	image img
	mkdir -m 700 img/layers
	echo secret >img/layers/mine
	COFFERDAM_LAYERS=$PWD/img/layers run -125 "$COFFERDAM" run --root ./img -- busybox cat /layers/mine
	[[ $output == *"--root: $PWD/img: shows $PWD/img/layers, which is no job's"* ]]
	# With another directory named, this launch knows nothing of that one.
	[ "$("$COFFERDAM" run --quiet --root ./img -- busybox cat /layers/mine)" = secret ]
}

@test "many launches at once, all with the same id, have a layer each" {
	image img
	local pids=() pid
	for i in {1..12}; do
		"$COFFERDAM" run --root ./img --layer disk --id same -- sh -c "[ ! -e /mine ] && echo $i >/mine && busybox usleep 20000 && [ \$(busybox cat /mine) = $i ]" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	[ -z "$(layers_left)" ]
}

# meddle HOW LAYERS: what a job does that wants to write into another's layer: in place, or by a directory in the place of one
# above it.
meddle() {
	local home=${2%/.cache/*}
	case $1 in
	place) echo planted >"$(echo "$2"/other.*/upper-root)/planted" ;;
	move) mv "$home/.cache" "$home/old" && mkdir -p "$2" && echo moved ;;
	esac
}

@test "a job does not reach the layer of another, nor its own, by the home directory that holds it" {
	image img
	mkdir -p home ws
	unset COFFERDAM_LAYERS XDG_CACHE_HOME
	export HOME=$PWD/home
	layers=$HOME/.cache/cofferdam/layers
	"$COFFERDAM" run --root ./img --layer disk --workspace ws --id other -- sh -c ': >started; until [ -e stop ]; do busybox usleep 50000; done; busybox cat /planted' >said 2>&1 3>&- &
	other=$!
	until_true 20 started
	for layer in memory disk; do
		run "$COFFERDAM" run --quiet --root overlay --layer "$layer" --rw "$HOME" -- bash -c "$(declare -f meddle)
			ls -A '$layers'; for how in place move; do meddle \$how '$layers' && echo MEDDLED; done"
		echo "$layer: $output"
		[[ $output != *MEDDLED* && $output == *busy* ]]
		[[ ! $output =~ other\.[0-9a-f]{8} ]]
	done
	run "$COFFERDAM" run --quiet --rw "$HOME" -- bash -c "$(declare -f meddle); meddle place '$layers'"
	[ "$status" != 0 ]
	# Given by its own name it is refused.
	run "$COFFERDAM" run --quiet --rw "$(echo "$layers"/other.*)" -- true
	echo "$output"
	[ "$status" = 125 ]
	[[ $output == *"shows $layers, which no job may write (show less, or set COFFERDAM_LAYERS"* ]]
	# Without the cover it succeeds: with another directory named, this launch knows nothing of that one.
	COFFERDAM_LAYERS=$PWD/elsewhere "$COFFERDAM" run --quiet --rw "$HOME" -- bash -c "$(declare -f meddle); meddle place '$layers'"
	touch ws/stop
	wait "$other"
	[ "$(cat said)" = planted ]
}

@test "where a layer cannot lie is refused, with the name of the file system and the remedy" {
	image img
	mkdir -m 755 open
	mkdir real
	ln -s real link
	: >file
	declare -A bad=(["$PWD/open"]="must be the caller's, with mode 0700 (chmod 700" ["$PWD/link/x"]="expected directories all the way, and no symbolic link"
		["$PWD/file"]="Not a directory" ["relative"]="COFFERDAM_LAYERS: " ["$PWD/img/x"]="lies in $PWD/img, over which the layer is mounted")
	[ "$(stat -f -c %T /dev/shm)" != tmpfs ] || bad[/dev/shm/$USER-layers]="lies on tmpfs (set COFFERDAM_LAYERS to a directory on ext4, xfs or btrfs, or use --layer memory)"
	for dir in "${!bad[@]}"; do
		COFFERDAM_LAYERS=$dir run_split "$COFFERDAM" run --root ./img --layer disk -- busybox true
		echo "$dir: $status: $stderr"
		[ "$status" = 125 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == *"${bad[$dir]}"* ]]
	done
	rmdir "/dev/shm/$USER-layers" 2>/dev/null || :
	[ -z "$(ls -A real)$(ls -A open)" ]
	run_split -125 "$COFFERDAM" run --layer disk -- true
	[[ $stderr == *"layer disk: requires a throw-away layer (use --root overlay or --root DIR, or --layer memory)" ]]
	unset COFFERDAM_LAYERS XDG_CACHE_HOME HOME
	run_split -125 "$COFFERDAM" run --root ./img --layer disk -- busybox true
	[[ $stderr == *"requires a directory: neither COFFERDAM_LAYERS nor HOME is set"* ]]
}

@test "a layer in a directory that one of the job's mounts shows by another name is refused" {
	image img
	mkdir -p a/layers b
	chmod 700 a/layers
	unshare --user --map-current-user --mount --keep-caps mount --bind a b || skip "no bind mount can be made here"
	run unshare --user --map-current-user --mount --keep-caps bash -c "
		mount --bind a b && COFFERDAM_LAYERS=$PWD/a/layers exec '$COFFERDAM' run --root ./img --layer disk --rw $PWD/b -- busybox true"
	echo "$output"
	[ "$status" = 125 ]
	[[ $output == *"layer disk"*"where the job can write"* ]]
}

@test "the plan and doctor show where the layer lies" {
	image img
	run "$COFFERDAM" run --dry-run --root ./img --layer disk -- busybox true
	[ "$(jq -r '.settings.layer.value, .layers' <<<"$output")" = "disk"$'\n'"$COFFERDAM_LAYERS" ]
	run "$COFFERDAM" doctor --json --root ./img --layer disk
	[ "$(jq -r '[.. | objects | select(.name? == "layer")][0] | .state, .found' <<<"$output")" = "ok"$'\n'"$COFFERDAM_LAYERS" ]
	COFFERDAM_LAYERS=/proc run "$COFFERDAM" doctor --json --root ./img --layer disk
	[ "$(jq -r '[.. | objects | select(.name? == "layer")][0].state' <<<"$output")" = missing ]
}
