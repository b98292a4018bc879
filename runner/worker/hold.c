#include "runner/worker/hold.h"

#include "runner/worker/hold_others.h"
#include "runner/worker/hold_shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT_EXECUTE 126
#define NOT_FOUND 127
#define FAILED 102 /* the Worker's exit status for a failed job: runner/job/verdict.c */

/* PID 1 of the sandbox passes these on to us (sandbox/process/forwarded.h). Those of the keyboard it sends to the whole
 * process group, which the Worker is in. */
static const int passed[] = {SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};
#define PASSED_COUNT (sizeof passed / sizeof passed[0])

static pid_t worker;
static volatile sig_atomic_t told_to_end;

static void on_signal(int sig)
{
	const int before = errno;

	if (sig == SIGTERM || sig == SIGINT || sig == SIGQUIT || sig == SIGHUP)
		told_to_end = 1;
	if (worker > 0 && sig != SIGINT && sig != SIGQUIT)
		kill(worker, sig);
	errno = before;
}

static void on_child(int sig)
{
	(void)sig;
}

static void handle(int sig, void (*handler)(int), sigset_t *blocked)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NOCLDSTOP};

	sigaction(sig, &action, NULL);
	sigaddset(blocked, sig);
}

/* They come while we wait, and at no other time. */
static void take_signals(sigset_t *before)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < PASSED_COUNT; i++)
		handle(passed[i], on_signal, &blocked);
	handle(SIGINT, on_signal, &blocked);
	handle(SIGQUIT, on_signal, &blocked);
	handle(SIGCHLD, on_child, &blocked);
	sigprocmask(SIG_BLOCK, &blocked, before);
	signal(SIGPIPE, SIG_IGN);
}

void hold_reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t start(char **argv)
{
	const pid_t pid = fork();
	int why;

	if (pid != 0)
		return pid;
	hold_reset_signals();
	execv(argv[0], argv);
	why = errno;
	dprintf(STDERR_FILENO, "cofferdam: %s: %s\n", argv[0], strerror(why));
	_exit(why == ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

/* The Worker's streams are not ours to keep: their ends come when it and its steps have closed them. */
static void let_go(int slot)
{
	const int null = open("/dev/null", O_RDWR);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (slot > 3)
		close_range(3, (unsigned)slot - 1, 0);
	close_range((unsigned)slot + 1, ~0U, 0);
	fcntl(slot, F_SETFD, FD_CLOEXEC);
}

/* A signal that ends a wait is not lost: outside of it, all are blocked. */
static bool wait_for(struct pollfd *fds, nfds_t n, const sigset_t *during)
{
	return ppoll(fds, n, NULL, during) > 0;
}

static void say(int to, const char *text)
{
	while (send(to, text, strlen(text), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static int await_worker(const sigset_t *during)
{
	int status;

	while (waitpid(worker, &status, WNOHANG) != worker)
		wait_for(NULL, 0, during);
	worker = 0;
	return status;
}

/* As the Worker has ended: who looks at us is to see it. */
static int end_as(int status)
{
	const struct rlimit no_core = {0};

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &no_core);
	hold_reset_signals();
	kill(getpid(), WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static void serve_shells(int slot, const sigset_t *during)
{
	struct pollfd orders = {.fd = slot, .events = POLLIN};

	while (!told_to_end) {
		if (wait_for(&orders, 1, during) && !hold_shell_order(slot))
			return;
		hold_shell_reap();
	}
}

/* False: its end is closed, or it says something else. */
static bool is_told_to_keep(int slot, const sigset_t *during)
{
	struct pollfd orders = {.fd = slot, .events = POLLIN};
	char text[sizeof HOLD_KEEP] = "";
	ssize_t n = -1;

	while (!told_to_end && n < 0)
		if (wait_for(&orders, 1, during))
			n = recv(slot, text, sizeof text, MSG_DONTWAIT);
	return n == (ssize_t)strlen(HOLD_KEEP) && memcmp(text, HOLD_KEEP, (size_t)n) == 0;
}

int hold_run(int slot, char **argv)
{
	const char *why;
	sigset_t before;
	int status;

	fcntl(slot, F_SETFD, FD_CLOEXEC);
	take_signals(&before);
	worker = start(argv);
	if (worker < 0)
		return CANNOT_EXECUTE;
	let_go(slot);
	status = await_worker(&before);
	if (told_to_end || !WIFEXITED(status) || WEXITSTATUS(status) != FAILED)
		return end_as(status);
	say(slot, HOLD_FAILED);
	if (!is_told_to_keep(slot, &before))
		return end_as(status);
	why = hold_others_end();
	if (why != NULL) {
		char text[HOLD_TEXT_MAX];

		snprintf(text, sizeof text, HOLD_NOT_HELD "%s", why);
		say(slot, text);
		return end_as(status);
	}
	say(slot, HOLD_HELD);
	serve_shells(slot, &before);
	return end_as(status);
}
