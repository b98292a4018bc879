# Real container engines for containers.bats: a rootless dockerd and podman, started and run by the test's own user. No
# service, no network, no registry: the image is made here from busybox and our program.

ENGINE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# make_image DIR: a root file system in DIR/image.tar.
make_image() {
	local root=$1/image
	mkdir -p "$root"/{usr/bin,etc,tmp,root,proc,sys,dev}
	chmod 1777 "$root/tmp"
	ln -s usr/bin "$root/bin"
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp "$COFFERDAM" "$root/bin/cofferdam"
	local applet
	for applet in $("$root/bin/busybox" --list); do
		[ -e "$root/bin/$applet" ] || ln "$root/bin/busybox" "$root/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\napp:x:1000:\naudio:x:29:app\n' >"$root/etc/group"
	tar -C "$root" --owner=0 --group=0 -cf "$1/image.tar" .
	rm -rf "$root"
}

# lacking PROGRAM…: prints the first that is not there.
lacking() {
	local program
	for program; do
		PATH=$ENGINE_PATH command -v "$program" >/dev/null || { echo "$program"; return; }
	done
}

# start_docker DIR: sets docker_pid. Everything that it makes is below DIR, whose name must be short: sockets are in it.
start_docker() {
	local base=$1
	mkdir -p "$base/config"
	env -i HOME="$base" XDG_RUNTIME_DIR="$base" PATH="$ENGINE_PATH" \
		rootlesskit --net=host --pidns --copy-up=/etc --copy-up=/run --state-dir="$base/rk" unshare --net sh -c '
			ip link set lo up
			v2=$(awk "\$3 == \"cgroup2\" { print \$2; exit }" /proc/self/mounts)
			[ -z "$v2" ] || [ "$v2" = /sys/fs/cgroup ] || mount --bind "$v2" /sys/fs/cgroup
			rm -f /run/docker /run/containerd /run/xtables.lock
			exec dockerd "$@"' dockerd -H "unix://$base/docker.sock" --data-root="$base/data" --exec-root="$base/exec" \
		--pidfile="$base/pid" --storage-driver=overlay2 --userland-proxy=false >"$base/log" 2>&1 3>&- &
	docker_pid=$!
	until_true 60 sh -c "! kill -0 $docker_pid 2>/dev/null || curl -sf --unix-socket '$base/docker.sock' http://d/_ping"
	if ! kill -0 "$docker_pid"; then
		cat "$base/log"
		return 1
	fi
	docker_engine "$base" import "$base/../image.tar" cofferdam:1
}

stop_docker() {
	kill "$docker_pid" 2>/dev/null || :
	until_true 30 sh -c "! kill -0 $docker_pid 2>/dev/null"
	env -i HOME="$1" XDG_RUNTIME_DIR="$1" PATH="$ENGINE_PATH" rootlesskit rm -rf "$1/data" "$1/exec"
}

docker_engine() {
	local base=$1
	shift
	env -i HOME="$base" PATH="$ENGINE_PATH" DOCKER_CONFIG="$base/config" DOCKER_HOST="unix://$base/docker.sock" \
		/usr/bin/docker "$@"
}

# start_podman DIR: configures it to keep everything below DIR; there is no daemon.
start_podman() {
	local base=$1
	mkdir -p "$base/.config/containers" "$base/run"
	chmod 700 "$base/run"
	printf '[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\nevents_logger="file"\n' >"$base/.config/containers/containers.conf"
	printf '[storage]\ndriver="overlay"\n' >"$base/.config/containers/storage.conf"
	printf '[[registry]]\nprefix="docker.io"\nlocation="docker.io"\nblocked=true\n' >"$base/.config/containers/registries.conf"
	podman_engine "$base" import "$base/../image.tar" localhost/cofferdam:1
}

# The pause process holds podman's user namespace open.
stop_podman() {
	podman_engine "$1" rm --force --all --time 0 >/dev/null || :
	local pause
	pause=$(cat "$1/run/libpod/tmp/pause.pid" 2>/dev/null) || :
	[ -z "$pause" ] || kill "$pause" || :
	env -i HOME="$1" XDG_RUNTIME_DIR="$1/run" PATH="$ENGINE_PATH" rootlesskit rm -rf "$1/.local" "$1/run"
}

podman_engine() {
	local base=$1
	shift
	env -i HOME="$base" XDG_RUNTIME_DIR="$base/run" PATH="$ENGINE_PATH" podman --log-level=error "$@"
}

# engine ARGUMENT…: of the engine that $ENGINE names.
engine() {
	"${ENGINE}_engine" "$ENGINES_DIR/$ENGINE" "$@"
}

# in_container [OPTION…] IMAGE COMMAND…: one container without a network, gone afterwards.
in_container() {
	engine run --rm --pull never --network none "$@"
}

# started_container NAME [OPTION…] IMAGE COMMAND…: the same in the background; left for the test to look at.
started_container() {
	engine run --detach --pull never --network none --name "$@"
}

# has_said NAME TEXT: whether that container has written it.
has_said() {
	engine logs "$1" 2>/dev/null | grep -q "$2"
}

# What lifts the masks of /proc in the engine's own words.
unmasked() {
	case $ENGINE in
	docker) echo systempaths=unconfined ;;
	podman) echo unmask=ALL ;;
	esac
}
