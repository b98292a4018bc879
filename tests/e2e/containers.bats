#!/usr/bin/env bats
# In containers of a real rootless dockerd and a real rootless podman: `cofferdam entrypoint` as PID 1, and `cofferdam run`
# inside. Every test runs in each engine that is there; the control is the same container without us.

load helpers
load containers_helpers

setup_file() {
	local missing dir
	dir=$(mktemp -d /tmp/cc.XXXXXX)
	export ENGINES_DIR=$dir ENGINES="" docker_pid=""
	make_image "$dir"
	missing=$(lacking dockerd /usr/bin/docker rootlesskit newuidmap ip unshare)
	if [ -n "$missing" ]; then
		echo "# docker: no $missing" >&3
	else
		mkdir "$dir/docker"
		start_docker "$dir/docker" >&2
		ENGINES+=" docker"
	fi
	missing=$(lacking podman runc rootlesskit newuidmap)
	if [ -n "$missing" ]; then
		echo "# podman: no $missing" >&3
	else
		mkdir "$dir/podman"
		start_podman "$dir/podman" >&2
		ENGINES+=" podman"
	fi
	export docker_pid
	OUTER=seccomp=$SRC/profiles/seccomp/docker-outer.json
	export OUTER
}

teardown_file() {
	[[ $ENGINES != *docker* ]] || stop_docker "$ENGINES_DIR/docker"
	[[ $ENGINES != *podman* ]] || stop_podman "$ENGINES_DIR/podman"
	rm -rf "$ENGINES_DIR"
}

# each FUNCTION: in every engine.
each() {
	[ -n "$ENGINES" ] || skip "neither a rootless dockerd nor podman can be started here"
	for ENGINE in $ENGINES; do
		echo "--- $ENGINE"
		"$1"
	done
}

I=cofferdam:1

# --- entrypoint

bare() {
	local look='grep -E "^(Cap|NoNewPrivs|Seccomp):?" /proc/self/status | tr -d "\t"'
	run in_container "$I" cofferdam entrypoint -- sh -c "$look"
	echo "$output"
	[ "$(grep -cE '^Cap.*:0{16}$' <<<"$output")" = 5 ]
	[[ $output == *"NoNewPrivs:1"* && $output == *"Seccomp:2"* ]]
	run in_container "$I" sh -c "$look"
	[ "$(grep -cE '^Cap(Prm|Eff|Bnd):0{8}[8-a]' <<<"$output")" = 3 ]
	[[ $output == *"NoNewPrivs:0"* ]]
}
@test "the command has no capability; without us it has the runtime's" { each bare; }

unprivileged() {
	run in_container --user 1000 "$I" cofferdam entrypoint --report - -- grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
	[ "$(grep -cE '0{16}$' <<<"$output")" = 4 ]
	[[ $output == *"without CAP_SETPCAP the bounding set stays"* ]]
	run in_container --user 1000 "$I" cofferdam entrypoint --user root -- id
	[ "$status" = 125 ]
	[[ $output == *"become uid 0"*"CAP_SETUID"* ]]
	run in_container --cap-drop ALL "$I" cofferdam entrypoint --report - -- grep -E '^Cap' /proc/self/status
	[ "$(grep -cE '0{16}$' <<<"$output")" = 5 ]
}
@test "it works as an unprivileged user of the container, and without a capability to start with" { each unprivileged; }

user() {
	run in_container "$I" cofferdam entrypoint --user app -- sh -c 'id; echo "$HOME"; echo x >/dev/stdout; id -u >/root/x'
	echo "$output"
	[[ $output == *"uid=1000(app) gid=1000(app) groups="*"29(audio)"* && $output == *"/root/x: Permission denied"* ]]
	[[ $output != *"groups=0"* && $output != *",0(root)"* ]]
	grep -qx /tmp <<<"$output"
	run in_container "$I" cofferdam entrypoint --user 1000:29 -- id -g
	[ "$output" = 29 ]
	run in_container "$I" cofferdam entrypoint --user nobody -- true
	[ "$status" = 125 ]
	[[ $output == *"user nobody: not in /etc/passwd"* ]]
}
@test "--user is a user of the container, with its groups and home" { each user; }

denied() {
	run in_container --cap-add SYS_ADMIN --security-opt seccomp=unconfined "$I" cofferdam entrypoint -- mount -t tmpfs none /tmp
	[ "$status" != 0 ]
	run in_container --cap-add SYS_ADMIN --security-opt seccomp=unconfined "$I" mount -t tmpfs none /tmp
	[ "$status" = 0 ]
}
@test "a container with too much gives its command nothing of it" { each denied; }

# environ_of NAME [OPTION…]: what /proc/1/environ shows to a process of the engine's own, without the NULs.
environ_of() {
	local name=$1
	shift
	engine exec "$@" "$name" cat /proc/1/environ | tr -d '\0'
}

environment() {
	started_container "env1" -e API_TOKEN=canary -e APP=1 "$I" cofferdam entrypoint -- sh -c 'env; echo ready; exec sleep 1000'
	until_true 20 has_said env1 ready
	run engine logs env1
	[[ $output == *APP=1* && $output == *"withheld: API_TOKEN"* && $output != *canary* ]]
	run engine exec env1 cat /proc/1/environ
	[ "$status" != 0 ]
	run environ_of env1 --privileged
	[ -z "$output" ]
	engine rm --force env1
	started_container "env2" -e API_TOKEN=canary "$I" sleep 1000
	run environ_of env2
	engine rm --force env2
	[[ $output == *API_TOKEN=canary* ]]
}
@test "a secret of the container's environment reaches neither the command nor /proc/1/environ" { each environment; }

zombies() {
	started_container z1 "$I" cofferdam entrypoint -- sleep 1000
	engine exec z1 sh -c '(true &); (true &)'
	run engine exec z1 sh -c 'i=0; while [ $i -lt 500 ] && grep -qs "^State:.Z" /proc/[0-9]*/status; do i=$((i + 1)); sleep 0.01; done
		grep -ls "^State:.Z" /proc/[0-9]*/status | wc -l'
	engine rm --force z1
	[ "$output" = 0 ]
	started_container z2 "$I" sleep 1000
	engine exec z2 sh -c '(true &); (true &)'
	run engine exec z2 sh -c 'i=0; until [ $i = 500 ] || [ "$(grep -ls "^State:.Z" /proc/[0-9]*/status | wc -l)" = 2 ]; do i=$((i + 1)); sleep 0.01; done
		grep -ls "^State:.Z" /proc/[0-9]*/status | wc -l'
	engine rm --force z2
	[ "$output" = 2 ]
}
@test "orphans are reaped; a PID 1 that is none leaves them as zombies" { each zombies; }

stop() {
	started_container s1 "$I" cofferdam entrypoint -- sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	until_true 20 has_said s1 ready
	engine stop --time 60 s1
	run engine inspect --format '{{.State.ExitCode}}' s1
	engine rm --force s1
	[ "$output" = 7 ]
	# A command without a handler: as PID 1 it does not even get the signal.
	started_container s2 "$I" cofferdam entrypoint -- sleep 1000
	engine stop --time 60 s2
	run engine inspect --format '{{.State.ExitCode}}' s2
	engine rm --force s2
	[ "$output" = 143 ]
	started_container s3 "$I" sleep 1000
	engine stop --time 1 s3
	run engine inspect --format '{{.State.ExitCode}}' s3
	engine rm --force s3
	[ "$output" = 137 ]
}
@test "stop ends it with the command's own status; without us it has to be killed" { each stop; }

terminal() {
	run in_container --tty "$I" cofferdam entrypoint -- sh -c 'test -t 0 && cut -d" " -f 5,8 /proc/self/stat'
	local fields
	read -r -a fields <<<"$(tail -1 <<<"$output" | tr -d '\r')"
	[ "${#fields[@]}" = 2 ]
	[ "${fields[0]}" = "${fields[1]}" ]
}
@test "with a terminal the command is its foreground group" { each terminal; }

paths() {
	local try='echo x >/root/x; echo x >/tmp/x; cat /tmp/x; echo x >/dev/null || echo null'
	run in_container "$I" cofferdam entrypoint --ro / --rw /tmp -- sh -c "$try"
	echo "$output"
	[[ $output == *"/root/x: Permission denied"* && $output != *null* ]]
	grep -qx x <<<"$output"
	run in_container "$I" cofferdam entrypoint -- sh -c "$try"
	echo "$output"
	[ "$output" = x ]
}
@test "Landlock: --ro and --rw inside the container" { each paths; }

left() {
	run in_container "$I" cofferdam entrypoint --report - -- sh -c '(setsid sleep 1000 &); (sleep 1000 &); exit 3'
	[ "$status" = 3 ]
	[ "$(sed -n '/^{/,$p' <<<"$output" | jq .teardown.processes_killed)" = 2 ]
}
@test "what the command leaves is killed and counted" { each left; }

# --- run inside a container

as_shipped() {
	run in_container --user 1000 "$I" cofferdam doctor --json
	[ "$status" = 1 ]
	echo "$output"
	jq -e '.checks | map(select(.state == "missing")) | length > 1 and all(.remedy != "")' <<<"$output"
	jq -e '.checks[] | select(.name == "system calls") | .state == "missing" and (.found | startswith("an outer seccomp filter refuses "))
		and (.remedy | contains("docker-outer.json"))' <<<"$output"
	jq -e '.checks[] | select(.name == "/proc") | .state == "missing" and (.found | contains("/proc is covered in "))
		and (.remedy | contains("systempaths=unconfined"))' <<<"$output"
	run in_container --user 1000 "$I" cofferdam run -- true
	[ "$status" = 125 ]
	[[ $output == *"an outer seccomp filter refuses"* || $output == *"mount too revealing"* ]]
}
@test "with the engine's own settings doctor names the filter and the masked /proc" { each as_shipped; }

half_lifted() {
	run in_container --user 1000 --security-opt "$OUTER" "$I" cofferdam run -- true
	[ "$status" = 125 ]
	[[ $output == *"mount too revealing: /proc is covered"*"systempaths=unconfined"* ]]
	run in_container --user 1000 --security-opt "$(unmasked)" "$I" cofferdam run -- true
	[ "$status" = 125 ]
	[[ $output == *"an outer seccomp filter refuses"*"docker-outer.json"* ]]
}
@test "each of the two that is left is named by the error" { each half_lifted; }

lifted() {
	run in_container --user 1000 --security-opt "$OUTER" --security-opt "$(unmasked)" "$I" cofferdam doctor
	echo "$output"
	[ "$status" = 0 ]
	run in_container --user 1000 --security-opt "$OUTER" --security-opt "$(unmasked)" "$I" \
		cofferdam run -- sh -c 'echo /proc/[0-9]*; grep -c "^Cap.*0000000000000000" /proc/self/status'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "/proc/1 /proc/2" ]
	[ "${lines[1]}" = 5 ]
}
@test "with the shipped filter and an unmasked /proc cofferdam run works inside" { each lifted; }

both() {
	run in_container --security-opt "$OUTER" --security-opt "$(unmasked)" "$I" \
		cofferdam entrypoint --profile outer --user app -- cofferdam run --quiet -- sh -c 'id -u; exit 4'
	echo "$output"
	[ "$status" = 4 ]
	[ "${lines[-1]}" = 1000 ]
	# The profile for commands that need no sandbox of their own does not let one be made.
	run in_container --security-opt "$OUTER" --security-opt "$(unmasked)" "$I" cofferdam entrypoint --user app -- cofferdam run -- true
	[ "$status" = 125 ]
	[[ $output == *"an outer seccomp filter refuses"* ]]
}
@test "entrypoint --profile outer is PID 1 for cofferdam run" { each both; }

# podman's unmask=ALL would make /sys/fs/cgroup writable too, on hosts that have cgroup v2 alone.
cgroup() {
	local unmasked
	unmasked=$(unmasked)
	[ "$ENGINE" != podman ] || unmasked='unmask=/proc/*'
	run in_container --user 1000 --security-opt "$OUTER" --security-opt "$unmasked" "$I" cofferdam doctor --profile job --json
	echo "$output"
	[ "$status" = 1 ]
	jq -e '.checks[] | select(.name == "memory") | .state == "missing" and (.found | contains("cgroup")) and (.remedy | contains("cgroupns"))' <<<"$output"
}
@test "limits: doctor says that the container has no cgroup to write to" { each cgroup; }

# The filter takes from an ordinary container nothing that it would miss, and still refuses what no container needs.
filter() {
	run in_container --security-opt "$OUTER" "$I" sh -c 'chown 1000 /tmp; su app -c id; mkfifo /tmp/f; date; ps; ls -l / >/dev/null; ip link'
	[ "$status" = 0 ]
	[[ $output != *"not permitted"* ]]
	run in_container --security-opt "$OUTER" "$I" sh -c 'swapon /tmp/x; dmesg'
	[[ $output == *"not permitted"* ]]
}
@test "an ordinary container works under the shipped filter" { each filter; }
