# shellcheck shell=bash disable=SC2154,SC2034
# Mounts, namespaces, capabilities, system calls. Sourced by tests/escape/suite.

# 20, 22
for way in umount detach expire remount setattr move bind-over open_tree; do
	attack "20 mounts: $way" default strict unfiltered / weak: mounts take-apart "$way"
done
mkdir "$T/jail"
with=(--rw "$T/jail")
attack "22 chroot twice" default strict unfiltered / weak: mounts double-chroot "$T/jail/inner"
with=(--rw "$T/jail")
attack "22 second pivot_root" default strict unfiltered / weak: mounts second-pivot "$T/jail"
with=(--tmpfs "$T/scratch")
by_handle "22 open_by_handle_at" default strict unfiltered / weak: mounts open-handle "$T/scratch"

# 21: with the filter off a namespace can be made; what is masked stays so there.
for type in proc tmpfs overlay mqueue sysfs; do
	with=(--rw "$T/jail")
	attack "21 user namespace, then mount $type" default strict / outside: namespaces nested "$type" "$T/jail"
done
with=(--rw "$T/jail")
attack "21 without the filter: a fresh /proc" unfiltered / outside: namespaces nested proc "$T/jail"
nested_weak() {
	# The mask is made in the namespace that takes it off.
	unshare --user --map-root-user --mount sh -c 'mount --bind /dev/null /proc/keys && umount /proc/keys && echo unmasked'
}
attack "21 without the filter: mask off" unfiltered / nested_weak: namespaces nested-unmask /proc/keys

# A child that cannot make threads: what a filter does that refuses clone3 with EPERM, which no C library falls back from.
no_threads() { (ulimit -u 1; exec "$PROBES/namespaces" threads); }
# All groups of a range of ids, so that the kernel lets setgroups be.
weak_groups() {
	command -v newuidmap >/dev/null || { echo "newuidmap is missing"; return 2; }
	unshare --user --map-auto --map-root-user --setgroups allow "$PROBES/$1" "${@:2}"
}
# Capabilities in all five sets.
weak_full() { timeout 20 unshare --user --map-root-user --keep-caps setpriv --inh-caps +all --ambient-caps +all "$PROBES/$1" "${@:2}"; }

# 29, 37
attack "29 clone3 with NEWUSER" default strict / unfiltered: namespaces clone3
attack "29 clone3 refused: threads" default strict job / no_threads: namespaces threads
attack "37 setgroups allow" default strict unfiltered / weak_groups: namespaces allow-setgroups
host_only "$root_inside" attack "37 setgroups" default strict unfiltered / weak_groups: namespaces drop-groups
arguments=(map-root fresh)
attack "37 uid_map written again" default strict unfiltered / outside: namespaces map-root sandbox
host_only "$root_inside" attack "37 setuid(0)" default strict unfiltered / weak: namespaces become-root
for name in mnt pid net ipc uts cgroup user; do
	attack "37 setns to /proc/1/ns/$name" default strict unfiltered / weak: namespaces join "$name"
done

# 36: a job with ids of its own has what the plan says, and no more.
held=(set)
[ -z "$image_root" ] || held=(beyond 0xfb)
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	attack "36 capabilities: $set" default strict job unfiltered / weak_full: creds "${held[@]:0:1}" "$set" "${held[@]:1}"
done
attack "36 no_new_privs" default strict job unfiltered / outside: creds new-privs
host_only "$root_inside" attack "36 securebits" default strict unfiltered / weak: creds securebits
for way in ambient permitted inheritable; do
	attack "36 raise $way" default strict unfiltered / weak_full: creds "$way"
done
attack "36 no_new_privs after exec of a memfd" default job unfiltered / outside: exe memfd "$PROBES/creds" new-privs
attack "core: the limit raised" default strict unfiltered / outside: creds limit
mkdir "$T/core"
with=(--rw "$T/core")
attack "core: a dump in the workspace" default strict unfiltered / outside: creds core "$T/core"

# 27: the numbers of the 32-bit ABI.
for call in getpid ptrace socketcall; do
	if [[ $("$PROBES/abi" int80 "$call") = *SIGSEGV ]]; then
		skip "27 int 0x80: $call" "this kernel has no 32-bit calls"
	else
		attack "27 int 0x80: $call" default strict job / outside: abi int80 "$call"
	fi
done

# 27, 30-33: every row of calls.h, all in one run for each profile. See calls.c for what "answer" is.
declare -A call_verdict call_text
read_calls() {
	local side=$1 name status text n=0
	shift
	while IFS=$'\t' read -r name status text; do
		call_verdict[$side,$name]=$status
		call_text[$side,$name]=$text
		n=$((n + 1))
		[ "$side" != outside ] || names+=("$name")
	done < <(timeout 20 "$PROBES/calls" answer "$@" "$PROBES/calls" try)
	[ "$n" -gt 100 ] || echo "escape: calls $side: only $n lines" >&2
}
call_row() {
	local name=$1 side verdict=blocked text='' status other=unfiltered
	for side in default strict job listener; do
		status=${call_verdict[$side,$name]-none}
		text="${text:+$text, }${call_text[$side,$name]-nothing}"
		case $status in
		1) : ;;
		0) verdict=ESCAPED ;;
		*) verdict=FAILED ;;
		esac
	done
	[ "${call_verdict[unfiltered,$name]-1}" = 0 ] || other=outside
	[ "$verdict" != blocked ] || [ "${call_verdict[$other,$name]-1}" = 0 ] || verdict=VACUOUS
	row "27-33 $name" "$text" "$other: ${call_text[$other,$name]-nothing}" "$verdict"
}
# Without any filter of ours first: that also gives the names. The open filter still has ENOSYS for what has no name.
names=()
# Under no_new_privs, which the caller's filter takes, there are no ids of its own to be had: newuidmap(1) gains nothing.
launcher=("$COFFERDAM" run --quiet --ro "$PROBES")
[ -z "$image_root" ] || launcher+=(--identity single)
degraded=(--allow-degraded memory --allow-degraded pids --allow-degraded cpu --allow-degraded network)
read_calls outside env
read_calls unfiltered "${launcher[@]}" --seccomp "$T/open.json" --
read_calls default "${launcher[@]}" --
read_calls strict "${launcher[@]}" --profile strict --
read_calls job "${launcher[@]}" --profile job "${degraded[@]}" --
read_calls listener "${launcher[@]}" --profile listener --
for name in "${names[@]}"; do
	! chosen "27-33 $name" || call_row "$name"
done
[ "${#names[@]}" -gt 100 ] || row "27-33 the table of calls" "${#names[@]} names" "-" FAILED

# What names a denied call must not be a way to make it. mkdir(2), mkdirat(2) on aarch64, has an errno of its own here, and needs nothing.
printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71}]}\n' \
	>"$T/no-mkdir.json"
unexplained() { run --no-explain --seccomp "$T/open.json" -- "$PROBES/$1" "${@:2}"; }
with=(--seccomp "$T/no-mkdir.json")
attack "explain: the path of a denied call rewritten" default / unfiltered: notify rewrite /workspace 500
attack "explain: a listener behind ours" default strict unfiltered / unexplained: notify listener /workspace/behind

# What is counted per user of the machine: what one job has taken when the next is launched. Only who sends descriptors is
# refused, by the limit of its own: a launcher with a low one raises it.
fill_in_flight() {
	local result=1 next
	coproc FILLER { "$@" 2>&1; }
	read -r said <&"${FILLER[0]}"
	if [[ $said != "descriptors in flight: "* ]]; then
		echo "$said"
		return 3
	fi
	if next=$(ulimit -Sn 1024 && "$COFFERDAM" run --quiet --allow-degraded landlock -- true 2>&1); then
		echo "the next job runs, with ${said##* } in flight"
	else
		echo "$next"
		result=0
	fi
	eval "exec ${FILLER[1]}>&-"
	wait "$FILLER_PID"
	return $result
}
flight_inside() { fill_in_flight job counted in-flight; }
flight_outside() { fill_in_flight "$PROBES/counted" in-flight; }
attack "descriptors in flight: the next launch" flight_inside / flight_outside: -
