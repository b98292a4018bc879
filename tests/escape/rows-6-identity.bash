# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# Jobs with subordinate ids: a root of their own, with seven capabilities over its own ids. What a job without any may not do,
# that root may not do either. Sourced by tests/escape/suite.

subuid() { run --identity subuid -- "$PROBES/$1" "${@:2}"; }
strict_subuid() { run --profile strict --identity subuid -- "$PROBES/$1" "${@:2}"; }
subuid_unfiltered() { run --identity subuid --seccomp "$T/open.json" -- "$PROBES/$1" "${@:2}"; }
# Another of the job's users, who has no capability.
subuid_user() {
	run --identity subuid --seccomp "$T/open.json" -- setpriv --reuid 33 --regid 33 --clear-groups "$PROBES/$1" "${@:2}"
}
# The same map by hand, with all that a root has in it.
map_root() { timeout 20 unshare --user --map-auto --map-root-user "$@"; }
# $PROBES may lie where such a user may not go.
weak_user() { map_root setpriv --reuid 33 --regid 33 --clear-groups "$T/gain/plain-$1" "${@:2}"; }

identity_rows() {
	local way name set path

	chmod 711 "$T" # for users who are not the caller
	for way in umount detach expire remount setattr move bind-over open_tree; do
		attack "20 subuid, mounts: $way" subuid subuid_unfiltered / weak: mounts take-apart "$way"
	done
	with=(--rw "$T/jail")
	attack "22 subuid, chroot twice" subuid subuid_unfiltered / weak: mounts double-chroot "$T/jail/inner"
	with=(--rw "$T/jail")
	attack "22 subuid, second pivot_root" subuid subuid_unfiltered / weak: mounts second-pivot "$T/jail"
	with=(--tmpfs "$T/scratch")
	by_handle "22 subuid, open_by_handle_at" subuid subuid_unfiltered / weak: mounts open-handle "$T/scratch"
	# These files belong to the root of the namespace, who is the job here: the mount alone holds.
	for path in sys/net/ipv4/ip_forward sys/user/max_user_namespaces sys/kernel/shmmax; do
		attack "19 subuid, write /proc/$path" subuid subuid_unfiltered / weak: files write "/proc/$path"
	done
	for name in mnt pid net ipc uts cgroup user; do
		attack "37 subuid, setns to /proc/1/ns/$name" subuid subuid_unfiltered / weak: namespaces join "$name"
	done
	arguments=(map-root fresh)
	attack "37 subuid, uid_map written again" subuid subuid_unfiltered / outside: namespaces map-root sandbox
	attack "37 subuid, setuid(0) by another user" subuid_user / weak: namespaces become-root
	for way in mem environ maps auxv syscall exe root fd ns ptrace process_vm_readv pidfd_getfd kcmp; do
		attack "38 subuid, PID 1 from inside: $way" subuid subuid_unfiltered / weak: dump of "$way" 1
	done

	# 36: in no set is more than the plan says, not even after a program that would give it.
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		attack "36 subuid, capabilities: $set" subuid subuid_unfiltered / weak_full: creds beyond "$set" 0xfb
	done
	for way in ambient permitted inheritable; do
		attack "36 subuid, raise $way" subuid subuid_unfiltered / weak_full: creds "$way"
	done
	attack "36 subuid, no_new_privs" subuid subuid_unfiltered / outside: creds new-privs
	mkdir "$T/gain"
	install -m 755 "$PROBES/creds" "$T/gain/plain-creds"
	install -m 755 "$PROBES/creds" "$T/gain/creds"
	install -m 755 /bin/cat "$T/gain/capable"
	install -m 4755 /bin/cat "$T/gain/setuid"
	map_root sh -c 'setcap cap_sys_admin,cap_net_admin=ep "$0/creds" && setcap cap_sys_admin=ep "$0/capable"' "$T/gain"
	for set in CapPrm CapEff; do
		attack "36 subuid, $set after file capabilities" capable_subuid capable_subuid_user / capable_weak: creds beyond "$set" 0xfb
	done
	with=(--ro "$T/gain")
	attack "24 subuid, file capabilities of its own root" subuid_user / weak_user: creds gain "$T/gain/capable"
	with=(--ro "$T/gain")
	attack "24 subuid, setuid to its own root" subuid_user / weak_user: creds gain "$T/gain/setuid"

	# 5: the Worker's executable as the runner has it, and as it must not be: the caller's, whose root reads it all the same.
	# What is missing without is the owner only.
	install -m 0111 "$PROBES/victim" "$T/victims/nobodys"
	give_to_spare "$T/victims/nobodys"
	install -m 0111 "$PROBES/victim" "$T/victims/callers" # execute-only is, in an image, nobody's as well
	for way in mem environ maps auxv syscall exe root fd ns ptrace process_vm_readv pidfd_getfd kcmp; do
		with=(--ro "$T/victims") without=(--ro "$T/victims") arguments=("$way" "$T/victims/callers")
		attack "5 subuid, execute-only sibling: $way" subuid subuid_unfiltered / subuid_unfiltered: \
			dump "$way" "$T/victims/nobodys"
	done
	for way in ptrace process_vm_readv; do
		with=(--ro "$T/victims") without=(--ro "$T/victims")
		attack "5 subuid, dump of any sibling: $way" strict_subuid / subuid: dump "$way" "$T/victims/readable"
	done
	for way in peek poke vm_readv vm_writev mem race; do
		with=(--ro "$T/victims") without=(--ro "$T/victims") arguments=("$way" "$T/victims/readable")
		attack "5 subuid, execute-only, traced: $way" subuid subuid_unfiltered / subuid: \
			traced "$way" "$T/victims/nobodys"
	done
	groups_row
	map_root rm -rf "$T/gain" "$T/shared" "$T/victims/nobodys"
}

capable_subuid() { run --identity subuid --ro "$T/gain" -- "$T/gain/$1" "${@:2}"; }
capable_subuid_user() {
	run --identity subuid --ro "$T/gain" -- setpriv --reuid 33 --regid 33 --clear-groups "$T/gain/$1" "${@:2}"
}
capable_weak() { map_root setpriv --reuid 33 --regid 33 --clear-groups "$T/gain/$1" "${@:2}"; }

# A file that only a supplementary group of the caller's may read: its owner is somebody else.
reads_group() {
	options+=(--ro "$T/shared")
	if run "$@" -- cat "$T/shared/file"; then return 0; fi
	return 1
}
group_subuid() { reads_group --identity subuid; }
group_single() { reads_group --identity single; }
groups_row() {
	local group
	group=$(id -Gn | tr ' ' '\n' | grep -vx "$(id -gn)" | head -n 1)
	if [ -z "$group" ]; then
		skip "37 subuid, a supplementary group's file" "the user of the tests is in no other group: make deps"
		return
	fi
	mkdir "$T/shared"
	chgrp "$group" "$T/shared" && chmod 2777 "$T/shared"
	map_root setpriv --reuid 33 --regid 33 --clear-groups sh -c \
		'umask 0 && echo "read as a member of the group" >"$0/file" && chmod 040 "$0/file"' "$T/shared"
	chmod 2755 "$T/shared"
	attack "37 subuid, a supplementary group's file" group_subuid / group_single: -
}

if map_root true 2>/dev/null && [ "$(subuid namespaces threads 2>&1)" = "threads work" ]; then
	identity_rows
else
	skip "jobs with subordinate ids" "this user has none: make deps"
fi
