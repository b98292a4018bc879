# The names of the allowed system calls -> an OCI bundle's config.json, with what the other rows of the table have: the same
# namespaces and mounts, no capabilities, a filter of the same profile.
{
  ociVersion: "1.0.2",
  process: {
    terminal: false,
    user: {uid: 0, gid: 0},
    args: $ARGS.positional,
    env: ["PATH=/usr/bin:/bin"],
    cwd: "/",
    capabilities: {bounding: [], effective: [], inheritable: [], permitted: [], ambient: []},
    noNewPrivileges: true
  },
  root: {path: "rootfs", readonly: true},
  hostname: "bench",
  mounts: [
    {destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
    {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=64k"]},
    {destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"]},
    {destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro", "nosuid", "nodev"]},
    {destination: "/bench", type: "bind", source: $dir, options: ["rbind", "ro", "nosuid", "nodev"]}
  ],
  linux: {
    uidMappings: [{containerID: 0, hostID: ($uid | tonumber), size: 1}],
    gidMappings: [{containerID: 0, hostID: ($gid | tonumber), size: 1}],
    namespaces: (["user", "mount", "pid", "ipc", "uts", "network", "cgroup"] | map({type: .})),
    maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi"],
    readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    seccomp: {
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 1,
      architectures: ["SCMP_ARCH_X86_64"],
      syscalls: [{names: ., action: "SCMP_ACT_ALLOW"}]
    }
  }
}
