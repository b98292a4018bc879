#include "sandbox/examine_explain.h"

#include "common/cleanup.h"
#include "policy/profile.h"
#include "sandbox/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tries it in a child, which alone comes under the filter: one that allows everything. 0, or the errno. */
static int try_listener(void)
{
	struct sock_filter allow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
	struct sock_fprog program = {.len = 1, .filter = &allow};
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0)
			_exit(errno);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

void examine_explain(struct examination *exam, const char *profile)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error ignored; /* told with the launch */
	struct probe *row;
	int errnum;

	if (plan_init(&plan, &ignored) < 0 || profile_load(profile, &plan, &ignored) < 0 || !plan.explain)
		return;
	errnum = try_listener();
	if (errnum == 0)
		return;
	row = examination_add(exam, "explain", "denied system calls named",
		(plan.allow_degraded & (1u << PLAN_DEGRADABLE_EXPLAIN)) != 0 ? PROBE_DEGRADED : PROBE_MISSING);
	snprintf(row->found, sizeof row->found, "%s",
		errnum == EBUSY ? "a filter around us has a listener already" : strerror(errnum));
	snprintf(row->remedy, sizeof row->remedy,
		errnum == EBUSY
			? "start what is around us without seccomp notification, or use --no-explain"
			: "--no-explain, or a kernel and a filter around us that let seccomp(2) have a listener");
}
