/* Names what prevents a sandbox from outside, and the remedy. Pure.
 *
 * The cause may be a container's filter and masks, a security module, or a kernel switch. sandbox/doctor/host_detect.c
 * gathers the facts.
 * Runs in: launcher */
#pragma once

#include <stdbool.h>

/* The system calls that set-up leans on, in the order in which it needs them. */
enum host_call {
	HOST_CLONE, /* with CLONE_NEWUSER */
	HOST_CLONE3,
	HOST_UNSHARE,
	HOST_KEYCTL,
	HOST_SECCOMP,
	HOST_OPENAT2,
	HOST_CLOSE_RANGE,
	HOST_LANDLOCK,
	HOST_OPEN_TREE,
	HOST_MOUNT_SETATTR,
	HOST_FSCONFIG,
	HOST_MOUNT,
	HOST_UMOUNT2,
	/* The kernel itself refuses these without a capability, so they are tried inside of a user namespace only. */
	HOST_FSOPEN,
	HOST_FSMOUNT,
	HOST_MOVE_MOUNT,
	HOST_PIVOT_ROOT,
	HOST_SETHOSTNAME,
	HOST_CALLS,
};

#define HOST_NOT_TRIED (-1)

struct host_facts {
	int kernel;             /* of uname(2): major * 1000 + minor */
	bool filtered;          /* /proc/self/status: Seccomp 2 */
	bool no_new_privs;      /* of ourselves, inherited */
	int calls[HOST_CALLS];  /* 0: the call reached the kernel; the errno of who refused it; HOST_NOT_TRIED */
	int userns;             /* errno of clone3(2), or where that is missing clone(2), with every namespace; 0 */
	int capable;            /* errno of using a capability inside (private mount propagation); 0; HOST_NOT_TRIED */
	int proc;               /* errno of mounting a fresh procfs inside; 0; HOST_NOT_TRIED */
	long userns_clone;      /* kernel.unprivileged_userns_clone (Debian until 10); -1: no such switch */
	long apparmor_restrict; /* kernel.apparmor_restrict_unprivileged_userns (Ubuntu from 23.10); -1 */
	long max_user_namespaces; /* user.max_user_namespaces; -1 */
	bool chrooted;            /* "/" is no mount point of our namespace */
	unsigned proc_covered;    /* mounts on top of something below /proc */
	char proc_example[64];    /* one of them, "" when there is none */
	bool cgroup_mounted;      /* cgroup v2 */
	bool cgroup_readonly;
};

struct host_finding {
	char cause[512];  /* "an outer seccomp filter refuses clone3, unshare, mount" */
	char remedy[512]; /* the exact step */
};

/* Each returns true when it found something that stops a sandbox, and then fills `finding`. */
bool host_system_calls(const struct host_facts *facts, struct host_finding *finding);
bool host_user_namespaces(const struct host_facts *facts, struct host_finding *finding);
bool host_proc(const struct host_facts *facts, struct host_finding *finding);

/* Why no cgroup can be written to, where that is the container's doing. */
bool host_cgroup(const struct host_facts *facts, struct host_finding *finding);

/* Why newuidmap(1), which is set-user-id or has file capabilities, gains nothing. */
bool host_newuidmap(const struct host_facts *facts, struct host_finding *finding);

/* What of that stopped a launch which failed with `errnum`, at the step that the error's text begins with. False:
 * nothing around us explains it. */
bool host_explain(const struct host_facts *facts, const char *step, int errnum, struct host_finding *finding);
