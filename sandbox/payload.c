#include "sandbox/payload.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/status.h"
#include "sandbox/exec.h"
#include "sandbox/exec_hint.h"
#include "sandbox/fds.h"
#include "sandbox/landlock.h"
#include "sandbox/message.h"
#include "sandbox/pty.h"
#include "sandbox/rlimits.h"
#include "sandbox/seccomp.h"
#include "sandbox/signals.h"
#include "sandbox/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Session, limits, descriptors: what can still fail with a clear word, in the order of design "the job". */
static int prepare(const struct plan *plan, int sock, struct error *err)
{
	const struct message starting = {.kind = MESSAGE_STARTING};

	/* A session of its own: the caller's terminal is not the job's to steer (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return error_set(err, errno, "the command: a session of its own");
	if (pty_take(plan, sock, err) < 0)
		return -1;
	umask(022);
	if (chdir(plan->workdir) < 0) {
		error_set(err, errno, "workdir %s", plan->workdir);
		return err->errnum == EACCES
			       ? error_hint(err, "the job's user may not enter it, or not a directory on the way")
			       : error_hint(err, "it must exist inside the sandbox: bind it with --ro or --rw");
	}
	if (rlimits_apply(plan, err) < 0 || fds_seal(plan, err) < 0 || signals_reset(err) < 0)
		return -1;
	if (landlock_restrict(plan, err) < 0)
		return -1;
	if (!plan_explains(plan))
		message_send(sock, &starting);
	return 0;
}

void payload_run(const struct plan *plan, int sock)
{
	struct message message = {.kind = MESSAGE_FAILED, .status = STATUS_LAUNCHER};
	char **envp = exec_environment(plan);
	int why;

	if (envp == NULL)
		error_set(&message.error, ENOMEM, "environment");
	else if (prepare(plan, sock, &message.error) == 0 && seccomp_apply(plan, sock, &message.error) == 0 &&
		 start_wait(plan, sock, &message.error) == 0) {
		why = exec_command(plan, envp);
		message.status = exec_status(why);
		error_set(&message.error, why, "exec: %s", plan->argv[0]);
		exec_hint_inside(plan->argv[0], why, &message.error);
	}
	message_send(sock, &message);
	_exit(message.status);
}
