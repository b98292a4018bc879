#include "sandbox/kept.h"

#include "common/cleanup.h"
#include "sandbox/message.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static int send_one(int sock, enum kept what, int fd, struct error *err)
{
	const struct message kept = {.kind = MESSAGE_KEPT, .value = (int)what};

	if (fd >= 0 && message_send_fd(sock, &kept, fd) < 0)
		return error_set(err, errno, "hand a descriptor to the launcher");
	return 0;
}

int kept_send(const struct plan *plan, const struct layers *layers, int sock, struct error *err)
{
	_cleanup_(close_fd) int userns = -1;

	if (!plan_keeps_scratch(plan))
		return 0;
	userns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	if (userns < 0)
		return error_set(err, errno, "/proc/self/ns/user");
	return send_one(sock, KEPT_USERNS, userns, err) < 0 || send_one(sock, KEPT_SCRATCH, layers->scratch, err) < 0 ||
			       send_one(sock, KEPT_MIRROR, layers->mirror, err) < 0
		       ? -1
		       : 0;
}

pid_t kept_fork(int userns, struct error *err)
{
	const pid_t launcher = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return error_set(err, errno, "a process in the job's user namespace: fork");
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher || setns(userns, CLONE_NEWUSER) < 0)
		_exit(EXIT_FAILURE);
	/* Changing credentials has cleared it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher)
		_exit(EXIT_FAILURE);
	return 0;
}
