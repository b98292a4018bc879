#include "tests/standin/listener/worker_process.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/listener/terminal.h"
#include "tests/standin/shared/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_WAIT_MS 5000
#define MESSAGE_PREFIX "[WORKER"

/* All ends are close-on-exec; posix_spawn clears the flag of those that it puts to their numbers. */
struct pipes {
	int in[2], out[2], err[2];
	int to_worker[2], from_worker[2];
};

static void close_pipes(struct pipes *p)
{
	int *all = (int *)p;

	for (size_t i = 0; i < sizeof *p / sizeof(int); i++)
		close_fd(&all[i]);
}

static int open_pipes(struct pipes *p)
{
	int *all = (int *)p;

	memset(p, 0xFF, sizeof *p);
	for (size_t i = 0; i < sizeof *p / sizeof(int); i += 2)
		if (pipe2(&all[i], O_CLOEXEC) < 0)
			return -1;
	/* Only the two client ends of the message channel are inheritable. */
	if (fcntl(p->to_worker[0], F_SETFD, 0) < 0 || fcntl(p->from_worker[1], F_SETFD, 0) < 0)
		return -1;
	if (fcntl(p->to_worker[1], F_SETFL, O_NONBLOCK) < 0 || fcntl(p->out[0], F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(p->err[0], F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return 0;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, defaults;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &defaults);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(pid_t *pid, const struct pipes *p, const char *bin)
{
	_cleanup_(freep) char *program = format("%s/Runner.Worker", bin);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char read_end[16], write_end[16];
	char *argv[] = {program, (char[]){"spawnclient"}, read_end, write_end, NULL};
	int rc;

	if (program == NULL)
		return ENOMEM;
	snprintf(read_end, sizeof read_end, "%d", p->to_worker[0]);
	snprintf(write_end, sizeof write_end, "%d", p->from_worker[1]);
	/* For the child, and for whatever it passes on: these stand in the Listener's environment too, which is
	 * harmless. */
	setenv("GITHUB_ACTIONS", "true", 1);
	setenv("CI", "true", 1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, p->in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, p->out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, p->err[1], STDERR_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, bin);
	set_attributes(&attributes);
	rc = posix_spawn(pid, program, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int worker_spawn(struct worker_process *worker, const char *bin, struct error *err)
{
	_cleanup_(close_pipes) struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	int rc;

	memset(worker, 0, sizeof *worker);
	worker->send_fd = worker->silent_fd = worker->outputs[0].fd = worker->outputs[1].fd = -1;
	if (open_pipes(&pipes) < 0)
		return error_set(err, errno, "pipe");
	rc = spawn(&worker->pid, &pipes, bin);
	if (rc != 0) {
		worker->pid = 0;
		return error_set(err, rc, "start %s/Runner.Worker", bin);
	}
	worker->send_fd = take_fd(&pipes.to_worker[1]);
	worker->silent_fd = take_fd(&pipes.from_worker[0]);
	worker->outputs[0].fd = take_fd(&pipes.out[0]);
	worker->outputs[1].fd = take_fd(&pipes.err[0]);
	worker->outputs[1].is_stderr = true;
	return 0;
}

int worker_send(struct worker_process *worker, enum frame_type type, const char *body, struct error *err)
{
	int64_t limit_ms = clock_env_ms("GITHUB_ACTIONS_RUNNER_CHANNEL_TIMEOUT", 30000);

	limit_ms = limit_ms < 30000 ? 30000 : limit_ms > 300000 ? 300000 : limit_ms;
	return frame_send(worker->send_fd, type, body, limit_ms, err);
}

void worker_kill(struct worker_process *worker)
{
	if (worker->pid > 0 && !worker->exited)
		kill(worker->pid, SIGKILL);
}

unsigned worker_wait_fds(const struct worker_process *worker, struct curl_waitfd *fds)
{
	unsigned count = 0;

	for (size_t i = 0; i < 2; i++) {
		if (worker->outputs[i].fd < 0)
			continue;
		fds[count].fd = worker->outputs[i].fd;
		fds[count].events = CURL_WAIT_POLLIN;
		fds[count].revents = 0;
		count++;
	}
	return count;
}

static void keep_line(struct worker_process *worker, struct worker_output *output)
{
	const char *print = getenv("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT");

	output->line[output->used] = '\0';
	output->used = 0;
	if (!output->is_stderr && strncmp(output->line, MESSAGE_PREFIX, sizeof MESSAGE_PREFIX - 1) == 0) {
		if (print != NULL && *print != '\0' && strcmp(print, "0") != 0)
			terminal_line(output->line);
		return;
	}
	if (*output->line == '\0')
		return;
	terminal_log("worker says: %s", output->line);
	worker->crash_used += (size_t)snprintf(worker->crash + worker->crash_used,
		sizeof worker->crash - worker->crash_used, "%s%s", worker->crash_used == 0 ? "" : "\n", output->line);
	if (worker->crash_used >= sizeof worker->crash)
		worker->crash_used = sizeof worker->crash - 1;
}

static void read_output(struct worker_process *worker, struct worker_output *output)
{
	char bytes[4096];
	ssize_t n;

	while (output->fd >= 0) {
		n = read(output->fd, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(&output->fd);
			break;
		}
		for (ssize_t i = 0; i < n; i++) {
			if (bytes[i] == '\n' || output->used == sizeof output->line - 1)
				keep_line(worker, output);
			if (bytes[i] != '\n')
				output->line[output->used++] = bytes[i];
		}
	}
	if (output->used > 0)
		keep_line(worker, output);
}

bool worker_finished(struct worker_process *worker)
{
	int status;

	read_output(worker, &worker->outputs[0]);
	read_output(worker, &worker->outputs[1]);
	if (!worker->exited && waitpid(worker->pid, &status, WNOHANG) == worker->pid) {
		worker->exited = true;
		worker->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		worker->outputs_until_ms = clock_ms() + OUTPUT_WAIT_MS;
		terminal_log("worker %d exited with code %d", worker->pid, worker->code);
		read_output(worker, &worker->outputs[0]);
		read_output(worker, &worker->outputs[1]);
	}
	if (!worker->exited)
		return false;
	if (worker->outputs[0].fd < 0 && worker->outputs[1].fd < 0)
		return true;
	return clock_ms() >= worker->outputs_until_ms;
}

void worker_free(struct worker_process *worker)
{
	close_fd(&worker->send_fd);
	close_fd(&worker->silent_fd);
	close_fd(&worker->outputs[0].fd);
	close_fd(&worker->outputs[1].fd);
}
