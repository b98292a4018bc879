#include "runner/metrics/process.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/metrics/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTART_FIRST_NS NS_PER_S
#define RESTART_MOST_NS (300 * NS_PER_S)

int metrics_open(struct metrics *metrics, const struct listen *listen, struct error *err)
{
	*metrics = (struct metrics){.fd = -1, .is_remote = listen->is_remote};
	if (listen->is_off)
		return 0;
	metrics->fd = listen_open(listen, metrics->address, err);
	if (metrics->fd >= 0) {
		metrics->start_at_ns = 1;
		log_line("metrics and status page: http://%s/", metrics->address);
		return 0;
	}
	if (listen->is_given)
		return -1;
	error_context(err, "no metrics and no status page: " LISTEN_DEFAULT);
	log_error(err);
	return 0;
}

/* Nothing of ours goes along but the socket: no environment, no other descriptor, no memory. */
static void become_server(const struct metrics *metrics, const struct state *state, pid_t parent)
{
	static char name[] = "cofferdam-runner", command[] = SERVE_COMMAND, remote[] = SERVE_REMOTE;
	char *argv[] = {name, command, state->dir, metrics->is_remote ? remote : NULL, NULL};
	static char json[] = "COFFERDAM_LOG=json";
	char *stream = log_journal_stream() != NULL ? format("JOURNAL_STREAM=%s", log_journal_stream()) : NULL;
	char *environment[] = {log_is_json() ? json : stream, NULL};
	sigset_t none;

	setpgid(0, 0); /* a terminal's signals are the supervisor's */
	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || dup2(metrics->fd, SERVE_FD) < 0 ||
		close_range(SERVE_FD + 1, ~0U, 0) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(1);
	execve("/proc/self/exe", argv, environment);
	_exit(1);
}

static void start(struct metrics *metrics, const struct state *state)
{
	const pid_t parent = getpid();

	metrics->start_at_ns = 0;
	metrics->pid = fork();
	if (metrics->pid == 0)
		become_server(metrics, state, parent);
	if (metrics->pid > 0)
		return;
	log_line("metrics: fork: %s", strerror(errno));
	metrics->pid = 0;
	metrics->start_at_ns = clock_monotonic_ns() + RESTART_MOST_NS;
}

static void reap(struct metrics *metrics)
{
	int64_t wait = RESTART_FIRST_NS;
	int status;

	if (metrics->pid == 0 || waitpid(metrics->pid, &status, WNOHANG) != metrics->pid)
		return;
	metrics->pid = 0;
	for (unsigned i = 0; i < metrics->restarts && wait < RESTART_MOST_NS; i++)
		wait *= 2;
	metrics->restarts++;
	if (wait > RESTART_MOST_NS)
		wait = RESTART_MOST_NS;
	metrics->start_at_ns = clock_monotonic_ns() + wait;
	log_line("metrics: the process that serves them has ended (%s %d): starting it again in %lld s",
		WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		(long long)(wait / NS_PER_S));
}

int64_t metrics_tend(struct metrics *metrics, const struct state *state)
{
	int64_t left;

	if (metrics->fd < 0)
		return -1;
	reap(metrics);
	if (metrics->pid > 0)
		return -1;
	left = metrics->start_at_ns - clock_monotonic_ns();
	if (left > 0)
		return left;
	start(metrics, state);
	return -1;
}

void metrics_end(struct metrics *metrics)
{
	if (metrics->pid > 0) {
		kill(metrics->pid, SIGKILL); /* it holds nothing that could be lost */
		process_reap(metrics->pid, NULL, PROCESS_KILL_LIMIT_NS);
	}
	metrics->pid = 0;
	close_fd(&metrics->fd);
}
