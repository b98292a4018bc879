#include "sandbox/signals.h"

#include "sandbox/forwarded.h"

#include <errno.h>

void signals_forwarded(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < FORWARDED_COUNT; i++)
		sigaddset(set, forwarded_signals[i]);
}

void signals_of_container(sigset_t *set)
{
	static const int own[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGCHLD, SIGTTIN, SIGTTOU, SIGPIPE};

	sigfillset(set);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		sigdelset(set, own[i]);
}

int signals_block_all(struct error *err)
{
	sigset_t all;

	/* Where the caller ignores it, the kernel reaps our children by itself, and nobody hears of their end. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return error_set(err, errno, "signals: SIGCHLD");
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return error_set(err, errno, "signals: block");
	return 0;
}

/* All of them: /proc/self/status, which says which are ignored or caught, takes five times as long as sixty calls of
 * rt_sigaction(2). */
int signals_reset(struct error *err)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL); /* EINVAL for the C library's own two */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set(err, errno, "signals: unblock");
	return 0;
}
