/* Describes the host, as far as a plan depends on it.
 * sandbox/facts.c inspects the host; policy/ only reads the result. */
#pragma once

#include "policy/plan.h"

#include <stdbool.h>
#include <sys/types.h>

enum facts_controller {
	FACTS_CONTROLLER_MEMORY = 1 << 0,
	FACTS_CONTROLLER_PIDS = 1 << 1,
	FACTS_CONTROLLER_CPU = 1 << 2,
	FACTS_CONTROLLER_IO = 1 << 3,
};

/* What the root of a plan has in /etc. sandbox/root/etc_facts.c */
struct facts_etc {
	struct facts_etc_file {
		char *text;   /* NULL: none, or it could not be read */
		bool missing; /* … there is no such file */
	} files[ETC_COUNT];
	bool no_directory; /* an image's /etc is a link or a file */
	char *user;        /* the caller's name, where passwd does not have it */
};

struct facts {
	uid_t uid; /* effective, of the caller */
	gid_t gid;
	uint32_t kernel; /* SECCOMP_KERNEL(…) of the running one; 0: not looked at, taken for the newest */
	const struct facts_idmap *idmap;     /* NULL: not looked at, since the identity is single */
	const struct facts_network *network; /* NULL: not looked at, since no plan needs it */
	const struct facts_etc *etc;         /* NULL: not looked at: then only resolv.conf is made */
	char *const *environ;                /* the caller's environment */
	int landlock_abi;                    /* 0: none */
	const char *landlock_missing;        /* why that is not enough; NULL: it is */
	unsigned terminals;                  /* which of descriptors 0-2 are terminals: bits 1 << fd */
	bool in_background;                  /* another process group is in the foreground at that of descriptor 0 */
	bool cgroup_delegated;               /* a cgroup v2 directory in which we may make a leaf and put a process */
	unsigned cgroup_controllers;         /* enum facts_controller: those that can be enabled for that leaf */
	const char *cgroup_reason;           /* why there is no delegation, or what is missing; never NULL */
	const char *cgroup_remedy;           /* what the caller can do about it, or NULL */
	struct plan_device devices[PLAN_DEVICES_MAX]; /* behind the mounts of the plan; only where it limits io */
	size_t n_devices;
	const char *devices_reason; /* set: why these are not all; says which mount */
};
