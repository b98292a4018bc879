#include "runner/state/slot_paths.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/common/random_id.h"
#include "runner/common/stop.h"
#include "runner/state/cgroup_leaf.h"
#include "sandbox/files/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 50000000L
#define REMOVE_LIMIT_NS (60 * NS_PER_S)

static int note_id(struct slot_paths *paths, const struct state *state, struct error *err)
{
	_cleanup_(freep) char *file = format("slots/%u/id", paths->number);
	_cleanup_(close_fd) int fd = -1;
	char random[RANDOM_ID_LEN + 1];

	random_id(random);
	snprintf(paths->id, sizeof paths->id, "slot-%u-%s", paths->number, random);
	fd = file != NULL ? openat(state->dirfd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)
			  : -1;
	if (fd < 0 || write_all(fd, paths->id, strlen(paths->id)) < 0)
		return error_set(err, errno, "%s", file);
	return 0;
}

void slot_paths_sweep(const struct state *state, unsigned number, json_t *residue)
{
	_cleanup_(freep) char *file = format("slots/%u/id", number);
	_cleanup_(freep) char *id = NULL;
	struct error err;
	size_t len;

	if (file == NULL || read_file_at(state->dirfd, file, sizeof((struct slot_paths *)0)->id, &id, &len, &err) < 0) {
		/* no id: no sandbox had been made */
		if (file == NULL || err.errnum != ENOENT)
			json_array_append_new(
				residue, json_sprintf("cgroup: not inspected: %s", file != NULL ? err.text : "memory"));
	} else if (strchr(id, '/') == NULL) {
		cgroup_leaf_remove(id, residue);
	}
}

int slot_paths_make(struct slot_paths *paths, const struct state *state, unsigned number, struct error *err)
{
	_cleanup_(freep) char *root = format("slots/%u/root", number);
	_cleanup_(freep) char *socket = format("slots/%u/socket", number);

	memset(paths, 0, sizeof *paths);
	if (root == NULL || socket == NULL)
		return error_set(err, ENOMEM, "slot %u", number);
	if (make_directories(state->dirfd, root, err) < 0 || make_directories(state->dirfd, socket, err) < 0)
		return -1;
	paths->number = number;
	if (note_id(paths, state, err) < 0)
		return -1;
	paths->root = format("%s/%s", state->dir, root);
	paths->socket = format("%s/%s", state->dir, socket);
	return paths->root != NULL && paths->socket != NULL ? 0 : error_set(err, ENOMEM, "slot %u", number);
}

void slot_paths_remove(const struct state *state, unsigned number)
{
	_cleanup_(close_fd) int dirfd = openat(state->dirfd, "slots", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(json_drop) json_t *residue = json_array();
	json_t *one;
	char name[16];
	struct error err;
	size_t i;

	/* A launcher that was killed has left its cgroup. The Listener's is gone by now, that of config.sh may not be.
	 */
	slot_paths_sweep(state, number, residue);
	json_array_foreach (residue, i, one)
		log_line("slot %u: left behind: %s", number, json_string_value(one));
	snprintf(name, sizeof name, "%u", number);
	if (dirfd >= 0 && remove_tree(dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0)
		log_error(&err);
}

void slot_paths_free(struct slot_paths *paths)
{
	free(paths->root);
	free(paths->socket);
	memset(paths, 0, sizeof *paths);
}

int slot_lock(const struct state *state, unsigned number, int64_t limit_ns, struct error *err)
{
	_cleanup_(freep) char *path = format("slots/%u.lock", number);
	_cleanup_(close_fd) int fd = -1;
	int64_t limit = clock_monotonic_ns() + limit_ns;
	struct timespec moment = {.tv_nsec = POLL_NS};

	fd = path != NULL ? openat(state->dirfd, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0)
		return error_set(err, errno, "%s", path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_set(err, errno, "%s", path);
		if (clock_monotonic_ns() > limit)
			return error_set(err, 0, "slot %u: its last process does not end", number);
		nanosleep(&moment, NULL);
	}
	return take_fd(&fd);
}
