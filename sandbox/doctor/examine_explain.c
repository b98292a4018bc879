#include "sandbox/doctor/examine_explain.h"

#include "sandbox/filter/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
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

void examine_explain(struct examination *exam, enum probe_state missing)
{
	struct probe *row;
	const int errnum = try_listener();

	if (errnum == 0)
		return;
	row = examination_add(exam, "explain", "denied system calls are reported", missing);
	snprintf(row->found, sizeof row->found, "%s",
		errnum == EBUSY ? "an outer filter already has a listener" : strerror(errnum));
	snprintf(row->remedy, sizeof row->remedy,
		errnum == EBUSY ? "start the outer program without seccomp notification, or use --no-explain"
				: "use --no-explain, or a kernel and an outer filter that allow a seccomp(2) listener");
}
