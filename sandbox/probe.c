#include "sandbox/probe.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/mount_api.h"
#include "sandbox/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void found(struct probe *probe, enum probe_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void found(struct probe *probe, enum probe_state state, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(probe->found, sizeof probe->found, fmt, ap);
	va_end(ap);
	probe->state = state;
}

static void remedy(struct probe *probe, const char *text)
{
	snprintf(probe->remedy, sizeof probe->remedy, "%s", text);
}

/* The number in a one-line file, or `otherwise`. */
static long read_long(const char *path, long otherwise)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* not there: this kernel has no such switch */
	size_t len;

	return read_file_at(AT_FDCWD, path, 4096, &text, &len, &ignored) == 0 ? strtol(text, NULL, 10) : otherwise;
}

/* cgroup.kill and RLIMIT_NPROC counted per user namespace came with 5.14, the youngest things that we lean on. */
static void probe_kernel(struct probe *probe)
{
	struct utsname uts;
	char *rest;
	long major, minor;

	uname(&uts);
	major = strtol(uts.release, &rest, 10);
	minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
	found(probe, major > 5 || (major == 5 && minor >= 14) ? PROBE_OK : PROBE_MISSING, "Linux %s", uts.release);
	if (probe->state != PROBE_OK)
		remedy(probe, "a kernel of 5.14 or later (Debian 12 has 6.1)");
}

/* The errno with which a child in these namespaces says that it works: 0. With `proc`, also mounts a procfs. */
static int try_namespaces(unsigned long flags, bool proc)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
	pid_t pid = sys_clone3(&args);
	int status;

	if (pid < 0)
		return errno;
	if (pid == 0) {
		static const char *const options[] = {NULL};
		struct error err = {.errnum = 0};

		if (proc && mount_fresh("proc", options, true, &err) < 0)
			_exit(err.errnum);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

#define ALL_NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

static void probe_user_namespaces(struct probe *probe)
{
	int why = try_namespaces(ALL_NAMESPACES, false);

	if (why == 0) {
		found(probe, PROBE_OK, "all seven namespaces can be made");
		return;
	}
	found(probe, PROBE_MISSING, "clone3: %s", strerror(why));
	if (read_long("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		remedy(probe, "sysctl -w kernel.unprivileged_userns_clone=1");
	else if (read_long("/proc/sys/user/max_user_namespaces", 1) == 0)
		remedy(probe, "sysctl -w user.max_user_namespaces=28633");
	else if (read_long("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		remedy(probe, "an AppArmor profile with `userns,` for this binary, or sysctl -w "
			      "kernel.apparmor_restrict_unprivileged_userns=0");
	else if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0)
		remedy(probe,
			"a seccomp filter around us refuses it: give the container one that allows clone3 and unshare "
			"(docker run --security-opt seccomp=FILE)");
	else
		remedy(probe, "allow unprivileged user namespaces for this user");
}

static void probe_proc(struct probe *probe)
{
	int why = try_namespaces(ALL_NAMESPACES, true);

	if (why == 0) {
		found(probe, PROBE_OK, "a fresh procfs can be mounted");
		return;
	}
	found(probe, PROBE_MISSING, "mount proc: %s", strerror(why));
	remedy(probe,
		"the /proc around us is partly masked: docker run --security-opt systempaths=unconfined, Kubernetes "
		"procMount: Unmasked");
}

static void probe_seccomp(struct probe *probe)
{
	unsigned action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) {
		found(probe, PROBE_OK, "filters with KILL_PROCESS");
		return;
	}
	found(probe, PROBE_MISSING, "seccomp(2): %s", strerror(errno));
	remedy(probe, "a kernel with CONFIG_SECCOMP_FILTER");
}

/* Bad arguments on purpose: EBADF or EINVAL mean that the call exists. */
static void probe_mount_api(struct probe *probe)
{
	static const struct {
		const char *name;
		long nr;
	} calls[] = {{"open_tree", SYS_open_tree}, {"move_mount", SYS_move_mount}, {"fsopen", SYS_fsopen},
		{"fsconfig", SYS_fsconfig}, {"fsmount", SYS_fsmount}, {"mount_setattr", SYS_mount_setattr},
		{"close_range", SYS_close_range}, {"clone3", SYS_clone3}};

	found(probe, PROBE_OK, "open_tree, move_mount, fsopen, mount_setattr, clone3");
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		/* First argument past any descriptor, others invalid. */
		if (syscall(calls[i].nr, 1 << 30, -1L, -1L, -1L, -1L) == 0 || errno != ENOSYS)
			continue;
		found(probe, PROBE_MISSING, "%s: %s", calls[i].name, strerror(ENOSYS));
		remedy(probe, "a kernel of 5.14 or later; in a container, an outer seccomp filter that lets the call "
			      "through");
		return;
	}
}

void probe_host(struct probe probes[PROBE_COUNT])
{
	static const struct {
		const char *name, *why;
		void (*look)(struct probe *probe);
	} table[PROBE_COUNT] = {
		{"kernel", "cgroup.kill and process limits per user namespace", probe_kernel},
		{"system calls", "mounts made without looking a path up twice, descriptors closed at once",
			probe_mount_api},
		{"user namespaces", "everything: this is what replaces root", probe_user_namespaces},
		{"/proc", "a job that sees its own processes only", probe_proc},
		{"seccomp", "the filter on the job's system calls", probe_seccomp},
	};

	for (size_t i = 0; i < PROBE_COUNT; i++) {
		probes[i] = (struct probe){.name = table[i].name, .why = table[i].why};
		table[i].look(&probes[i]);
	}
}
