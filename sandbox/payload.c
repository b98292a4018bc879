#include "sandbox/payload.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/status.h"
#include "sandbox/exec.h"
#include "sandbox/exec_hint.h"
#include "sandbox/execute_only.h"
#include "sandbox/fds.h"
#include "sandbox/landlock.h"
#include "sandbox/look.h"
#include "sandbox/lookup.h"
#include "sandbox/message.h"
#include "sandbox/pty.h"
#include "sandbox/rlimits.h"
#include "sandbox/seccomp.h"
#include "sandbox/signals.h"
#include "sandbox/start.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int enter_workdir(const struct plan *plan, struct error *err)
{
	if (lookup_enter("workdir", plan->workdir, err) == 0)
		return 0;
	if (err->hint[0] != '\0')
		return -1;
	return err->errnum == EACCES ? error_hint(err, "the job's user may not enter it, or not a directory on the way")
				     : error_hint(err, "it must exist inside the sandbox: bind it with --ro or --rw");
}

/* Landlock, and what its rules were made of is closed. With a report all is looked at, for there `active` means seen.
 */
static int restrict_and_look(const struct plan *plan, int sock, struct look *look, struct error *err)
{
	struct message seen = {.kind = MESSAGE_SEEN};

	look_begin(plan, look);
	if (landlock_restrict(plan, err) < 0 ||
		fds_close_others(plan, (const int[]){sock, look->status, look->descriptors}, 3, err) < 0 ||
		fds_hand_over(plan, err) < 0 || look_check(plan, look, err) < 0)
		return -1;
	seen.seen = look->seen;
	seen.value = look->status >= 0;
	if (plan->report != NULL)
		message_send(sock, &seen);
	return 0;
}

/* Session, limits, descriptors: what can still fail with a clear word, in the order of design "the job". */
static int prepare(const struct plan *plan, int sock, struct look *look, struct error *err)
{
	const struct message starting = {.kind = MESSAGE_STARTING};

	/* A session of its own: the caller's terminal is not the job's to steer (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return error_set(err, errno, "the command: a session of its own");
	/* PID 1's file is open in here. */
	if (fds_close_others(plan, &sock, 1, err) < 0 || pty_take(plan, sock, err) < 0)
		return -1;
	umask(022);
	if (enter_workdir(plan, err) < 0 || rlimits_apply(plan, err) < 0 ||
		(!plan->nofile_last && rlimits_lower_nofile(plan, err) < 0) ||
		restrict_and_look(plan, sock, look, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].execute_only && execute_only_check(plan->mounts[i].target, err) < 0)
			return -1;
	if (!plan_explains(plan))
		message_send(sock, &starting);
	return 0;
}

/* A command on a file system that does not answer: the launcher is told that the set-up is done, since the time limit
 * counts from there. */
static int find_command(const struct plan *plan, int sock, struct exec *exec, struct error *err)
{
	const struct message starting = {.kind = MESSAGE_STARTING};
	const int result = exec_prepare(plan, EXEC_MAY_NOT_WAIT, exec, err);

	if (result <= 0)
		return result;
	if (plan_explains(plan))
		message_send(sock, &starting);
	return exec_prepare(plan, EXEC_MAY_WAIT, exec, err);
}

/* The limit on descriptors comes after the listener has been handed over: what other jobs of the user have in flight is
 * held against it. */
static int confine(const struct plan *plan, int sock, struct look *look, struct error *err)
{
	if (seccomp_apply(plan, sock, err) < 0 || (plan->nofile_last && rlimits_lower_nofile(plan, err) < 0))
		return -1;
	return look_filtered(plan, look, err);
}

void payload_run(const struct plan *plan, int sock)
{
	struct message message = {.kind = MESSAGE_FAILED, .status = STATUS_LAUNCHER};
	static struct look look; /* not on the stack, which is small */
	struct exec exec;
	int why;

	/* Signals stay blocked as long as memory is taken, which may be the launcher's: one that ended us there would
	 * leave its heap between two states. From the filter on only sendmsg(2), prlimit(2), execve(2) and
	 * exit_group(2) are called, and read(2) and write(2) where a start is waited for or there is a report. */
	if (prepare(plan, sock, &look, &message.error) == 0 && find_command(plan, sock, &exec, &message.error) == 0 &&
		signals_reset(&message.error) == 0 && confine(plan, sock, &look, &message.error) == 0 &&
		start_wait(plan, sock, &message.error) == 0) {
		why = exec_run(plan, &exec);
		message.status = exec_failed(plan, why, &message.error);
		exec_hint_inside(exec.mode, why, &message.error);
	}
	message_send(sock, &message);
	_exit(message.status);
}
