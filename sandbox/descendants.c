#include "sandbox/descendants.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_NS (2 * NS_PER_S)
#define CHILDREN_TEXT_MAX ((size_t)1 << 20)
#define CHILDREN "/proc/thread-self/children" /* Linux 3.5; thread-self 3.17 */

/* Our children's pids, one after the other; the caller frees. NULL: /proc does not say. */
static char *children(void)
{
	struct error ignored; /* no /proc, or a kernel without CONFIG_PROC_CHILDREN */
	char *text = NULL;
	size_t len;

	return read_file_at(AT_FDCWD, CHILDREN, CHILDREN_TEXT_MAX, &text, &len, &ignored) == 0 ? text : NULL;
}

static void kill_children(void)
{
	_cleanup_(freep) char *text = children();
	char *at = text, *end;

	for (long pid; at != NULL && (pid = strtol(at, &end, 10)) > 0; at = end)
		kill((pid_t)pid, SIGKILL);
}

/* Reaps what has ended. False: there is no child at all. */
static bool collect(uint64_t *killed)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0)
			return errno != ECHILD;
		if (info.si_pid == 0)
			return true;
		*killed += info.si_code == CLD_KILLED && info.si_status == SIGKILL;
	}
}

static void name_residue(struct outcome *outcome)
{
	_cleanup_(freep) char *text = children();
	char *at = text, *end;

	for (long pid; at != NULL && outcome->n_residue < OUTCOME_RESIDUE_MAX && (pid = strtol(at, &end, 10)) > 0;
		at = end)
		outcome->residue[outcome->n_residue++] = format("process %ld", pid);
	if (text == NULL)
		outcome->residue[outcome->n_residue++] = format("processes that " CHILDREN " does not name");
}

void descendants_kill(bool pid1, struct outcome *outcome)
{
	const int64_t end = clock_monotonic_ns() + LIMIT_NS;
	const struct timespec tick = {.tv_nsec = 10000000};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	do {
		if (pid1)
			kill(-1, SIGKILL);
		else
			kill_children();
		if (!collect(&outcome->processes_killed))
			return;
		sigtimedwait(&child, NULL, &tick); /* SIGCHLD is blocked */
	} while (clock_monotonic_ns() < end);
	name_residue(outcome);
}
