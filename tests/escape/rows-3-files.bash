# shellcheck shell=bash disable=SC2154,SC2034
# Files: the host's, those of /proc and /sys, links, devices, descriptors. Sourced by tests/escape/suite.

# 15: by name, wherever it could be reached from.
mkdir "$T/state"
echo canary >"$T/state/$mark-state"
echo canary >"$HOME/$mark-home"
shm_file=$(mktemp /dev/shm/cofferdam-escape.XXXXXX)
tmp_file=$(mktemp /var/tmp/cofferdam-escape.XXXXXX)
arguments=(file "$T" "$mark-state")
attack "15 a file of the host by name, below /" default strict job / outside: walk file / "$mark-state"
arguments=(file "$HOME" "$mark-home")
attack "15 a file of the caller's home" default job / outside: walk file / "$mark-home"
arguments=(file /dev/shm "${shm_file##*/}")
attack "15 a file of the host's /dev/shm" default job / outside: walk file / "${shm_file##*/}"
arguments=(file /var/tmp "${tmp_file##*/}")
attack "15 a file of the host's /var/tmp" default job / outside: walk file / "${tmp_file##*/}"
rm -f "$shm_file" "$tmp_file"
for link in root cwd; do
	arguments=(file "/proc/$canary/cwd/state" "$mark-state")
	attack "15 through /proc/1/$link" default strict unfiltered / outside: walk file "/proc/1/$link" "$mark-state"
done
arguments=(file /proc/self/cwd "$mark-state")
attack "15 through /proc/self/cwd/.." default strict / outside: walk file /proc/self/cwd/../.. "$mark-state"

# 19: masks. A refusal by a file's mode does not count as one, on either side.
for path in /proc/{interrupts,keys,key-users,kallsyms,kcore,kmsg,config.gz,modules,timer_list,vmallocinfo,slabinfo,sysvipc,kpageflags} \
	/proc/{kpagecount,kpagecgroup,acpi,scsi,asound,sched_debug,latency_stats,timer_stats} \
	/sys/{firmware,devices/virtual/powercap,devices/system/cpu/cpu0/thermal_throttle,kernel/debug,module,class/net,block} \
	/dev/{kmsg,mem,fuse,kvm,loop0} /etc/{shadow,gshadow,ssl/private} \
	/root /boot /var/log /var/cache /var/lib/{apt,systemd} /run/user /run/docker.sock /run/systemd; do
	if [ ! -e "$path" ]; then
		skip "19 read $path" "not on this machine"
	elif [ -d "$path" ] && [ -r "$path" ] && [ -z "$(ls -A "$path")" ]; then
		skip "19 read $path" "empty on this machine"
	else
		attack "19 read $path" default strict job / outside: files read "$path"
	fi
done
# Opening it is the harm: what can be read comes by a network.
if [ -r /dev/net/tun ]; then
	attack "19 open /dev/net/tun" default strict job / outside: files device /dev/net/tun
else
	skip "19 open /dev/net/tun" "this user may not, outside either"
fi
for path in sysrq-trigger sys/kernel/core_pattern sys/kernel/modprobe sys/kernel/randomize_va_space sys/vm/drop_caches \
	sys/vm/overcommit_memory sys/fs/protected_hardlinks sys/kernel/yama/ptrace_scope irq/default_smp_affinity; do
	if [ -e "/proc/$path" ]; then
		attack "19 write /proc/$path" default strict / outside: files write "/proc/$path"
	else
		skip "19 write /proc/$path" "not in this kernel"
	fi
done
# These belong to a namespace, so the root of a user namespace may write them.
for path in sys/net/ipv4/ip_forward sys/user/max_user_namespaces sys/kernel/shmmax; do
	attack "19 write /proc/$path" default strict unfiltered / weak: files write "/proc/$path"
done
attack "19 create a file in /dev" default strict job unfiltered / outside: files create /dev
for path in /etc /usr/bin /usr/lib /opt /; do
	host_only "its layer over the image is the job's to write" attack "19 create a file in $path" default strict job unfiltered / outside: files create "$path"
done

# 23, and what --ro says.
mkdir -p "$T/both/ro" "$T/both/rw"
echo original >"$T/both/ro/file"
with=(--ro "$T/both/ro") without=(--rw "$T/both/ro")
attack "23 create a file in a --ro directory" default strict job unfiltered / default: files create "$T/both/ro"
with=(--ro "$T/both/ro") without=(--rw "$T/both/ro")
attack "23 write a file of a --ro directory" default strict job unfiltered / default: files write "$T/both/ro/file"
with=(--ro "$T/both/ro" --rw "$T/both/rw") without=(--rw "$T/both")
attack "23 hard link from --ro to --rw" default strict unfiltered / default: files link "$T/both/ro/file" "$T/both/rw/link"
with=(--ro "$T/both/ro" --rw "$T/both/rw") without=(--rw "$T/both")
attack "23 rename from --ro to --rw" default strict unfiltered / default: files rename "$T/both/ro/file" "$T/both/rw/file"

# 24
# Programs that start nothing themselves: newgrp would leave its shell behind.
for program in su passwd chsh mount; do
	if [ -u "/usr/bin/$program" ]; then
		host_only "$root_inside" attack "24 setuid $program" default strict job unfiltered / outside: creds gain "/usr/bin/$program"
	else
		skip "24 setuid $program" "not setuid on this machine"
	fi
done
capable=$(PATH=$PATH:/sbin:/usr/sbin getcap -r /usr/bin /usr/sbin /usr/lib 2>/dev/null | head -n 1)
if [ -n "$capable" ]; then
	host_only "$root_inside" attack "24 file capabilities" default strict job unfiltered / outside: creds gain "${capable%% *}"
else
	skip "24 file capabilities" "no program has any here (or getcap is missing)"
fi
arguments=(mknod whiteout "$T/scratch/node")
attack "24 mknod of a device that all may make" default strict job / outside: files mknod whiteout /tmp/node
rm -f "$T/scratch/node"
with=(--ro /dev/zero:/tmp/zero) arguments=(device /dev/zero)
attack "24 device node in a bound directory" default strict job unfiltered / outside: files device /tmp/zero

# Descriptors. A directory is refused with status 125 before anything is run.
fchdir_stdin() {
	local result
	"$1" files fchdir 0 "$mark-state" <"$T/state"
	result=$?
	[ "$result" != 125 ] || result=1
	return $result
}
fchdir_seven() { "$1" files fchdir 7 "$mark-state" 7<"$T/state"; }
fchdir_stdin_default() { fchdir_stdin default; }
fchdir_stdin_outside() { fchdir_stdin outside; }
attack "a directory on stdin" fchdir_stdin_default / fchdir_stdin_outside: -
fchdir_seven_default() { fchdir_seven default; }
fchdir_seven_outside() { fchdir_seven outside; }
attack "a directory that the caller left open" fchdir_seven_default / fchdir_seven_outside: -
echo secret >"$T/left-open"
open_seven_default() { default files reopen 7 read 7<"$T/left-open"; }
open_seven_outside() { outside files reopen 7 read 7<"$T/left-open"; }
attack "a file that the caller left open" open_seven_default / open_seven_outside: -

# What is open for reading only can be opened again for writing through /proc/self/fd, and the reverse: the link leads to the
# host's mount of the file, past every mount of the sandbox.
write_stdin_default() { default files reopen 0 write <"$T/left-open"; }
write_stdin_outside() { outside files reopen 0 write <"$T/left-open"; }
attack "stdin, open for reading, written to" write_stdin_default / write_stdin_outside: -
read_stderr_default() { default files reopen 2 read 2>>"$T/left-open"; }
read_stderr_outside() { outside files reopen 2 read 2>>"$T/left-open"; }
attack "stderr, open for appending, read" read_stderr_default / read_stderr_outside: -

# A file of the caller's, open for reading, as standard input or a kept descriptor.
given=$T/given-file
given_anew() { rm -f "$given"; echo contents >"$given"; }
given_0() { given_anew; run "${more[@]}" -- "$PROBES/$1" "$2" 0 <"$given"; }
given_2() { given_anew; run "${more[@]}" -- "$PROBES/$1" "$2" 2 2<"$given"; }
given_kept() { given_anew; run --keep-fd 7 "${more[@]}" -- "$PROBES/$1" "$2" 7 7<"$given"; }
# A lease on what others are shown too holds up everybody who opens it.
echo shown >"$T/leased"
with=(--ro "$T/leased") without=(--ro "$T/leased")
attack "lease on a file that is shown read-only" default strict job / unfiltered: files lease "$T/leased"

given_default() { more=(); given_0 "$@" || given_2 "$@" || given_kept "$@"; }
given_strict() { more=(--profile strict); given_0 "$@" || given_kept "$@"; }
given_unfiltered() { more=(--seccomp "$T/open.json"); given_0 "$@" || given_2 "$@" || given_kept "$@"; }
given_unruled() { more=(--seccomp "$T/open.json" --no-landlock); given_0 "$@" || given_kept "$@"; }
given_subuid() { more=(--identity subuid); given_0 "$@" || given_kept "$@"; }
given_outside() { given_anew; timeout 20 "$PROBES/$1" "$2" 0 <"$given"; }
given_sides=(given_default given_strict given_unfiltered given_unruled)
if "$COFFERDAM" run --identity subuid -- true 2>/dev/null; then
	given_sides+=(given_subuid)
fi
for way in mode mode-by-name times owner contents attributes flags; do
	if given_outside given "$way" >/dev/null 2>&1; then
		attack "a file given for reading: $way" "${given_sides[@]}" / given_outside: given "$way"
	else
		skip "a file given for reading: $way" "this file system has none"
	fi
done

# What a job leaves of a descriptor, whatever ends it: python3 looks at the caller's side, and writes first what it was.
left_look='
import fcntl, os, stat, sys
kind, command = sys.argv[1], sys.argv[2:]
if kind == "pipe":
    ends = os.pipe(); fd = ends[1]
else:
    fd = os.open("left-file", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    os.fchmod(fd, 0o640)
look = lambda: (fcntl.fcntl(fd, fcntl.F_GETFL), fcntl.fcntl(fd, 1032) if kind == "pipe" else 0, # F_GETPIPE_SZ
    stat.S_IMODE(os.fstat(fd).st_mode) if kind == "file" else 0,
    kind == "file" and "lock:" in open(f"/proc/self/fdinfo/{fd}").read(), fcntl.fcntl(fd, fcntl.F_GETLEASE) if kind == "file" else fcntl.F_UNLCK)
before = look()
pid = os.fork()
if pid == 0:
    os.dup2(fd, 1)
    os.execvp(command[0], command)
status = os.waitpid(pid, 0)[1]
after = look()
print("unchanged" if after == before else f"changed: {before} {after}")
sys.exit(1 if after == before else 0)'
left() { (cd "$T" && python3 -c "$left_look" "$@"); }
left_plain() { left "$kind" "$COFFERDAM" run --quiet --ro "$PROBES" -- "$PROBES/$1" "$2" 1; }
left_killed() { left "$kind" "$COFFERDAM" run --quiet --time 500ms --grace 0s --ro "$PROBES" -- sh -c "'$PROBES/$1' $2 1; sleep 60"; }
left_strict() { left "$kind" "$COFFERDAM" run --quiet --profile strict --ro "$PROBES" -- "$PROBES/$1" "$2" 1; }
left_leased() { left "$kind" "$COFFERDAM" run --quiet --seccomp "$T/open.json" --ro "$PROBES" -- "$PROBES/$1" "$2" 1; }
left_entrypoint() { left "$kind" "$COFFERDAM" entrypoint --allow-degraded landlock -- "$PROBES/$1" "$2" 1; }
left_outside() { left "$kind" "$PROBES/$1" "$2" 1; }
for kind in pipe file; do
	if ! command -v python3 >/dev/null; then
		! chosen "a $kind given for writing" || row "a $kind given for writing: what is left" "no python3" "" skipped
		continue
	fi
	attack "a $kind given for writing: what is left" left_plain left_killed left_strict left_leased left_entrypoint / left_outside: given leave
done

# A ring of the caller's, whose kernel thread works with the caller's rights and descriptors whatever the job may do itself.
ring_stdin() { "$PROBES/ring" give 0 "$T/ring-file" timeout 60 "$COFFERDAM" run --quiet "${more[@]}" --ro "$PROBES" -- "$PROBES/$1" "$2" 0; }
ring_kept() { "$PROBES/ring" give 7 "$T/ring-file" timeout 60 "$COFFERDAM" run --quiet --keep-fd 7 --ro "$PROBES" -- "$PROBES/$1" "$2" 7; }
ring_default() { more=(); ring_stdin "$@" || ring_kept "$@"; }
ring_strict() { more=(--profile strict); ring_stdin "$@"; }
ring_entrypoint() {
	"$PROBES/ring" give 0 "$T/ring-file" timeout 60 "$COFFERDAM" entrypoint --allow-degraded landlock -- "$PROBES/$1" "$2" 0
}
ring_outside() { "$PROBES/ring" give 0 "$T/ring-file" timeout 20 "$PROBES/$1" "$2" 0; }
said=$(ring_outside ring use 2>&1)
case $? in
0) attack "an io_uring of the caller's" ring_default ring_strict ring_entrypoint / ring_outside: ring use ;;
*) skip "an io_uring of the caller's" "${said##*$'\n'}" ;;
esac

# 24: a device of the host, which is there only where it is granted. (Making one: mknod in rows-4-kernel.bash.)
open_device='if (: <>/dev/net/tun) 2>/dev/null; then echo "/dev/net/tun: opened"; exit 0; fi; echo "/dev/net/tun: not to be opened"; exit 1'
device_default() { run -- sh -c "$open_device"; }
device_strict() { run --profile strict -- sh -c "$open_device"; }
device_unfiltered() { run --seccomp "$T/open.json" -- sh -c "$open_device"; }
device_other() { run --device /dev/fuse -- sh -c "$open_device"; }
device_granted() { run --device /dev/net/tun -- sh -c "$open_device"; }
if [ -w /dev/net/tun ] && [ -w /dev/fuse ]; then
	attack "24 a device that is not granted" device_default device_strict device_unfiltered device_other / device_granted: -
else
	skip "24 a device that is not granted" "this user can open none"
fi
