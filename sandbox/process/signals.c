#include "sandbox/process/signals.h"

#include "common/cleanup.h"
#include "sandbox/process/forwarded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The groups stand before the signals: 65,536 of ten digits at most, and a space each. Few have more than a part. */
#define STATUS_PART 4096
#define STATUS_MAX (1 << 20)
#define ALL UINT64_MAX

static uint64_t to_reset = ALL;

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

bool signals_is_from_terminal(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL || info->ssi_pid == (uint32_t)getpid();
}

bool signals_read_ignored(int fd, uint64_t *ignored)
{
	static const char key[] = "\nSigIgn:\t";
	const size_t line = sizeof key - 1 + 16 + 1;
	_cleanup_(freep) char *text = malloc(STATUS_PART); /* not on the stack: a page more of it is a page touched */
	size_t len = 0, total = 0;
	const char *mask;
	ssize_t n;
	char *end;

	while (text != NULL && total < STATUS_MAX && (n = read(fd, text + len, STATUS_PART - 1 - len)) > 0) {
		len += (size_t)n;
		total += (size_t)n;
		text[len] = '\0';
		mask = strstr(text, key);
		if (mask != NULL && strlen(mask) >= line) {
			mask += sizeof key - 1;
			*ignored = strtoull(mask, &end, 16);
			return end == mask + 16 && *end == '\n';
		}
		if (len >= line) {
			memmove(text, text + len - (line - 1), line - 1);
			len = line - 1;
		}
	}
	return false;
}

static bool note_ignored(const char *path, uint64_t *ignored)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && signals_read_ignored(fd, ignored); /* else the process has ended */
}

bool signals_is_ignored(pid_t pid, int sig)
{
	uint64_t ignored;
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	return note_ignored(path, &ignored) && (ignored >> (sig - 1) & 1) != 0;
}

void signals_note_ignored(void)
{
	if (!note_ignored("/proc/self/status", &to_reset))
		to_reset = ALL;
}

void signals_stop(bool as_default)
{
	sigset_t stop;

	if (!as_default) {
		kill(getpid(), SIGSTOP);
		return;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

int signals_block_all(struct error *err)
{
	sigset_t all;

	/* Where the caller ignores it, the kernel reaps our children by itself, and nobody hears of their end. */
	if ((to_reset >> (SIGCHLD - 1) & 1) != 0 && signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return error_set(err, errno, "signals: SIGCHLD");
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return error_set(err, errno, "signals: block");
	return 0;
}

int signals_reset(struct error *err)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && (to_reset >> (sig - 1) & 1) != 0)
			signal(sig, SIG_DFL); /* EINVAL for the C library's own two */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set(err, errno, "signals: unblock");
	return 0;
}
