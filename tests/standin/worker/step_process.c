#include "tests/standin/worker/step_process.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/frame.h"
#include "tests/standin/worker/channel.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define OUTPUT_WAIT_MS 5000
#define TICK_MS 1000

/* SIGINT, then SIGTERM, then SIGKILL, each to the process itself only. */
static const int escalation[] = {SIGINT, SIGTERM, SIGKILL};

struct running {
	struct step_process *process;
	pid_t pid;
	int output; /* -1 after end of file */
	char *line;
	size_t used;
	size_t size;
	bool exited;
	int64_t output_until_ms;
	int64_t timeout_at_ms;
	size_t stage; /* how many signals of the escalation were sent */
	int64_t next_signal_ms;
};

static void set_oom_score(pid_t pid)
{
	_cleanup_(freep) char *path = format("/proc/%d/oom_score_adj", pid);
	const char *score = getenv("PIPELINE_JOB_OOMSCOREADJ");

	if (path == NULL || write_file_at(AT_FDCWD, path, score == NULL ? "500" : score) < 0)
		return; /* best effort, as in the official one */
}

static int spawn(const struct step_process *process, int in, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int rc;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, process->directory);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, process->argv[0], &actions, &attributes, process->argv, process->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Its standard input is a pipe that is closed at once; its output and errors come by one pipe, in order. */
static int start(struct running *r, struct error *err)
{
	_cleanup_(close_fd) int in = -1;
	_cleanup_(close_fd) int out = -1;
	int pair[2];
	int rc;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	in = pair[0];
	if (r->process->input != NULL && write_all(pair[1], r->process->input, strlen(r->process->input)) < 0)
		error_set(err, errno, "standard input of %s", r->process->argv[0]);
	close(pair[1]);
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	r->output = pair[0];
	out = pair[1];
	if (fcntl(r->output, F_SETFL, O_NONBLOCK) < 0)
		return error_set(err, errno, "pipe");
	rc = spawn(r->process, in, out, &r->pid);
	if (rc != 0)
		return error_set(err, rc, "start %s in %s", r->process->argv[0], r->process->directory);
	set_oom_score(r->pid);
	return 0;
}

static void end_line(struct running *r)
{
	if (r->used > 0 && r->line[r->used - 1] == '\r')
		r->used--;
	if (r->line == NULL)
		return;
	r->line[r->used] = '\0';
	r->used = 0;
	r->process->on_line(r->process->user, r->line);
}

static void add_byte(struct running *r, char byte)
{
	if (byte == '\n' || r->used >= LINE_MAX_BYTES) {
		if (r->line == NULL && (r->line = malloc(r->size = 256)) == NULL)
			abort();
		end_line(r);
		if (byte == '\n')
			return;
	}
	if (r->used + 2 > r->size) {
		char *grown = realloc(r->line, r->size = r->size * 2 + 256);

		if (grown == NULL)
			abort();
		r->line = grown;
	}
	r->line[r->used++] = byte == '\0' ? ' ' : byte;
}

static void read_output(struct running *r)
{
	char bytes[8192];

	/* A bounded share at a time: an endless printer must not keep the Worker from its messages. */
	for (int round = 0; r->output >= 0 && round < 16; round++) {
		ssize_t n = read(r->output, bytes, sizeof bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(&r->output);
			break;
		}
		for (ssize_t i = 0; i < n; i++)
			add_byte(r, bytes[i]);
	}
	if (r->output < 0 && r->used > 0)
		end_line(r);
}

static void reap(struct running *r)
{
	int status;

	if (r->exited || waitpid(r->pid, &status, WNOHANG) != r->pid)
		return;
	r->exited = true;
	r->process->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r->output_until_ms = clock_ms() + OUTPUT_WAIT_MS;
}

static void escalate(struct running *r)
{
	int64_t grace_ms = clock_env_ms("STANDIN_STEP_GRACE_SECONDS", 7500);
	int64_t now = clock_ms();
	int request = channel_request();
	bool requested = request >= FRAME_RUNNER_SHUTDOWN || (request != 0 && !r->process->survives_cancel);

	if (r->exited)
		return;
	if (r->stage == 0) {
		bool late = r->timeout_at_ms != 0 && now >= r->timeout_at_ms;

		if (!requested && !late)
			return;
		r->process->ended_by_request = requested;
		r->process->timed_out = !requested;
	} else if (now < r->next_signal_ms) {
		return;
	}
	if (r->stage >= sizeof escalation / sizeof *escalation)
		return;
	kill(r->pid, escalation[r->stage]);
	/* Seven seconds and a half for SIGINT, a third of it for SIGTERM. */
	r->next_signal_ms = now + (r->stage == 0 ? grace_ms : grace_ms / 3);
	r->stage++;
}

static int64_t wait_time(const struct running *r)
{
	int64_t now = clock_ms(), until = now + TICK_MS;

	if (r->stage > 0 && r->stage < sizeof escalation / sizeof *escalation && r->next_signal_ms < until)
		until = r->next_signal_ms;
	if (r->stage == 0 && r->timeout_at_ms != 0 && r->timeout_at_ms < until)
		until = r->timeout_at_ms;
	if (r->exited && r->output_until_ms < until)
		until = r->output_until_ms;
	return until > now ? until - now : 0;
}

int step_process_run(struct step_process *process, struct error *err)
{
	struct running r = {.process = process, .output = -1};
	int rc = start(&r, err);

	if (rc == 0 && process->timeout_ms > 0)
		r.timeout_at_ms = clock_ms() + process->timeout_ms;
	while (rc == 0) {
		reap(&r);
		read_output(&r);
		if (r.exited && (r.output < 0 || clock_ms() >= r.output_until_ms))
			break;
		escalate(&r);
		process->on_tick(process->user);
		channel_wait(r.output, wait_time(&r));
	}
	if (r.used > 0)
		end_line(&r);
	close_fd(&r.output);
	free(r.line);
	return rc;
}
