/* What around us stops a sandbox from being made: a container's filter and masks, a security module, a switch of the
 * kernel. From what was seen (sandbox/outer_look.c) to the cause and how to lift it. Pure. */
#pragma once

#include <stdbool.h>

/* The system calls that set-up leans on, in the order in which it needs them. */
enum outer_call {
	OUTER_CLONE, /* with CLONE_NEWUSER */
	OUTER_CLONE3,
	OUTER_UNSHARE,
	OUTER_KEYCTL,
	OUTER_SECCOMP,
	OUTER_OPENAT2,
	OUTER_CLOSE_RANGE,
	OUTER_LANDLOCK,
	OUTER_OPEN_TREE,
	OUTER_MOUNT_SETATTR,
	OUTER_FSCONFIG,
	OUTER_MOUNT,
	OUTER_UMOUNT2,
	/* The kernel itself refuses these without a capability, so they are tried inside of a user namespace only. */
	OUTER_FSOPEN,
	OUTER_FSMOUNT,
	OUTER_MOVE_MOUNT,
	OUTER_PIVOT_ROOT,
	OUTER_SETHOSTNAME,
	OUTER_CALLS,
};

#define OUTER_NOT_TRIED (-1)

struct outer_facts {
	int kernel;             /* of uname(2): major * 1000 + minor */
	bool filtered;          /* /proc/self/status: Seccomp 2 */
	bool no_new_privs;      /* of ourselves, inherited */
	int calls[OUTER_CALLS]; /* 0: the call reached the kernel; the errno of who refused it; OUTER_NOT_TRIED */
	int userns;             /* errno of clone3(2), or where that is missing clone(2), with every namespace; 0 */
	int capable;            /* errno of using a capability inside (private mount propagation); 0; OUTER_NOT_TRIED */
	int proc;               /* errno of mounting a fresh procfs inside; 0; OUTER_NOT_TRIED */
	long userns_clone;      /* kernel.unprivileged_userns_clone (Debian until 10); -1: no such switch */
	long apparmor_restrict; /* kernel.apparmor_restrict_unprivileged_userns (Ubuntu from 23.10); -1 */
	long max_user_namespaces; /* user.max_user_namespaces; -1 */
	bool chrooted;            /* "/" is no mount point of our namespace */
	unsigned proc_covered;    /* mounts on top of something below /proc */
	char proc_example[64];    /* one of them, "" when there is none */
	bool cgroup_mounted;      /* cgroup v2 */
	bool cgroup_readonly;
};

struct outer_finding {
	char cause[512];  /* "a seccomp filter around us refuses clone3, unshare, mount" */
	char remedy[512]; /* the exact step */
};

/* Each returns true when it found something that stops a sandbox, and then fills `finding`. */
bool outer_system_calls(const struct outer_facts *facts, struct outer_finding *finding);
bool outer_user_namespaces(const struct outer_facts *facts, struct outer_finding *finding);
bool outer_proc(const struct outer_facts *facts, struct outer_finding *finding);

/* Why no cgroup can be written to, where that is the container's doing. */
bool outer_cgroup(const struct outer_facts *facts, struct outer_finding *finding);

/* Why newuidmap(1), which is set-user-id or has file capabilities, gains nothing. */
bool outer_newuidmap(const struct outer_facts *facts, struct outer_finding *finding);

/* What of that stopped a launch which failed with `errnum`, at the step that the error's text begins with. False:
 * nothing around us explains it. */
bool outer_explain(const struct outer_facts *facts, const char *step, int errnum, struct outer_finding *finding);
