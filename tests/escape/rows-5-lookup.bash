# shellcheck shell=bash disable=SC2154,SC2034
# Magic links that a job has left where the next one begins, or that an image brings: they lead into what the launcher or its
# caller has open (CVE-2024-21626). Any that is followed counts, wherever it leads. Sourced by tests/escape/suite.

mkdir -p "$T/held/ws" "$T/held/out" "$T/held/image"/{bin,etc,proc,dev,sys,tmp,probes}
cp "$PROBES/namespaces" "$PROBES/canary" "$T/held/image/probes/"
all_fds=() others=(cwd root root-of-1 stdin dev-fd thread-self pid chain relative)
for ((n = 0; n < ${ESCAPE_DESCRIPTORS:-32}; n++)); do # fewer where each launch takes a second
	ln -s "/proc/self/fd/$n" "$T/held/ws/fd-$n"
	all_fds+=("fd-$n")
done
ln -s /proc/self/cwd "$T/held/ws/cwd"
ln -s /proc/self/root "$T/held/ws/root"
ln -s /proc/1/root "$T/held/ws/root-of-1"
ln -s /dev/stdin "$T/held/ws/stdin"
ln -s /dev/fd/7 "$T/held/ws/dev-fd"
ln -s /proc/thread-self/fd/7 "$T/held/ws/thread-self"
ln -s /proc/2/fd/7 "$T/held/ws/pid"
ln -s ./chain-1 "$T/held/ws/chain"
ln -s ../ws/fd-7 "$T/held/ws/chain-1"
ln -s ../../../../../../../../../../../proc/self/fd/7 "$T/held/ws/relative"
ln -s /proc/self/exe "$T/held/ws/exe"
ln -s /proc/self/fd "$T/held/ws/fds"
cp -a "$T/held/ws" "$T/held/image/ws"

# try WHAT COMMAND…: whether the program has run. Descriptor 7 is a directory of the caller's, 8 what --start-fd waits for.
try() {
	local said
	said=$("${@:2}" 7<"$T/held" 8< <(echo) 2>&1)
	case $said in
	*"threads work"* | *"cofferdam 0"*) followed+=("$1") ;;
	"cofferdam: workdir "* | "cofferdam: exec: "*) refused=$((refused + 1)) ;;
	*) strange=$1:${said##*$'\n'} ;;
	esac
}
verdict() {
	[ "${#followed[@]}" = 0 ] || { echo "followed: ${followed[*]}"; return 0; }
	[ -z "$strange" ] || { echo "$strange"; return 2; }
	echo "refused: $refused"
	return 1
}
in_workspace() {
	local followed=() refused=0 strange='' link
	for link in "${links[@]}"; do
		try "$link" timeout 60 "$COFFERDAM" run --quiet --workspace "$T/held/ws" --ro "$PROBES" --workdir "$T/held/ws/$link" \
			"${options[@]}" "$@" -- "$PROBES/namespaces" threads
	done
	verdict
}
in_image_of() {
	local followed=() refused=0 strange='' link
	for link in "${links[@]}"; do
		try "$link" timeout 60 "$COFFERDAM" run --quiet --root "$T/held/image" --workdir "/ws/$link" "${options[@]}" "$@" \
			-- /probes/namespaces threads
	done
	verdict
}
workspace_link() { in_workspace; }
workspace_link_bare() { in_workspace --no-landlock; }
image_link() { in_image_of; }
image_link_bare() { in_image_of --no-landlock; }
# As a launcher that does not look: the directory is open, and the link is followed.
naive() {
	# shellcheck disable=SC2016
	timeout 20 unshare --user --map-current-user --mount sh -c 'cd "$0" && cat host-file' "$T/held/ws/fd-7" 7<"$T"
}

out=$T/held/out
for row in "nothing" "report --report $out/r.json" "disk --disk 50M" "start --start-fd 8" "tty --tty yes" "keep --keep-fd 8" \
	"report, disk and start --report $out/r.json --disk 50M --start-fd 8"; do
	links=("${all_fds[@]}" "${others[@]}")
	[[ $row != *--* ]] || read -ra with <<<"--${row#*--}"
	attack "24 workdir, a magic link: ${row%% --*}" workspace_link workspace_link_bare / naive: -
done
for row in "nothing" "report --report $out/r.json" "changes --changes $out/changes" "start --start-fd 8" "tty --tty yes" \
	"all --report $out/r.json --changes $out/changes --disk 50M --start-fd 8"; do
	links=("${all_fds[@]}" "${others[@]}")
	[[ $row != *--* ]] || read -ra with <<<"--${row#*--}"
	attack "24 workdir, a magic link of the image: ${row%% --*}" image_link image_link_bare / naive: -
done

# 16: the command itself. PID 1's program and the launcher's are files, too.
execute() {
	local followed=() refused=0 strange='' path
	for path in /proc/self/exe /proc/thread-self/exe "$T/held/ws/exe" "$T/held/ws/fds/3" "${all_fds[@]/#/$T/held/ws/}"; do
		try "$path" timeout 60 "$COFFERDAM" run --quiet --workspace "$T/held/ws" "$@" -- "$path" --version </dev/null
	done
	try PATH timeout 60 "$COFFERDAM" run --quiet --workspace "$T/held/ws" "$@" --env PATH="$T/held/ws/root/usr/bin" -- sh -c 'echo threads work'
	verdict
}
execute_link() { execute; }
execute_link_bare() { execute --no-landlock; }
execute_naive() { sh -c 'exec "$0" --version' "$T/held/ws/fd-7" 7<"$COFFERDAM"; }
attack "16 the command, a magic link" execute_link execute_link_bare / execute_naive: -
