#include "sandbox/process/descendants.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/process/reap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
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

static void count_killed(const siginfo_t *child, void *data)
{
	uint64_t *killed = data;

	*killed += child->si_code == CLD_KILLED && child->si_status == SIGKILL;
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
		if (!reap_children(count_killed, &outcome->processes_killed))
			return;
		sigtimedwait(&child, NULL, &tick); /* SIGCHLD is blocked */
	} while (clock_monotonic_ns() < end);
	name_residue(outcome);
}
