#include "sandbox/process/file_limit.h"

#include <time.h>

static void the_signal(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGXFSZ);
}

void file_limit_begin(sigset_t *before)
{
	sigset_t set;

	the_signal(&set);
	sigprocmask(SIG_BLOCK, &set, before);
}

void file_limit_end(const sigset_t *before)
{
	const struct timespec at_once = {0};
	sigset_t set;

	the_signal(&set);
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
	sigprocmask(SIG_SETMASK, before, NULL);
}
