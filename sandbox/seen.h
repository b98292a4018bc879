/* What the kernel says of a sandbox once it is set up, held against the plan. Pure: sandbox/look.c asks the kernel.
 *
 * Asked only where there is a report: `active` in it means seen, not intended. A value that is not what the plan wants
 * is a refusal; one that could not be read leaves its protection `unverified`. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome.h"

#include <stdbool.h>
#include <stdint.h>

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
	SEEN_MEMORY_MAX,    /* the leaf's files */
	SEEN_MEMORY_HIGH,
	SEEN_SWAP_MAX,
	SEEN_PIDS_MAX,
	SEEN_CPU_QUOTA,
	SEEN_CPU_WEIGHT,
	SEEN_IO_DEVICES, /* that have their limits in io.max */
	SEEN_DISK,       /* bytes of the file system that all writable directories share */
	SEEN_TIMER,      /* 1: the time limit runs */
	SEEN_COUNT,
};

/* "user", "pid", …: the names of /proc/self/ns of the first SEEN_NAMESPACES values. */
#define SEEN_NAMESPACES 7
extern const char *const seen_namespaces[SEEN_NAMESPACES];

/* "max", "unlimited": more than every limit. */
#define SEEN_UNLIMITED (UINT64_MAX - 1)

/* UINT64_MAX where nobody looked, or could. */
#define SEEN_NOT UINT64_MAX

struct seen_values {
	uint64_t values[SEEN_COUNT];
};

/* What is known of a launch before it: what an entrypoint has told that it could not do is not wanted of it. */
struct seen_before {
	struct seen_values outside; /* of the launcher */
	bool unlocked;              /* bounding set and securebits stay: no CAP_SETPCAP */
	bool no_keyring;            /* a filter around us refuses keyctl(2) */
};

/* Nothing seen. */
void seen_none(struct seen_values *seen);

/* What is not seen in `seen` and is in `other` is taken from there. */
void seen_add(struct seen_values *seen, const struct seen_values *other);

/* What seen_check_filtered() does not let pass was seen: the filter, and the limit that is lowered behind it. */
void seen_filtered(const struct plan *plan, const struct seen_before *before, struct seen_values *seen);

/* Compares all that was seen with what the plan wants. Refuses by name what is not as it should be; what was not seen
 * is passed over. */
int seen_check(
	const struct plan *plan, const struct seen_before *before, const struct seen_values *seen, struct error *err);

/* seen_check() behind the filter, where what was not seen is refused too: the launcher has the values of
 * seen_filtered() by then. `status` is the text of /proc/self/status, `filters` what it said before. */
int seen_check_filtered(const struct plan *plan, const struct seen_before *before, const char *status, uint64_t filters,
	struct seen_values *seen, struct error *err);

/* The name of a value that the plan wants of a protection and that was not seen, or NULL. */
const char *seen_lacks(const struct plan *plan, const struct seen_before *before, const struct seen_values *seen,
	enum protection protection);

/* The values that belong to a protection and were seen, for the report: at most PROTECTION_FACTS_MAX. Their number. */
unsigned seen_facts(const struct seen_values *seen, enum protection protection, struct protection_fact *facts);
