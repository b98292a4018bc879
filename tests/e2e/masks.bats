#!/usr/bin/env bats
# What of /proc and /sys a sandbox covers, held against the lists of container runtimes.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# Paths that the runtimes mask by default, and who does so, as of:
#   moby        daemon/pkg/oci/defaults.go at 23f2c12c2a (2025)
#   podman      common/pkg/config/default.go of container-libs at 1a2bf6194c (podman 6)
#   kubernetes  pkg/securitycontext/util.go at 1.34 (with #131018)
#   containerd  pkg/oci/spec.go at 2.2 (with #14182)
MASKED='
/proc/acpi                                      moby podman kubernetes containerd
/proc/asound                                    moby kubernetes containerd
/proc/interrupts                                moby podman kubernetes containerd
/proc/kcore                                     moby podman kubernetes containerd
/proc/keys                                      moby podman kubernetes containerd
/proc/latency_stats                             moby podman kubernetes containerd
/proc/sched_debug                               moby podman kubernetes containerd
/proc/scsi                                      moby podman kubernetes containerd
/proc/timer_list                                moby podman kubernetes containerd
/proc/timer_stats                               moby podman kubernetes containerd
/sys/devices/system/cpu/cpu0/thermal_throttle   moby podman kubernetes containerd
/sys/devices/system/cpu/cpu1/thermal_throttle   moby podman kubernetes containerd
/sys/devices/virtual/powercap                   moby podman kubernetes containerd
/sys/firmware                                   moby podman kubernetes containerd
/sys/fs/selinux                                 podman
'

# Paths that they make read-only, from the same places.
READONLY='
/proc/asound          podman
/proc/bus             moby podman kubernetes containerd
/proc/fs              moby podman kubernetes containerd
/proc/irq             moby podman kubernetes containerd
/proc/sys             moby podman kubernetes containerd
/proc/sysrq-trigger   moby podman kubernetes containerd
'

paths() {
	awk 'NF { print $1 }' <<<"$1"
}

# What a path shows: nothing, for what is not there, is empty or cannot be opened.
SHOWS='for path; do
	if [ -d "$path" ]; then content=$(ls -A "$path" 2>/dev/null); else content=$(head -c 64 "$path" 2>/dev/null | tr -d "\0"); fi
	[ -z "$content" ] || echo "$path"
done'

# on_machine COMMAND…: on a machine of real processors, with thermal counters; the second is offline.
on_machine() {
	unshare --map-current-user --mount --keep-caps sh -c '
		mount -t tmpfs none /sys/devices/system/cpu && cd /sys/devices/system/cpu &&
		for cpu in $(seq 0 "$(($(getconf _NPROCESSORS_CONF) + 7))"); do
			mkdir -p "cpu$cpu/topology" "cpu$cpu/thermal_throttle" && echo 7 >"cpu$cpu/thermal_throttle/core_throttle_count" || exit 1
		done && rm -r cpu3/thermal_throttle && mkdir cpufreq && echo 0-9 >online && cd "$OLDPWD" &&
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh "$@"
}

@test "what container runtimes mask shows nothing, with /sys as well" {
	on_machine true || skip "no mount namespace of one's own"
	# shellcheck disable=SC2046
	run on_machine sh -c "$SHOWS" sh $(paths "$MASKED")
	echo "without: $output"
	[[ $output == *"/proc/interrupts"*"/sys/devices/system/cpu/cpu0/thermal_throttle"* ]]
	for options in "" "--ro /sys" "--profile strict"; do
		# shellcheck disable=SC2046,SC2086
		run on_machine "$COFFERDAM" run --quiet $options -- sh -c "$SHOWS" sh $(paths "$MASKED")
		echo "$options: $status: $output"
		[ "$status" = 0 ]
		[ -z "$output" ]
	done
}

@test "every processor's thermal counters are covered, wherever they are shown; the rest is not" {
	on_machine true || skip "no mount namespace of one's own"
	run on_machine "$COFFERDAM" run --quiet -- sh -c 'cd /sys/devices/system/cpu; cat online; ls -d cpu0/topology; cat cpu*/thermal_throttle/*'
	echo "$output"
	[ "${lines[0]}" = 0-9 ]
	[ "${lines[1]}" = cpu0/topology ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[2]} == *"No such file or directory" ]]
	for shown in /sys:/elsewhere /sys/devices:/elsewhere/devices /sys/devices/system/cpu:/elsewhere/devices/system/cpu; do
		run on_machine "$COFFERDAM" run --quiet --ro "$shown" -- sh -c 'cd /elsewhere/devices/system/cpu && ls -d cpu1/topology && cat cpu*/thermal_throttle/*'
		echo "$shown: $output"
		[ "${lines[0]}" = cpu1/topology ]
		[[ ${lines[1]} == *"No such file or directory" ]]
	done
	run on_machine "$COFFERDAM" run --quiet --ro /sys/devices/system/cpu/cpu1:/one -- sh -c 'ls -d /one/topology; ls -A /one/thermal_throttle'
	[ "$output" = /one/topology ]
}

@test "locks of the host's programs are not to be seen" {
	cat >lock.py <<-'EOF'
		import fcntl, struct, subprocess, sys
		f = open("lock", "w")
		fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)) # F_OFD_SETLK: of no process, so of every namespace
		sys.exit(subprocess.run(sys.argv[1:]).returncode)
	EOF
	run python3 lock.py unshare --map-root-user --pid --fork --mount-proc cat /proc/locks
	echo "without: $output"
	[[ $output == *OFDLCK*WRITE* ]]
	for profile in default strict build; do
		run -0 python3 lock.py "$COFFERDAM" run --profile "$profile" -- cat /proc/locks
		echo "$profile: $output"
		[ -z "$output" ]
	done
}

@test "what is asked for by its own name is shown" {
	[ -d /sys/firmware ] && [ -n "$(ls -A /sys/firmware)" ] || skip "no firmware tables here"
	for options in "--ro /sys/firmware" "--ro /sys --ro /sys/firmware" "--ro /sys/firmware --ro /sys"; do
		# shellcheck disable=SC2086
		run "$COFFERDAM" run --quiet $options -- ls -A /sys/firmware
		echo "$options: $output"
		[ "$status" = 0 ]
		[ -n "$output" ]
	done
}

@test "what container runtimes make read-only is a mount of its own that is" {
	# shellcheck disable=SC2046
	run "$COFFERDAM" run --quiet -- sh -c 'for path; do
		[ ! -e "$path" ] || awk -v path="$path" "\$5 == path { found = 1; if (\$6 !~ /^ro(,|\$)/) found = 0 } END { exit !found }" /proc/self/mountinfo || echo "$path"
	done' sh $(paths "$READONLY")
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the job's own cgroup is shown read-only where it has a leaf, and nothing above and beside it" {
	"$COFFERDAM" run --report r.json -- true
	[ "$(jq -r .protections.cgroup.state r.json)" = active ] || skip "no cgroup is delegated"
	show='grep " /sys/fs/cgroup " /proc/self/mountinfo | cut -d" " -f4,6; find /sys/fs/cgroup -mindepth 1 -type d
		cat /sys/fs/cgroup/cgroup.procs | sort -n | head -1; ls /sys/fs'
	mkdir image
	for options in "" "--root overlay" "--ro /sys" "--profile strict"; do
		# shellcheck disable=SC2086 # words
		run -0 "$COFFERDAM" run --quiet --report r.json $options -- sh -c "$show"
		echo "$options: $output"
		[[ ${lines[-1]} == cgroup || $options == "--ro /sys" ]]
		grep -qx "/ ro,nosuid,nodev,noexec,relatime" <<<"$output"
		grep -qx 1 <<<"$output"
		[ "$(grep -c cofferdam- <<<"$output")" = 0 ]
		[ "$(jq -r .protections.root.state r.json)" = active ]
	done
	# Not where the job has no leaf, and not where the table says something else.
	run -1 "$COFFERDAM" run --quiet -- test -e /sys/fs/cgroup
	for options in "--tmpfs /sys/fs/cgroup" "--rw $PWD/image:/sys" "--ro $PWD/image:/sys/fs/cgroup"; do
		# shellcheck disable=SC2086 # words
		run -0 "$COFFERDAM" run --quiet --report r.json $options -- grep -c cgroup2 /proc/self/mountinfo || [ "$output" = 0 ]
		[ "$output" = 0 ]
	done
	[ ! -e image/fs ]
	run -0 "$COFFERDAM" run --quiet --report r.json --root overlay --changes list -- true
	[ ! -s list ]
}
