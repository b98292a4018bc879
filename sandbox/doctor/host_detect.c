#include "sandbox/doctor/host_detect.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/doctor/host_calls.h"
#include "sandbox/doctor/host_mounts.h"
#include "sandbox/process/syscalls.h"
#include "sandbox/root/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#define MOUNTINFO_MAX ((size_t)4 << 20)

/* What a child in new namespaces tells. */
struct inside {
	int capable, proc;
	int calls[HOST_CALLS];
};

#define ALL_NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

static void detect_inside(int out) __attribute__((noreturn));

static void detect_inside(int out)
{
	static const char *const options[] = {NULL};
	struct inside inside = {.capable = 0, .proc = HOST_NOT_TRIED};
	struct error err = {.errnum = 0};
	int fd;

	host_calls_privileged(inside.calls);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		inside.capable = errno;
	else {
		fd = mount_fresh("proc", options, true, &err);
		inside.proc = fd < 0 ? err.errnum : 0;
	}
	_exit(write(out, &inside, sizeof inside) == (ssize_t)sizeof inside ? 0 : 1);
}

static pid_t clone_into_namespaces(void)
{
	struct clone_args args = {.flags = ALL_NAMESPACES, .exit_signal = SIGCHLD};
	pid_t pid = sys_clone3(&args);

	/* A filter that cannot see clone3's flags says ENOSYS, so that programs fall back to clone. */
	return pid < 0 && errno == ENOSYS ? (pid_t)syscall(SYS_clone, ALL_NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL)
					  : pid;
}

static void try_namespaces(struct host_facts *facts)
{
	_cleanup_(close_fd) int in = -1;
	struct inside inside;
	int pair[2];
	pid_t pid;

	facts->capable = facts->proc = HOST_NOT_TRIED;
	if (pipe2(pair, O_CLOEXEC) < 0) {
		facts->userns = errno;
		return;
	}
	in = pair[0];
	pid = clone_into_namespaces();
	facts->userns = pid < 0 ? errno : 0;
	if (pid == 0)
		detect_inside(pair[1]);
	close(pair[1]);
	if (pid < 0)
		return;
	if (read(in, &inside, sizeof inside) == (ssize_t)sizeof inside) {
		facts->capable = inside.capable;
		facts->proc = inside.proc;
		/* What a security module takes from us inside says nothing about a filter. */
		for (unsigned i = HOST_FSOPEN; i < HOST_CALLS && inside.capable == 0; i++)
			facts->calls[i] = inside.calls[i];
	} else
		facts->capable = EPERM; /* killed by what it tried */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The number in a one-line file, or -1: this kernel has no such switch. */
static long read_switch(const char *path)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored;
	size_t len;

	return read_file_at(AT_FDCWD, path, 4096, &text, &len, &ignored) == 0 ? strtol(text, NULL, 10) : -1;
}

static int kernel_version(void)
{
	struct utsname uts;
	char *rest;
	long major, minor;

	uname(&uts);
	major = strtol(uts.release, &rest, 10);
	minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
	return (int)(major * 1000 + minor);
}

static void detect_mounts(struct host_facts *facts)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* no /proc: the launch itself will say so */
	size_t len;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &ignored) == 0)
		host_mounts_parse(text, facts);
}

void host_detect(struct host_facts *facts)
{
	*facts = (struct host_facts){
		.kernel = kernel_version(),
		.filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2,
		.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.userns_clone = read_switch("/proc/sys/kernel/unprivileged_userns_clone"),
		.apparmor_restrict = read_switch("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
		.max_user_namespaces = read_switch("/proc/sys/user/max_user_namespaces"),
	};
	host_calls_plain(facts->calls);
	try_namespaces(facts);
	detect_mounts(facts);
}

void host_blame(struct error *err)
{
	struct host_finding finding;
	struct host_facts facts;

	if (err->errnum == 0)
		return;
	host_detect(&facts);
	if (host_explain(&facts, err->text, err->errnum, &finding))
		error_hint(err, "%s: %s", finding.cause, finding.remedy);
}
