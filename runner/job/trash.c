#include "runner/job/trash.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/job/job_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define REMOVE_LIMIT_NS (3600 * NS_PER_S) /* of one try */
#define AGAIN_NS (600 * NS_PER_S)         /* after a failure, which says so each time */
#define NICE 10

static DIR *open_trash(const struct state *state)
{
	int fd = openat(state->dirfd, "trash", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		close_fd(&fd);
	return dir;
}

static const char *next_name(DIR *dir)
{
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			return entry->d_name;
	return NULL;
}

/* In a process of its own. */
static int remove_all(const struct state *state)
{
	_cleanup_(close_dir) DIR *dir = open_trash(state);
	const char *name;
	int result = 0;

	while ((name = next_name(dir)) != NULL) {
		_cleanup_(json_drop) json_t *residue = json_array();
		const int64_t began = clock_monotonic_ns();
		struct job_dir job;
		struct error err;

		if (job_dir_recall_set_aside(&job, state, name, &err) < 0)
			log_error(&err);
		else
			job_dir_remove(&job, REMOVE_LIMIT_NS, residue);
		if (job.path != NULL && access(job.path, F_OK) < 0)
			log_line("job %s: set aside: removed in %lld s", name,
				(long long)((clock_monotonic_ns() - began) / NS_PER_S));
		else
			result = -1;
		for (size_t i = 0; i < json_array_size(residue); i++)
			log_line("job %s: set aside: residue: %s", name, json_string_value(json_array_get(residue, i)));
		job_dir_free(&job);
	}
	return result;
}

static void start(struct trash *trash, const struct state *state)
{
	const pid_t parent = getpid();

	trash->remover = fork();
	if (trash->remover < 0) {
		log_line("removal of files set aside: fork: %s", strerror(errno));
		trash->remover = 0;
		trash->again_at_ns = clock_monotonic_ns() + AGAIN_NS;
	}
	if (trash->remover != 0)
		return;
	setpgid(0, 0); /* what a terminal sends is the supervisor's */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	secrets_forget(trash->credentials, trash->administrator);
	setpriority(PRIO_PROCESS, 0, NICE);
	_exit(remove_all(state) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void reap(struct trash *trash)
{
	int status;

	if (trash->remover == 0 || waitpid(trash->remover, &status, WNOHANG) != trash->remover)
		return;
	trash->remover = 0;
	trash->again_at_ns = status == 0 ? 0 : clock_monotonic_ns() + AGAIN_NS;
}

static bool is_empty(const struct state *state)
{
	_cleanup_(close_dir) DIR *dir = open_trash(state);

	return next_name(dir) == NULL;
}

int64_t trash_serve(struct trash *trash, const struct state *state)
{
	int64_t left;

	reap(trash);
	if (trash->remover != 0 || is_empty(state))
		return -1;
	left = trash->again_at_ns - clock_monotonic_ns();
	if (left > 0)
		return left;
	start(trash, state);
	return trash->remover != 0 ? -1 : AGAIN_NS;
}

bool trash_finish(struct trash *trash, const struct state *state, struct stop *stop, int64_t limit_ns)
{
	const int64_t end = clock_monotonic_ns() + limit_ns;
	_cleanup_(close_dir) DIR *dir = NULL;
	const char *name;
	bool left = false;

	trash->again_at_ns = 0;
	trash_serve(trash, state);
	while (trash->remover != 0 && !stop_poll(stop) && clock_monotonic_ns() < end) {
		stop_sleep_child(stop, end - clock_monotonic_ns());
		trash_serve(trash, state);
	}
	if (trash->remover != 0) {
		kill(trash->remover, SIGKILL);
		if (!process_reap(trash->remover, NULL, PROCESS_KILL_LIMIT_NS))
			log_line("process %d, which removes files set aside, does not end", trash->remover);
		trash->remover = 0;
	}
	dir = open_trash(state);
	while ((name = next_name(dir)) != NULL) {
		log_line("job %s: set aside: not removed yet, the next start continues", name);
		left = true;
	}
	return !left;
}
