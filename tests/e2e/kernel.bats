#!/usr/bin/env bats
# Runs alone: it looks for every process and cgroup that is called cofferdam.
# Kernels and hosts that lack something: what is refused by name, and what the report lists. tests/escape/withhold.c takes
# system calls away, a user namespace of the caller's own the rest.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PROBES=$BUILD/tests/escape
	mapfile -t hosts < <(readlink /proc/self/ns/*)
	echo text >input
}

confined() { "$@" --ro "$PROBES" -- "$PROBES/confined" "${hosts[@]}" <input; }

# On a host that was made for the purpose: SET-UP is a shell command with the capabilities of a user namespace, in a mount
# namespace of its own; COMMAND runs there without any, as the same user.
# shellcheck disable=SC2016
host_where() {
	unshare --user --map-current-user --keep-caps --mount --pid --fork --kill-child sh -c '
		mount --make-rprivate / && mount -t proc proc /proc && eval "$0" || exit 99
		exec setpriv --ambient-caps=-all --inh-caps=-all --bounding-set=-all "$@"' "$@"
}

degraded() { jq -r '.protections | to_entries[] | select(.value.state == "unavailable" or .value.state == "degraded") | .key' "$1"; }

@test "a kernel without a system call: refused by name and with a remedy, or confined all the same" {
	# The call, and what the refusal names; -: no refusal.
	local calls=(
		"clone3 -" "close_range close_range" "keyctl keyring" "seccomp explain"
		"open_tree open_tree" "fsopen fsopen" "fsmount fsmount" "fsconfig create" "move_mount attach"
		"mount_setattr mount_setattr" "pivot_root pivot_root" "landlock_create_ruleset landlock_create_ruleset"
		"landlock_add_rule landlock_add_rule" "landlock_restrict_self landlock_restrict_self" "sethostname hostname" "capset capabilities"
		"prctl DUMPABLE" "unshare namespace" "umount2 detach" "setsid session"
		"pidfd_open -" "pidfd_send_signal -" "openat2 openat2" "seccomp.notify explain"
	)
	confined "$COFFERDAM" run --quiet --allow-degraded none >reference
	# A report wants a cgroup where one is delegated, and nothing but clone3 starts a process in it.
	"$COFFERDAM" run --report r.json -- true
	[ "$(jq -r .protections.cgroup.state r.json)" != active ] || calls[0]="clone3 clone3"
	for row in "${calls[@]}"; do
		read -r call named <<<"$row"
		run_split confined "$PROBES/withhold" "$call" "$COFFERDAM" run --quiet --allow-degraded none --report r.json
		echo "$call: $status: $stderr"
		if [ "$named" = - ]; then
			[ "$status" = 0 ]
			[ "$output" = "$(<reference)" ]
		else
			[ "$status" = 125 ]
			[ -z "$output" ]
			[ "$(wc -l <<<"$stderr")" = 1 ]
			[[ $stderr == "cofferdam: "*"$named"*" ("*")" ]]
		fi
		run "$PROBES/withhold" "$call" "$COFFERDAM" doctor --profile strict
		case $named in
		- | explain) : ;; # is tried when it is needed
		*)
			[ "$status" = 1 ]
			[[ $output == *missing* ]]
			;;
		esac
	done
}

# What a launch must leave as it was, whatever becomes of it: the caller's mounts and files.
kept() {
	cut -d' ' -f5- /proc/self/mountinfo
	ls -A . ws
}

# What it may leave none of: cgroups, and processes of the caller's. A dead process is its parent's to wait for: the machine's init's,
# where an earlier test killed the launcher.
left() {
	local own
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	{
		find "/sys/fs/cgroup$own" -mindepth 1 -maxdepth 2 -name '*cofferdam*' 2>/dev/null || :
		pgrep --runstates RSDTt -l -u "$(id -u)" cofferdam || :
	} | LC_ALL=C sort
}

# nothing_more BEFORE: fewer are no fault, since a launch sweeps what those before it could not.
nothing_more() {
	left >../left
	LC_ALL=C comm -13 "$1" ../left >../more
	[ ! -s ../more ]
}

@test "a call that is not there, or refused by a filter around us: never less than was asked for, a remedy, nothing left" {
	mkdir -p here/ws
	cd here || return
	# The call, the options, and what the refusal names; -: the command runs.
	local calls=(
		"openat2||openat2" "openat2|--workspace $PWD/ws|openat2" "statx||-" "statx|--report r.json|statx" "statx|--workspace $PWD/ws|-"
		"fsopen||fsopen" "fsconfig||fsconfig" "fsmount||fsmount" "open_tree||open_tree" "move_mount||move_mount"
		"mount_setattr||mount_setattr" "mount_setattr|--root overlay|mount_setattr" "move_mount|--tty yes|move_mount"
		"open_tree_attr,mount_setattr||mount_setattr" "open_tree_attr,open_tree||open_tree" "open_tree_attr||-"
		"landlock_create_ruleset||landlock_create_ruleset" "landlock_add_rule||landlock_add_rule"
		"landlock_restrict_self||landlock_restrict_self" "landlock_restrict_self|--report r.json|landlock_restrict_self"
		"socket.route||-" "socket.route|--network open|rtnetlink" "socket.route|--network host|-"
	)
	: >r.json
	kept >../kept.before
	left >../left.before
	for row in "${calls[@]}"; do
		IFS='|' read -r call options named <<<"$row"
		for errno in ENOSYS EPERM; do
			# shellcheck disable=SC2086 # options are words
			run_split "$PROBES/withhold" "$errno:$call" "$COFFERDAM" run --quiet --allow-degraded none $options -- echo ran <../input
			echo "$errno $call $options: $status: $output $stderr"
			if [ "$named" = - ]; then
				[ "$status" = 0 ]
				[ "$output" = ran ]
			else
				[ "$status" = 125 ]
				[ -z "$output" ]
				[ "$(wc -l <<<"$stderr")" = 1 ]
				[[ $stderr == "cofferdam: "*"$named"*" ("*")" || $stderr == "cofferdam: "*" ("*"$named"*")" ]]
			fi
			diff ../kept.before <(kept)
			until_true 5 nothing_more ../left.before || { cat ../more; false; }
		done
	done
}

@test "a kernel without open_tree_attr, or a filter around us that does not know it: the same mounts, as restricted" {
	local table=(run --quiet --ro /usr/share:/share -- cut "-d " -f5-7 /proc/self/mountinfo)
	"$COFFERDAM" "${table[@]}" >with
	grep -x "/share ro,nosuid,nodev.* -" with
	for errno in ENOSYS EPERM; do
		"$PROBES/withhold" "$errno:open_tree_attr" "$COFFERDAM" "${table[@]}" >without
		diff with without
	done
}

@test "a kernel without clone3: where the set-up cannot do without, it is refused by name" {
	run_split "$PROBES/withhold" clone3 "$COFFERDAM" run --root overlay -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: namespaces: clone3: "*" ("*")" ]]
}

@test "a kernel without seccomp: refused by name also where nothing is to be explained" {
	run_split "$PROBES/withhold" seccomp "$COFFERDAM" run --no-explain -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: seccomp: "* ]]
	run_split confined "$PROBES/withhold" seccomp.notify "$COFFERDAM" run --quiet --report r.json
	[ "$status" = 0 ]
	[ "$output" = "$(confined "$COFFERDAM" run --quiet)" ]
	[ "$(degraded r.json)" = explain ]
}

@test "a kernel without openat2: what needs it is refused by name" {
	mkdir -p outer/inner
	run_split "$PROBES/withhold" openat2 "$COFFERDAM" run --rw outer --rw outer/inner -- true
	echo "$stderr"
	[ "$status" = 125 ]
	# Whatever is looked up first: of /sys where the processors have thermal counters, else the second row.
	[[ $stderr == "cofferdam: mount: "*/*": Function not implemented (an outer seccomp filter refuses openat2"*")"* ]]
	run_split "$COFFERDAM" run --rw outer --rw outer/inner -- true
	[ "$status" = 0 ]
}

@test "a kernel without Landlock: strict refuses, default runs and the report lists it, and the rest is in place" {
	run_split "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" run --profile strict -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: landlock: "*"requested by profiles/default.json"*"--allow-degraded landlock"* || $stderr == "cofferdam: landlock: "*"requested by default"*"--allow-degraded landlock"* ]]
	confined "$COFFERDAM" run >reference
	confined "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" run --report r.json >without
	[ "$(degraded r.json)" = landlock ]
	diff reference without >difference || true
	# Signals stay within from ABI 6 on; what else Landlock forbids here a mount forbids too.
	[[ $(sed -n 's/^[<>] \([^:]*\):.*/\1/p' difference | sort -u) == ?("signal to PID 1") ]]
	run "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" doctor
	[[ $output == *degraded*landlock*"5.19"* ]]
	run "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" doctor --profile strict
	[ "$status" = 1 ]
	[[ $output == *missing*landlock*"5.19"* ]]
}

@test "a time limit is kept where pidfd_send_signal is missing" {
	run timeout 20 "$PROBES/withhold" pidfd_send_signal "$COFFERDAM" run --time 200ms --grace 0s -- sleep 60
	[ "$status" = 124 ]
}

@test "a host without user namespaces" {
	run_split host_where 'echo 0 >/proc/sys/user/max_user_namespaces' "$COFFERDAM" run -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == *namespaces*"max_user_namespaces"* ]]
	run host_where 'echo 0 >/proc/sys/user/max_user_namespaces' "$COFFERDAM" doctor
	[ "$status" = 1 ]
	[[ $output == *missing*"user namespaces"*"sysctl -w user.max_user_namespaces="* ]]
	run host_where : "$COFFERDAM" run -- true
	[ "$status" = 0 ]
}

@test "a host whose /proc is masked, or has none" {
	run_split host_where 'mount -t tmpfs tmpfs /proc/sys' "$COFFERDAM" run -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == *proc*"("*")"* ]]
	run host_where 'mount -t tmpfs tmpfs /proc/sys' "$COFFERDAM" doctor
	[ "$status" = 1 ]
	[[ $output == *missing*/proc*remedy* ]]
	run_split host_where 'mount -t tmpfs tmpfs /proc' "$COFFERDAM" run -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: "*"/proc"* ]]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	run host_where 'mount -t tmpfs tmpfs /proc' "$COFFERDAM" doctor
	[ "$status" = 1 ]
}

@test "nothing configured: run and doctor name all that is missing, and with consent the report lists them" {
	local bare='mount -t tmpfs tmpfs /sys/fs/cgroup'
	echo '{"extends": "strict", "memory": "1G", "swap": "1G", "pids": 100, "cpus": 1}' >all.json
	all() { host_where "$bare" "$PROBES/withhold" landlock_create_ruleset "$COFFERDAM" "$@"; }

	run_split all run --profile ./all.json -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr == "cofferdam: memory, swap, pids, cpu limits: "*"; also: landlock: "*"doctor --profile ./all.json"*"--allow-degraded memory,swap,pids,cpu,landlock"* ]]

	run all doctor --profile ./all.json --json
	[ "$status" = 1 ]
	mapfile -t missing < <(jq -r '.checks[] | select(.state == "missing" and .name != "system calls") | .name' <<<"$output")
	echo "missing: ${missing[*]}"
	[ "${missing[*]}" = "cgroup v2 memory swap pids cpu landlock" ]
	[ "$(jq -r '[.checks[] | select(.state == "missing" and .remedy == "")] | length' <<<"$output")" = 0 ]

	# Each is asked for: leaving one of them out is a refusal that names it.
	local consent=()
	for name in "${missing[@]:1}"; do # the first is the directory that all of these limits need
		run_split all run --profile ./all.json "${consent[@]}" -- true
		echo "$name: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: $name"* ]]
		consent+=(--allow-degraded "$name")
	done
	run_split all run --profile ./all.json "${consent[@]}" --report r.json -- true
	echo "$stderr"
	[ "$status" = 0 ]
	[ "$(degraded r.json | sort)" = "$(printf '%s\n' "${missing[@]:1}" | sort)" ]
}
