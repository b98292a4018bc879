/* Holds the values that the kernel showed of a sandbox, as numbers that fit in a message.
 * sandbox/verify/seen.h compares them with the plan. PID 1 includes this too, which has no C library.
 * Runs in: launcher, PID 1, command */
#pragma once

#include <stdint.h>

/* Room for as many limits: policy/limits.h, which PID 1 does not include. */
#define SEEN_LIMITS_MAX 16

enum seen_value {
	SEEN_USER, /* inodes of /proc/self/ns/… */
	SEEN_PID,
	SEEN_MNT,
	SEEN_IPC,
	SEEN_UTS,
	SEEN_CGROUP,
	SEEN_NET,
	SEEN_UIDS, /* ids in /proc/self/uid_map */
	SEEN_GIDS, /* … and gid_map */
	SEEN_UID,  /* of the command's process; UINT32_MAX: real, effective, saved and that for files differ */
	SEEN_GID,
	SEEN_GROUPS,          /* supplementary groups */
	SEEN_HOSTNAME,        /* 1: the plan's */
	SEEN_INTERFACES,      /* in /proc/self/net/dev that are up, lo apart */
	SEEN_ROOT,            /* device of / */
	SEEN_ROOT_READONLY,   /* 1: its mount is */
	SEEN_MOUNTS,          /* in /proc/self/mountinfo */
	SEEN_MOUNT_ROOTS,     /* … at "/" */
	SEEN_MOUNT_MISSING,   /* rows of the mount table, and covers beside it, that are not mounted */
	SEEN_MOUNT_WRITABLE,  /* mounts that are writable and should not be */
	SEEN_MOUNT_LOOSE,     /* … that lack a nosuid, nodev or noexec */
	SEEN_WORKDIR,         /* 1: the process stands where the plan says, and not where a lost call left it */
	SEEN_MASKS,           /* paths of /proc that are covered or read-only */
	SEEN_UNMASKED,        /* … that should be and are not */
	SEEN_CAP_INHERITABLE, /* of the command's process */
	SEEN_CAP_PERMITTED,
	SEEN_CAP_EFFECTIVE,
	SEEN_CAP_BOUNDING,
	SEEN_CAP_AMBIENT,
	SEEN_SECUREBITS,
	SEEN_PID1_PERMITTED,
	SEEN_PID1_BOUNDING,
	SEEN_NO_NEW_PRIVS,
	SEEN_PID1_NO_NEW_PRIVS,
	SEEN_LANDLOCK,     /* 1: what only Landlock refuses was refused, and was not before */
	SEEN_SECCOMP_MODE, /* with the filter loaded */
	SEEN_SECCOMP_NEW,  /* filters that have come */
	SEEN_NOFILE,       /* hard limits */
	SEEN_CORE,
	SEEN_SIGPENDING,
	SEEN_MSGQUEUE,
	SEEN_NPROC,
	SEEN_KEYRING,       /* serial number of the session keyring */
	SEEN_SESSION,       /* 1: the command leads one; of an entrypoint, a process group */
	SEEN_PID1_SESSION,  /* 1: PID 1 leads one */
	SEEN_TERMINAL,      /* 1: the session has a controlling terminal */
	SEEN_FDS,           /* descriptors that the command inherits */
	SEEN_FDS_EXTRA,     /* … that the plan does not have */
	SEEN_FDS_LENT,      /* … files to be read, over a mount that is writable: the caller's own */
	SEEN_CGROUP_MEMBER, /* 1: PID 1 is in the leaf */
	SEEN_DISK,          /* bytes of the file system that all writable directories share */
	SEEN_TIMER,         /* 1: the time limit runs */
	SEEN_LIMITS,        /* the leaf's files, by enum plan_limit; of rates: devices that have theirs */
	SEEN_COUNT = SEEN_LIMITS + SEEN_LIMITS_MAX,
};

/* The value that belongs to a limit. */
#define SEEN_LIMIT(limit) (SEEN_LIMITS + (limit))

/* The first values are inodes of namespaces. */
#define SEEN_NAMESPACES 7

/* "max", "unlimited": more than every limit. */
#define SEEN_UNLIMITED (UINT64_MAX - 1)

/* UINT64_MAX where nobody looked, or could. */
#define SEEN_NOT UINT64_MAX

struct seen_values {
	uint64_t values[SEEN_COUNT];
};
