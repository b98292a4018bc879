#include "sandbox/process/program.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const directories[] = {"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin",
	"/run/current-system/sw/bin", NULL};

char *program_find(const char *name)
{
	for (const char *const *dir = directories; *dir != NULL; dir++) {
		char *path = format("%s/%s", *dir, name);

		if (path != NULL && access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* 0 or an errno, as the posix_spawn family has it. */
static int spawn(pid_t *pid, char *const argv[], int output)
{
	static char *const environment[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int why;

	sigemptyset(&none);
	sigfillset(&all);
	if ((why = posix_spawn_file_actions_init(&files)) != 0)
		return why;
	if ((why = posix_spawnattr_init(&attributes)) == 0) {
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &all);
		posix_spawnattr_setflags(
			&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
		if ((why = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
			(why = posix_spawn_file_actions_adddup2(&files, output, 1)) == 0 &&
			(why = posix_spawn_file_actions_adddup2(&files, output, 2)) == 0)
			why = posix_spawn(pid, argv[0], &files, &attributes, argv, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return why;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int program_start(struct program *program, char *const argv[], struct error *err)
{
	_cleanup_(close_fd) int theirs = -1;
	int ends[2], why;

	*program = (struct program){.name = last_part(argv[0]), .pid = -1, .pidfd = -1, .output = -1};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "%s: pipe", program->name);
	program->output = ends[0];
	theirs = ends[1];
	why = spawn(&program->pid, argv, theirs);
	if (why == 0) {
		program->pidfd = (int)syscall(SYS_pidfd_open, program->pid, 0);
		if (program->pidfd >= 0)
			return 0;
		why = errno;
		kill(program->pid, SIGKILL);
		waitpid(program->pid, NULL, 0);
	}
	close_fd(&program->output);
	return error_set(err, why, "%s", argv[0]);
}

/* Keeps what fits and reads on, so that it never waits for us. True at the end of its output. */
static bool collect(struct program *program, char *said, size_t size, size_t *used)
{
	char more[512];
	ssize_t n = read(program->output, more, sizeof more);
	size_t room = size - 1 - *used;

	if (n < 0)
		return errno != EINTR;
	memcpy(said + *used, more, (size_t)n < room ? (size_t)n : room);
	*used += (size_t)n < room ? (size_t)n : room;
	said[*used] = '\0';
	return n == 0;
}

int program_finish(struct program *program, int64_t limit_ns, char *said, size_t size, struct error *err)
{
	struct pollfd fds[] = {
		{.fd = program->pidfd, .events = POLLIN},
		{.fd = program->output, .events = POLLIN},
	};
	const int64_t deadline = clock_monotonic_ns() + limit_ns;
	bool late;
	size_t used = 0;
	int status, reaped;

	said[0] = '\0';
	/* Until it has ended and all that it said is read, or all that is there when somebody it left behind holds the
	 * other end. */
	while (!(late = !wait_ready(fds, 2, deadline))) {
		if (fds[1].revents != 0 && collect(program, said, size, &used))
			fds[1].fd = -1;
		else if (fds[1].revents == 0 && fds[0].revents != 0)
			break;
	}
	if (late)
		kill(program->pid, SIGKILL);
	reaped = wait_reap(program->pid, &status, err);
	close_fd(&program->pidfd);
	close_fd(&program->output);
	if (late)
		return error_late(err, "%s: not done after %lld s", program->name, (long long)(limit_ns / NS_PER_S));
	if (reaped < 0)
		return error_context(err, "%s", program->name);
	if (!WIFEXITED(status))
		return error_set(err, 0, "%s: killed by signal %d", program->name, WTERMSIG(status));
	return WEXITSTATUS(status);
}
