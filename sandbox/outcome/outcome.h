/* Holds what one launch did: filled by sandbox/, printed by cli/report.c. Plain data.
 * Runs in: launcher, PID 1 */
#pragma once

#include "common/error.h"
#include "policy/egress/denials.h"
#include "sandbox/files/usage.h"
#include "sandbox/outcome/denials.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The protections that a report speaks of, in the order in which they are put up. */
enum protection {
	PROTECTION_USER_NAMESPACE,
	PROTECTION_PID_NAMESPACE,
	PROTECTION_MOUNT_NAMESPACE,
	PROTECTION_IPC_NAMESPACE,
	PROTECTION_UTS_NAMESPACE,
	PROTECTION_CGROUP_NAMESPACE,
	PROTECTION_NETWORK_NAMESPACE,
	PROTECTION_ROOT,
	PROTECTION_PROC_MASKS,
	PROTECTION_CAPABILITIES,
	PROTECTION_NO_NEW_PRIVS,
	PROTECTION_LANDLOCK,
	PROTECTION_SECCOMP,
	PROTECTION_EXPLAIN,
	PROTECTION_RLIMITS,
	PROTECTION_KEYRING,
	PROTECTION_SESSION,
	PROTECTION_TTY,
	PROTECTION_FILE_DESCRIPTORS,
	PROTECTION_ENVIRONMENT,
	PROTECTION_CGROUP,
	PROTECTION_MEMORY,
	PROTECTION_SWAP,
	PROTECTION_PIDS,
	PROTECTION_CPU,
	PROTECTION_DISK,
	PROTECTION_IO,
	PROTECTION_TIME,
	PROTECTION_COUNT,
};

enum protection_state {
	PROTECTION_DISABLED,    /* not asked for */
	PROTECTION_ACTIVE,      /* asked for, applied, and seen */
	PROTECTION_UNVERIFIED,  /* asked for and applied without an error; the kernel does not show it here */
	PROTECTION_DEGRADED,    /* asked for, allowed to be missing, and replaced by something weaker */
	PROTECTION_UNAVAILABLE, /* asked for, allowed to be missing, and missing */
};

/* One number that was seen: an inode, a limit, a bit set. */
struct protection_fact {
	const char *name;
	uint64_t value;
};
#define PROTECTION_FACTS_MAX 8

struct protection_report {
	enum protection_state state;
	const char *detail; /* lives as long as the plan; NULL when there is nothing to add */
	const char *unseen; /* where it is unverified: the value that could not be seen */
	unsigned n_facts;
	const struct protection_fact *facts; /* of the launch that was the last: there is one in a process */
};

enum ended_by {
	ENDED_BY_EXIT,     /* the command ended by itself */
	ENDED_BY_SIGNAL,   /* … by a signal that was not ours */
	ENDED_BY_TIMEOUT,  /* the wall-clock limit */
	ENDED_BY_MEMORY,   /* the kernel's OOM killer, inside the sandbox's cgroup */
	ENDED_BY_PIDS,     /* it failed after it had hit the process limit */
	ENDED_BY_DISK,     /* it was ended because it had filled its writable directories */
	ENDED_BY_CANCEL,   /* the launcher was told to stop it */
	ENDED_BY_LAUNCHER, /* set-up failed and nothing was run, or the launcher could not watch it and killed it */
};

#define OUTCOME_RESIDUE_MAX 8

/* What the job changed in the throw-away layers, where --changes asks for it (sandbox/root/changes.h). */
struct changes {
	bool listed;
	uint64_t added, modified, deleted;
	char *cut; /* why the list is not whole, or NULL; owned */
	int fd;    /* the list, in memory; owned while `listed` */
};

struct outcome {
	int status; /* the exit code of `cofferdam run` */
	enum ended_by ended_by;
	int exit_code;              /* the command's, or -1 */
	int signal;                 /* that ended the command, or 0 */
	struct timespec start, end; /* CLOCK_REALTIME */
	int64_t duration_ns;        /* CLOCK_MONOTONIC, from start to the death of the last process */
	struct protection_report protections[PROTECTION_COUNT];

	uint64_t memory_peak; /* bytes; of the cgroup, or the largest resident set of one process */
	bool memory_peak_is_rss;
	uint64_t pids_peak; /* 0 when unknown */
	uint64_t cpu_usec;
	uint64_t cpu_throttled_usec; /* how long it was held back by cpu.max */
	uint64_t oom_kills;          /* by any OOM killer: ours, that of a cgroup around it, or the machine's */
	uint64_t memory_oom;         /* how often the job's own memory limit left no other way */
	uint64_t memory_high_events; /* how often it was slowed down at memory.high */
	uint64_t swap_peak;          /* bytes, Linux 6.5; 0 when unknown */
	uint64_t io_read;            /* bytes, from and to block devices */
	uint64_t io_written;
	uint64_t pids_refused; /* forks that pids.max refused */

	uint64_t disk_used;  /* bytes; in the scratch file system at the end, or the most seen in a workspace and other
			      * writable directories of the host, without what those held before */
	uint64_t disk_files; /* the same in files */
	bool disk_known;     /* these two were measured */
	bool disk_full;      /* the scratch file system had no room left in the end */
	bool disk_over;      /* they held more than the limit: when the job was killed for it, or in the end */
	enum uncounted disk_uncounted; /* or why it could not be counted */
	struct changes changes;
	struct egress_denials egress_denials; /* what network open refused; owned */
	char network_error[ERROR_TEXT_MAX];   /* the helper was lost, or the counters could not be read; or "" */
	char *ownership_kept;  /* files of the caller's could not be lent to the job's user, or NULL; owned */
	char *ownership_error; /* files of the job's were not given back, and what then; or NULL; owned */
	struct denials denials;
	bool sudo_known; /* there was a broker of sudo, which has counted */
	uint32_t sudo_calls, sudo_refused;

	int64_t teardown_ns;                /* from the end of the command to the last look */
	uint64_t processes_killed;          /* left over when the command ended */
	char *residue[OUTCOME_RESIDUE_MAX]; /* what was still there when we looked: "cgroup …", "process …"; owned */
	unsigned n_residue;
};

/* "user_namespace", "active", "timeout": the words of the report. The names of protections are in their table
 * (sandbox/protections.c). */
const char *protection_name(enum protection protection);
const char *protection_state_name(enum protection_state state);
const char *ended_by_name(enum ended_by ended_by);

/* Notes what is left; takes `what` over (NULL: memory ran out, nothing is noted). */
void outcome_add_residue(struct outcome *outcome, char *what);

/* Frees what is in it, and closes the list of changes; may be called twice, and for {0}. */
void outcome_free(struct outcome *outcome);
