#include "sandbox/payload.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/status.h"
#include "sandbox/files/lookup.h"
#include "sandbox/filter/landlock.h"
#include "sandbox/filter/privileges.h"
#include "sandbox/filter/seccomp.h"
#include "sandbox/identity/become.h"
#include "sandbox/process/exec.h"
#include "sandbox/process/exec_hint.h"
#include "sandbox/process/execute_only.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/rlimits.h"
#include "sandbox/process/signals.h"
#include "sandbox/start.h"
#include "sandbox/terminal/pty.h"
#include "sandbox/verify/inspect.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct message starting = {.kind = MESSAGE_STARTING};

static int enter_workdir(const struct plan *plan, struct error *err)
{
	if (lookup_enter("workdir", plan->command.workdir, err) == 0)
		return 0;
	if (err->hint[0] != '\0')
		return -1;
	return err->errnum == EACCES
		       ? error_hint(err, "the job's user may not enter the directory, or one above it")
		       : error_hint(err, "the directory must exist inside the sandbox: bind it with --ro or --rw");
}

/* After Landlock, whose rules are made of directories that the user may not be allowed to enter; and after the broker
 * of sudo has been started, where there is one. */
static int become_user_inside(const struct plan *plan, struct error *err)
{
	_cleanup_(close_fd) int here = -1;

	if (plan->identity.user.uid == 0)
		return 0;
	if (become_inside(&plan->identity.user, err) < 0)
		return -1;
	here = lookup_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (here >= 0)
		return 0;
	error_set(err, errno, "workdir %s", plan->command.workdir);
	return error_hint(err, "%s may not enter the directory, or one above it", plan->identity.user.name);
}

/* Landlock, and what its rules were made of is closed. With a report all is inspected, for there `active` means seen.
 */
static int restrict_and_inspect(const struct plan *plan, const struct broker *broker, int sock,
	struct inspection *inspection, struct error *err)
{
	int spared[] = {sock, -1, -1, broker->listener, broker->counter};

	inspect_begin(inspection);
	if (inspection != NULL) {
		spared[1] = inspection->status;
		spared[2] = inspection->descriptors;
	}
	if (landlock_restrict(&plan->landlock, &plan->root, &plan->fds, false, err) < 0 ||
		(!plan_becomes_user_last(plan) && become_user_inside(plan, err) < 0) ||
		fds_close_others(&plan->fds, spared, 5, err) < 0 || fds_hand_over(&plan->fds, err) < 0 ||
		inspect_check(inspection, err) < 0)
		return -1;
	inspect_report(inspection, sock);
	return 0;
}

/* Session, limits, descriptors: what can still fail with a clear word, in the order of design "the job". */
static int prepare(const struct plan *plan, const struct broker *broker, int sock, struct inspection *inspection,
	struct error *err)
{
	const int spared[] = {sock, broker->listener, broker->counter};

	/* A session of its own: the caller's terminal is not the job's to steer (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return error_set(err, errno, "the command: a session of its own");
	/* PID 1's file is open in here. */
	if (fds_close_others(&plan->fds, spared, 3, err) < 0 ||
		pty_take(plan_pty_fds(plan), plan_reads_nothing(plan), plan->in_background, sock, err) < 0)
		return -1;
	if (enter_workdir(plan, err) < 0 || rlimits_apply(&plan->limits, plan->degraded, err) < 0 ||
		(!plan->nofile_last && rlimits_lower_nofile(&plan->limits, err) < 0) ||
		restrict_and_inspect(plan, broker, sock, inspection, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (plan->root.mounts[i].execute_only && execute_only_check(plan->root.mounts[i].target, err) < 0)
			return -1;
	if (!plan_explains(plan))
		message_send(sock, &starting);
	return 0;
}

static ino_t namespace_of_self(const char *file)
{
	struct stat st;

	return stat(file, &st) < 0 ? 0 : st.st_ino;
}

static void tell_scope(const struct plan *plan, int sock, const struct exec *exec)
{
	struct message message = {.kind = MESSAGE_SCOPE};
	struct message_scope *scope = &message.scope;
	struct denial denial = {0};
	_cleanup_(close_fd) int fd = -1;

	if (!plan->explain_all)
		return;
	scope->mounts = namespace_of_self("/proc/self/ns/mnt");
	scope->users = namespace_of_self("/proc/self/ns/user");
	if (exec->files[0] != NULL)
		fd = lookup_open(AT_FDCWD, exec->files[0], O_PATH, 0);
	if (fd >= 0 && privileges_are_marked(fd, &plan->identity, &denial)) {
		snprintf(scope->file, sizeof scope->file, "%s", exec->files[0]);
		snprintf(scope->marks, sizeof scope->marks, "%s", denial.note);
	}
	message_send(sock, &message);
}

/* A command on a file system that does not answer: the launcher is informed that the set-up is done, since the time
 * limit counts from there. */
static int find_command(const struct plan *plan, int sock, struct exec *exec, struct error *err)
{
	int result = exec_prepare(&plan->command, EXEC_MAY_NOT_WAIT, exec, err);

	if (result > 0) {
		if (plan_explains(plan))
			message_send(sock, &starting);
		result = exec_prepare(&plan->command, EXEC_MAY_WAIT, exec, err);
	}
	if (result == 0)
		tell_scope(plan, sock, exec);
	return result;
}

/* The limit on descriptors comes after the listener has been handed over: what other jobs of the user have in flight is
 * held against it. */
static int confine(const struct plan *plan, int sock, struct inspection *inspection, struct error *err)
{
	if (seccomp_apply(&plan->filter, plan_explains(plan), plan->allow_degraded, sock, err) < 0 ||
		(plan->nofile_last && rlimits_lower_nofile(&plan->limits, err) < 0))
		return -1;
	return inspect_filtered(inspection, err);
}

void payload_run(const struct plan *plan, const struct broker *broker, int sock, struct message *failed)
{
	struct error *err = &failed->error;
	struct inspection *inspection = plan->report != NULL ? inspect_room() : NULL;
	struct exec exec;
	int why;

	failed->status = STATUS_LAUNCHER;
	/* Signals stay blocked as long as memory is taken, which may be the launcher's: one that ended us there would
	 * leave its heap between two states. From the filter on only sendmsg(2), prlimit(2), execve(2) and
	 * exit_group(2) are called, read(2) and write(2) where a start is waited for or there is a report, and
	 * clone(2) and what comes before its execve(2) where there is a broker, and what becomes the user then. */
	if (prepare(plan, broker, sock, inspection, err) == 0 && find_command(plan, sock, &exec, err) == 0 &&
		signals_reset(err) == 0 && confine(plan, sock, inspection, err) == 0 &&
		broker_start(broker, err) == 0 &&
		(!plan_becomes_user_last(plan) || become_user_inside(plan, err) == 0) &&
		start_wait(plan, sock, err) == 0) {
		why = exec_run(&plan->command, &exec);
		failed->status = exec_failed(plan->command.argv[0], why, err);
		exec_hint_inside(plan->command.argv[0], exec.mode, why, err);
	}
	/* The filter may refuse all that is left to do. */
	failed->kind = MESSAGE_FAILED;
	message_send(sock, failed);
	_exit(failed->status);
}
