#include "runner/config/dist.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "sandbox/identity/idmap_give.h"
#include "sandbox/root/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOLD_TRIES 250 /* 5 s */
#define ENV_FILE_MAX ((size_t)1 << 20)
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static int check_program(const struct dist *dist, const char *name, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/bin/%s", dist->dir, name);
	struct stat st;

	if (path == NULL || stat(path, &st) < 0)
		error_set(err, errno, "RUNNER_DIR: %s/bin/%s", dist->dir, name);
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		error_set(err, 0, "RUNNER_DIR: %s: not a program", path);
	else
		return 0;
	return error_hint(err, "unpack the official runner there: "
			       "https://github.com/actions/runner/releases");
}

/* A name with a dot in front is some runner's state (.runner, .credentials, .env, .path), one with an underscore its
 * working data. The one exception is printed into each job's log. */
static bool is_part_of_it(const char *name)
{
	return (name[0] != '.' && name[0] != '_') || strcmp(name, ".setup_info") == 0;
}

static bool has_program(const char *name, const char *source, const char *program)
{
	_cleanup_(freep) char *path = format("%s/%s", source, program);

	/* One that cannot be inspected is covered, too: there must be none beside ours. */
	return (strcmp(name, "bin") == 0 || strncmp(name, "bin.", 4) == 0) && path != NULL &&
	       (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

/* What a view takes (sandbox/root/layers.h). The distribution's own entries are directories and small scripts; an
 * archive that it was unpacked from may lie beside them, and nothing locks that. */
static bool can_view(const char *source)
{
	struct stat st;

	return stat(source, &st) == 0 &&
	       (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size <= LAYERS_VIEW_FILE_MAX &&
					       faccessat(AT_FDCWD, source, R_OK, AT_EACCESS) == 0));
}

static int add_entry(struct dist *dist, const char *name, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", dist->dir, name);
	_cleanup_(freep) char *real = path != NULL ? realpath(path, NULL) : NULL;
	struct dist_entry *grown, *entry;

	if (real == NULL)
		return 0; /* a dangling link has nothing to show */
	if (strspn(name, NAME_CHARS) != strlen(name) || strpbrk(real, ":\n") != NULL)
		return error_set(err, 0, "RUNNER_DIR: %s: file name not supported", path);
	grown = reallocarray(dist->entries, dist->n_entries + 1, sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "RUNNER_DIR");
	dist->entries = grown;
	entry = &grown[dist->n_entries];
	entry->name = strdup(name);
	entry->source = take_ptr(real);
	entry->has_worker = has_program(name, entry->source, "Runner.Worker");
	entry->has_plugin_host = has_program(name, entry->source, "Runner.PluginHost");
	entry->view = can_view(entry->source);
	dist->n_entries++;
	return entry->name != NULL ? 0 : error_set(err, ENOMEM, "RUNNER_DIR");
}

static int list(struct dist *dist, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = opendir(dist->dir);
	const struct dirent *entry;
	int more;

	if (dir == NULL)
		return error_set(err, errno, "RUNNER_DIR: %s", dist->dir);
	while ((more = next_entry(dir, &entry)) > 0)
		if (is_part_of_it(entry->d_name) && add_entry(dist, entry->d_name, err) < 0)
			return -1;
	return more < 0 ? error_set(err, errno, "RUNNER_DIR: %s", dist->dir) : 0;
}

void dist_parse_env(const char *text, struct arguments *env)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), name = strspn(text, NAME_CHARS), end = len;

		while (end > 0 && text[end - 1] == '\r')
			end--;
		if (name > 0 && name < end && text[name] == '=' && strncasecmp(text, "ACTIONS_RUNNER_INPUT_", 21) != 0)
			arguments_add(env, "%.*s", (int)end, text);
		text += len + (text[len] == '\n');
	}
}

/* NULL with errnum 0: there is no such file. */
static char *read_own(const struct dist *dist, const char *name, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", dist->dir, name);
	char *text = NULL;
	size_t len;

	err->errnum = path != NULL ? 0 : error_set(err, ENOMEM, "RUNNER_DIR");
	if (path == NULL || (access(path, F_OK) < 0 && errno == ENOENT))
		return NULL;
	if (read_file_at(AT_FDCWD, path, ENV_FILE_MAX, &text, &len, err) < 0)
		error_context(err, "RUNNER_DIR");
	return text;
}

/* The service's PATH, as env.sh of the distribution writes it and runsvc.sh reads it. */
static int read_path(struct dist *dist, struct error *err)
{
	_cleanup_(freep) char *text = read_own(dist, ".path", err);

	if (text == NULL)
		return err->errnum == 0 ? 0 : -1;
	text[strcspn(text, "\r\n")] = '\0';
	if (*text != '\0' && dist_env(dist, "PATH") == NULL)
		arguments_add(&dist->env, "PATH=%s", text);
	return dist->env.failed ? error_set(err, ENOMEM, ".path") : 0;
}

static int read_env(struct dist *dist, struct error *err)
{
	_cleanup_(freep) char *text = read_own(dist, ".env", err);

	if (text == NULL && err->errnum != 0)
		return -1;
	if (text != NULL)
		dist_parse_env(text, &dist->env);
	return dist->env.failed ? error_set(err, ENOMEM, ".env") : read_path(dist, err);
}

const char *dist_env(const struct dist *dist, const char *name)
{
	const size_t len = strlen(name);
	const char *value = NULL;

	for (size_t i = 0; i < dist->env.n; i++)
		if (strncmp(dist->env.v[i], name, len) == 0 && dist->env.v[i][len] == '=')
			value = dist->env.v[i] + len + 1;
	return value;
}

/* Against the removal of versions that nobody uses (runner/distribution/store.h), which locks one for the moment in
 * which it takes its name away. Where there are no locks, or another user's directory cannot be opened, nobody else
 * removes it either. */
static int hold(struct dist *dist, struct error *err)
{
	static const struct timespec moment = {.tv_nsec = 20 * NS_PER_MS};
	struct stat held, named;
	int tries = HOLD_TRIES;

	dist->held = open(dist->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (dist->held >= 0 && flock(dist->held, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		if (--tries == 0)
			return error_set(err, 0, "RUNNER_DIR: %s: locked by another process", dist->dir);
		nanosleep(&moment, NULL);
	}
	if (dist->held >= 0 && (fstat(dist->held, &held) < 0 || stat(dist->dir, &named) < 0 ||
				       held.st_dev != named.st_dev || held.st_ino != named.st_ino))
		return error_set(err, 0, "RUNNER_DIR: %s: removed meanwhile", dist->dir);
	return 0;
}

int dist_open(struct dist *dist, const char *dir, struct error *err)
{
	memset(dist, 0, sizeof *dist);
	dist->held = -1;
	dist->dir = realpath(dir, NULL);
	if (dist->dir == NULL) {
		error_set(err, errno, "RUNNER_DIR: %s", dir);
		return error_hint(err,
			"set RUNNER_DIR to the directory of the unpacked official runner; without it, `cofferdam runner fetch` downloads one");
	}
	if (hold(dist, err) < 0 || check_program(dist, "Runner.Listener", err) < 0 ||
		check_program(dist, "Runner.Worker", err) < 0)
		return -1;
	if (list(dist, err) < 0)
		return -1;
	return read_env(dist, err);
}

void dist_close(struct dist *dist)
{
	for (size_t i = 0; i < dist->n_entries; i++) {
		free(dist->entries[i].name);
		free(dist->entries[i].source);
	}
	free(dist->entries);
	if (dist->dir != NULL)
		close_fd(&dist->held);
	free(dist->dir);
	arguments_free(&dist->env);
	memset(dist, 0, sizeof *dist);
}

static int copy_file(int from, int to, struct error *err)
{
	ssize_t n;

	while ((n = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0)) > 0)
		;
	if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
		char buffer[65536];

		while ((n = read(from, buffer, sizeof buffer)) > 0)
			if (write_all(to, buffer, (size_t)n) < 0)
				return error_set(err, errno, "Runner.Worker: copy");
	}
	return n < 0 ? error_set(err, errno, "Runner.Worker: copy") : 0;
}

/* For jobs with ids of their own. That it has worked where it must is the launcher's to see (--execute-only). */
static void give_away(const struct state *state, const char *copy)
{
	_cleanup_(close_fd) int fd = openat(state->dirfd, copy, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct error err;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || idmap_is_given(&st) || idmap_give_to_nobody(fd, &err) >= 0)
		return;
	error_context(&err, "%s: still owned by the runner's user, so a job with identity subuid could read it", copy);
	log_error(&err);
}

int dist_closed_copy(const char *original, const struct state *state, char **path, struct error *err)
{
	_cleanup_(freep) char *directory = NULL, *copy = NULL, *half = NULL;
	_cleanup_(close_fd) int from = -1, to = -1;
	struct stat st;

	from = open(original, O_RDONLY | O_CLOEXEC);
	if (from < 0 || fstat(from, &st) < 0)
		return error_set(err, errno, "%s", original);
	/* Another version has another inode, size or time. */
	directory = format("worker-%jx-%jx-%jx", (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
		(uintmax_t)st.st_mtim.tv_sec * 1000000000 + (uintmax_t)st.st_mtim.tv_nsec);
	copy = format("%s/Runner.Worker", directory);
	half = format("%s/.half-%d", directory, getpid());
	*path = format("%s/%s", state->dir, copy);
	if (directory == NULL || copy == NULL || half == NULL || *path == NULL)
		return error_set(err, ENOMEM, "Runner.Worker");
	if (faccessat(state->dirfd, copy, F_OK, 0) == 0) {
		give_away(state, copy);
		return 0;
	}
	if (make_directories(state->dirfd, directory, err) < 0)
		return -1;
	to = openat(state->dirfd, half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		return error_set(err, errno, "%s/%s", state->dir, half);
	if (copy_file(from, to, err) < 0) {
		unlinkat(state->dirfd, half, 0);
		return -1;
	}
	/* Slots may do this at the same time: each makes its own, and the last rename wins. */
	if (fchmod(to, 0111) < 0 || renameat(state->dirfd, half, state->dirfd, copy) < 0) {
		error_set(err, errno, "%s", *path);
		unlinkat(state->dirfd, half, 0);
		return -1;
	}
	give_away(state, copy);
	return 0;
}

int dist_close_programs(const struct dist *dist, const struct state *state, const char *refusal,
	struct dist_closed *closed, struct error *err)
{
	_cleanup_(freep) char *worker = format("%s/bin/Runner.Worker", dist->dir);

	*closed = (struct dist_closed){NULL, NULL, NULL};
	if (worker == NULL)
		return error_set(err, ENOMEM, "Runner.Worker");
	if (dist_closed_copy(worker, state, &closed->worker, err) < 0)
		return error_context(err, "RUNNER_DIR");
	return refusal == NULL ? 0 : dist_closed_copy(refusal, state, &closed->plugin_host, err);
}

void dist_closed_free(struct dist_closed *closed)
{
	free(closed->worker);
	free(closed->plugin_host);
	free(closed->hold);
	*closed = (struct dist_closed){NULL, NULL, NULL};
}
