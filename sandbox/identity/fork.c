#include "sandbox/identity/fork.h"

#include "sandbox/cgroup/helpers.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t fork_in_userns(int userns, const struct cgroup *helpers, struct error *err)
{
	const pid_t launcher = getpid();
	pid_t pid = helpers_fork(helpers, err);

	if (pid < 0)
		return error_context(err, "a process in the job's user namespace");
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher || setns(userns, CLONE_NEWUSER) < 0)
		_exit(EXIT_FAILURE);
	/* Changing credentials has cleared it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher)
		_exit(EXIT_FAILURE);
	return 0;
}
