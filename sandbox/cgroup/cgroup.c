#include "sandbox/cgroup/cgroup.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/cgroup/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP_TEXT_MAX ((size_t)1 << 20)
#define LEAF_TRIES 16

int cgroup_mkdir(int dirfd, const char *path)
{
	const mode_t callers = umask(022);
	const int result = mkdirat(dirfd, path, 0755);

	umask(callers);
	return result;
}

/* Somebody who sweeps may come between making and locking, and then it is gone again. */
int cgroup_make_leaf(struct cgroup *cgroup, struct error *err)
{
	for (int try = 0; try < LEAF_TRIES; try++) {
		struct stat by_path, by_fd;

		if (cgroup_mkdir(AT_FDCWD, cgroup->path) < 0) {
			error_set(err, errno, "cgroup: mkdir %s", cgroup->path);
			return err->errnum == EEXIST ? error_hint(err, "a job with this --id is running") : -1;
		}
		close_fd(&cgroup->dirfd);
		cgroup->dirfd = open(cgroup->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		if (cgroup->dirfd < 0 && errno == ENOENT)
			continue;
		if (cgroup->dirfd < 0 || flock(cgroup->dirfd, LOCK_EX) < 0 || fstat(cgroup->dirfd, &by_fd) < 0) {
			error_set(err, errno, "cgroup: lock %s", cgroup->path);
			rmdir(cgroup->path);
			return -1;
		}
		if (stat(cgroup->path, &by_path) == 0 && by_path.st_ino == by_fd.st_ino)
			return 0;
	}
	return error_set(err, 0, "cgroup: %s: removed repeatedly by other processes", cgroup->path);
}

int cgroup_create(struct cgroup *cgroup, const char *parent, const char *id, const struct plan_limits *limits,
	unsigned degraded, struct error *err)
{
	_cleanup_(close_fd) int dir = open(parent, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	struct error ignored;

	*cgroup = (struct cgroup){.dirfd = -1};
	if (dir < 0)
		return error_set(err, errno, "cgroup: open %s", parent);
	cgroup_sweep(parent);
	if (cgroup_enable(dir, cgroup_limits_controllers(limits, degraded), err) < 0)
		return -1;
	cgroup->path = cgroup_leaf_path(parent, id);
	if (cgroup->path == NULL)
		return error_set(err, ENOMEM, "cgroup");
	if (cgroup_make_leaf(cgroup, err) < 0) {
		close_fd(&cgroup->dirfd);
		freep(&cgroup->path);
		return -1;
	}
	if (cgroup_limits_write(cgroup, limits, degraded, err) < 0) {
		cgroup_remove(cgroup, 0, &ignored); /* the first error is the one to tell */
		return -1;
	}
	return 0;
}

int cgroup_kill(struct cgroup *cgroup, uint64_t *processes, struct error *err)
{
	_cleanup_(freep) char *pids = NULL;
	size_t len;

	if (read_file_at(cgroup->dirfd, "cgroup.procs", CGROUP_TEXT_MAX, &pids, &len, err) < 0)
		return -1;
	*processes = 0;
	for (const char *p = pids; (p = strchr(p, '\n')) != NULL; p++)
		(*processes)++;
	if (write_file_at(cgroup->dirfd, "cgroup.kill", "1") < 0)
		return error_set(err, errno, "cgroup: kill %s", cgroup->path);
	return 0;
}

int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err)
{
	if (write_file_at(cgroup->dirfd, "cgroup.freeze", freeze ? "1" : "0") < 0)
		return error_set(err, errno, "cgroup: %s %s", freeze ? "freeze" : "thaw", cgroup->path);
	return 0;
}

/* Waits for a line of cgroup.events: the file is pollable (POLLPRI), and changes when the last process is gone, or
 * stopped. */
static bool wait_for_event(const struct cgroup *cgroup, const char *line, int64_t limit_ns)
{
	_cleanup_(close_fd) int events = openat(cgroup->dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	const int64_t end = clock_monotonic_ns() + limit_ns;

	for (;;) {
		struct pollfd changed = {.fd = events, .events = POLLPRI};
		char text[256] = "";
		int64_t left;

		if (pread(events, text, sizeof text - 1, 0) < 0)
			return false;
		if (strstr(text, line) != NULL)
			return true;
		left = end - clock_monotonic_ns();
		if (left <= 0)
			return false;
		if (poll(&changed, 1, (int)(left / 1000000 + 1)) < 0 && errno != EINTR)
			return false;
	}
}

bool cgroup_await_frozen(const struct cgroup *cgroup, int64_t limit_ns)
{
	return wait_for_event(cgroup, "frozen 1", limit_ns);
}

bool cgroup_is_to_freeze(const struct cgroup *cgroup)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* no cgroup any more: nothing in it moves */
	size_t len;

	return read_file_at(cgroup->dirfd, "cgroup.freeze", CGROUP_TEXT_MAX, &text, &len, &ignored) == 0 &&
	       text[0] == '1';
}

/* Nothing inside can make directories below the leaf: the cgroup2 mount that is shown there is read-only. */
int cgroup_remove(struct cgroup *cgroup, int64_t limit_ns, struct error *err)
{
	int result = 0;

	if (cgroup->path == NULL)
		return 0;
	if (cgroup->dirfd >= 0)
		wait_for_event(cgroup, "populated 0", limit_ns);
	if (rmdir(cgroup->path) < 0 && errno != ENOENT)
		result = error_set(err, errno, "cgroup: remove %s", cgroup->path);
	close_fd(&cgroup->dirfd);
	freep(&cgroup->path);
	return result;
}
