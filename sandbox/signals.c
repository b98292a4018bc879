#include "sandbox/signals.h"

#include "common/cleanup.h"
#include "sandbox/forwarded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The signals that are ignored or caught, as bits 1 << (signal - 1). All of them where /proc does not tell: then each
 * is reset, at sixty system calls more. */
static uint64_t not_default(void)
{
	_cleanup_(close_fd) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *ignored, *caught;

	if (n <= 0)
		return UINT64_MAX;
	text[n] = '\0';
	ignored = strstr(text, "\nSigIgn:");
	caught = strstr(text, "\nSigCgt:");
	if (ignored == NULL || caught == NULL)
		return UINT64_MAX;
	return strtoull(ignored + 8, NULL, 16) | strtoull(caught + 8, NULL, 16);
}

int signals_reset(struct error *err)
{
	const uint64_t changed = not_default();
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if ((changed & UINT64_C(1) << (sig - 1)) != 0)
			signal(sig, SIG_DFL); /* EINVAL for SIGKILL, SIGSTOP and the C library's own two */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set(err, errno, "signals: unblock");
	return 0;
}
