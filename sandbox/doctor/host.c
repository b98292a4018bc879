#include "sandbox/doctor/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILTER_REMEDY                                                                        \
	"give the container a filter that allows them: docker or podman run --security-opt " \
	"seccomp=docker-outer.json (shipped in profiles/seccomp), Kubernetes seccompProfile of type Localhost"
#define PROC_REMEDY                                                                                           \
	"docker run --security-opt systempaths=unconfined, podman run --security-opt unmask=ALL, Kubernetes " \
	"procMount: Unmasked with hostUsers: false"

static const struct {
	const char *name;
	int since; /* kernel, as facts.kernel */
} calls[HOST_CALLS] = {
	[HOST_CLONE] = {"clone with CLONE_NEWUSER", 3008},
	[HOST_CLONE3] = {"clone3", 5003},
	[HOST_UNSHARE] = {"unshare", 2006},
	[HOST_KEYCTL] = {"keyctl", 2006},
	[HOST_SECCOMP] = {"seccomp", 3017},
	[HOST_OPENAT2] = {"openat2", 5006},
	[HOST_CLOSE_RANGE] = {"close_range", 5009},
	[HOST_LANDLOCK] = {"landlock_create_ruleset", 5013},
	[HOST_OPEN_TREE] = {"open_tree", 5002},
	[HOST_MOUNT_SETATTR] = {"mount_setattr", 5012},
	[HOST_FSCONFIG] = {"fsconfig", 5002},
	[HOST_MOUNT] = {"mount", 2006},
	[HOST_UMOUNT2] = {"umount2", 2006},
	[HOST_FSOPEN] = {"fsopen", 5002},
	[HOST_FSMOUNT] = {"fsmount", 5002},
	[HOST_MOVE_MOUNT] = {"move_mount", 5002},
	[HOST_PIVOT_ROOT] = {"pivot_root", 2006},
	[HOST_SETHOSTNAME] = {"sethostname", 2006},
};

/* Landlock and keyrings can be left out of a kernel, and then nothing is lost that it had. */
static bool may_be_missing(enum host_call call, int errnum)
{
	return (call == HOST_LANDLOCK || call == HOST_KEYCTL) && errnum == ENOSYS;
}

static bool is_refused(const struct host_facts *facts, enum host_call call)
{
	return facts->calls[call] > 0 && (facts->filtered || !may_be_missing(call, facts->calls[call]));
}

/* Who refused it: a filter, unless the kernel is too old to know the call. */
static bool by_filter(const struct host_facts *facts, enum host_call call)
{
	return facts->filtered && (facts->calls[call] != ENOSYS || facts->kernel >= calls[call].since);
}

/* The names of the refused calls, those that a filter refuses or the others. */
static size_t list(const struct host_facts *facts, bool filter, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned call = 0; call < HOST_CALLS; call++)
		if (is_refused(facts, call) && by_filter(facts, call) == filter && used < size)
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", used == 0 ? "" : ", ", calls[call].name);
	return used;
}

/* The remedy of a cause that is reported already. */
static bool mend(struct host_finding *finding, const char *remedy)
{
	snprintf(finding->remedy, sizeof finding->remedy, "%s", remedy);
	return true;
}

static bool say(struct host_finding *finding, const char *cause, const char *remedy)
{
	snprintf(finding->cause, sizeof finding->cause, "%s", cause);
	return mend(finding, remedy);
}

bool host_system_calls(const struct host_facts *facts, struct host_finding *finding)
{
	char names[384];

	if (list(facts, true, names, sizeof names) > 0) {
		snprintf(finding->cause, sizeof finding->cause, "an outer seccomp filter refuses %s", names);
		return mend(finding, FILTER_REMEDY);
	}
	if (list(facts, false, names, sizeof names) > 0) {
		snprintf(finding->cause, sizeof finding->cause, "this kernel does not have %s", names);
		return mend(finding, "a kernel of 5.14 or later (Debian 12 has 6.1)");
	}
	return false;
}

static bool is_denial(int errnum)
{
	return errnum == EPERM || errnum == EACCES;
}

/* clone(2) and unshare(2) both lead to a user namespace; the launcher uses clone3(2), whose flags no filter can see. */
static bool filter_stops_namespaces(const struct host_facts *facts)
{
	return (is_refused(facts, HOST_CLONE) && by_filter(facts, HOST_CLONE)) ||
	       (is_refused(facts, HOST_CLONE3) && by_filter(facts, HOST_CLONE3));
}

static bool restricted_by_apparmor(const struct host_facts *facts)
{
	/* Ubuntu 23.10 refused the clone; 24.04 lets it through into a profile without capabilities. */
	return facts->apparmor_restrict > 0 && (is_denial(facts->userns) || is_denial(facts->capable));
}

bool host_user_namespaces(const struct host_facts *facts, struct host_finding *finding)
{
	if (facts->userns == 0 && facts->capable <= 0)
		return false;
	if (facts->userns != 0 && filter_stops_namespaces(facts))
		return say(finding, "an outer seccomp filter refuses new namespaces", FILTER_REMEDY);
	if (facts->userns == EPERM && facts->userns_clone == 0)
		return say(finding, "kernel.unprivileged_userns_clone is 0",
			"sysctl -w kernel.unprivileged_userns_clone=1");
	if (facts->userns != 0 && facts->max_user_namespaces == 0)
		return say(finding, "user.max_user_namespaces is 0", "sysctl -w user.max_user_namespaces=28633");
	if (facts->userns == ENOSPC || facts->userns == EUSERS)
		return say(finding, "the limit on user namespaces is reached, or they are nested 32 deep",
			"raise user.max_user_namespaces, or nest fewer containers");
	if (restricted_by_apparmor(facts))
		return say(finding, "AppArmor restricts user namespaces of programs without a profile",
			"load deploy/apparmor/cofferdam (apparmor_parser -r), or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
	if (facts->userns == EPERM && facts->chrooted)
		return say(finding, "the launcher is in a chroot, where the kernel creates no user namespace",
			"start outside of the chroot, or in a container that pivots its root");
	if (is_denial(facts->userns) || is_denial(facts->capable)) {
		snprintf(finding->cause, sizeof finding->cause, "%s refuses %s: %s",
			facts->filtered ? "a security module or filter" : "a security module",
			facts->userns != 0 ? "new user namespaces" : "capabilities in a new user namespace",
			strerror(facts->userns != 0 ? facts->userns : facts->capable));
		return mend(finding,
			"allow user namespaces for this program in its policy (SELinux, AppArmor, the host's seccomp filter)");
	}
	snprintf(finding->cause, sizeof finding->cause, "a new user namespace: %s",
		strerror(facts->userns != 0 ? facts->userns : facts->capable));
	return mend(finding, "allow unprivileged user namespaces for this user");
}

static void name_covered(const struct host_facts *facts, char *text, size_t size)
{
	snprintf(text, size, "/proc is covered in %u places (%s)", facts->proc_covered, facts->proc_example);
}

bool host_proc(const struct host_facts *facts, struct host_finding *finding)
{
	char covered[128] = "no complete /proc is mounted here";

	if (facts->proc == 0 || (facts->proc == HOST_NOT_TRIED && facts->proc_covered == 0))
		return false;
	if (facts->proc_covered > 0)
		name_covered(facts, covered, sizeof covered);
	if (facts->proc == HOST_NOT_TRIED) {
		snprintf(finding->cause, sizeof finding->cause,
			"%s: a fresh procfs will be refused once user namespaces are available", covered);
		return mend(finding, PROC_REMEDY);
	}
	if (facts->proc == EPERM && (is_refused(facts, HOST_FSOPEN) || is_refused(facts, HOST_FSMOUNT)))
		return say(finding, "an outer seccomp filter refuses the mount", FILTER_REMEDY);
	/* mount_too_revealing() of fs/namespace.c: a fresh procfs would show what the old one has covered. */
	if (facts->proc == EPERM) {
		snprintf(finding->cause, sizeof finding->cause, "mount too revealing: %s", covered);
		return mend(finding, PROC_REMEDY);
	}
	snprintf(finding->cause, sizeof finding->cause, "mount proc: %s", strerror(facts->proc));
	return mend(finding, "allow the mount in the policy of the security module");
}

bool host_cgroup(const struct host_facts *facts, struct host_finding *finding)
{
	if (!facts->cgroup_mounted)
		return say(finding, "no cgroup v2 is mounted here",
			"on the host, boot with systemd.unified_cgroup_hierarchy=1; in a container, --cgroupns=private");
	if (facts->cgroup_readonly)
		return say(finding, "cgroup v2 is mounted read-only",
			"podman run --systemd=always, or docker run --cgroupns=private with a writable cgroup below /sys/fs/cgroup that is the container user's; else allow_degraded");
	return false;
}

bool host_newuidmap(const struct host_facts *facts, struct host_finding *finding)
{
	if (!facts->no_new_privs)
		return false;
	return say(finding, "no_new_privs is set: newuidmap cannot gain capabilities",
		"start the container without --security-opt no-new-privileges (Kubernetes: allowPrivilegeEscalation: true), or use identity single");
}

/* The first fsconfig(2) of a launch. */
static bool create_proc(const struct host_facts *facts, struct host_finding *finding)
{
	return is_refused(facts, HOST_FSCONFIG) ? host_system_calls(facts, finding) : host_proc(facts, finding);
}

bool host_explain(const struct host_facts *facts, const char *step, int errnum, struct host_finding *finding)
{
	static const struct {
		const char *step;
		bool (*find)(const struct host_facts *facts, struct host_finding *finding);
	} steps[] = {
		{"namespaces: ", host_user_namespaces},
		{"user namespace: ", host_user_namespaces},
		{"mount: fsopen proc", host_proc},
		{"mount: create proc", create_proc},
		{"mount: fsmount proc", host_proc},
	};

	if (!is_denial(errnum) && errnum != ENOSYS && errnum != ENOSPC && errnum != EUSERS)
		return false;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (strncmp(step, steps[i].step, strlen(steps[i].step)) == 0 && steps[i].find(facts, finding))
			return true;
	return (errnum == EPERM || errnum == ENOSYS) && host_system_calls(facts, finding);
}
