#include "sandbox/files/mount_points.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"
#include "sandbox/files/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* While somebody removes a mount point: a moment, unless another program has locked it for itself. */
#define TRIES 200
#define TRY_NS (5 * NS_PER_MS)

struct mount_point {
	int holder; /* the directory that it lies in; -1: it was there before, and is only locked */
	int fd;
	char *name;
};

static int open_in(int dir, const char *name, int flags)
{
	return lookup_open(dir, name, flags | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

/* Takes over `fd`, and where there is one, `holder`. */
static int note(struct mount_points *points, int *holder, int *fd, const char *name)
{
	struct mount_point *grown = reallocarray(points->points, points->n + 1, sizeof *grown);
	struct mount_point *point;

	if (grown == NULL)
		return -1;
	points->points = grown;
	point = &grown[points->n];
	*point = (struct mount_point){.holder = -1, .fd = -1, .name = strdup(name)};
	if (point->name == NULL)
		return -1;
	point->holder = take_fd(holder);
	point->fd = take_fd(fd);
	points->n++;
	return 0;
}

static bool leads_to(int dir, const char *name, const struct stat *is)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == is->st_dev && st.st_ino == is->st_ino;
}

static int make(int dir, const char *name, bool directory)
{
	return directory ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | 0444, 0);
}

/* A directory on the way to a mount point: opens it, or makes it. ENOENT: somebody has just removed it. */
static int descend(struct mount_points *points, int dir, const char *name)
{
	_cleanup_(close_fd) int fd = open_in(dir, name, O_PATH | O_DIRECTORY);
	_cleanup_(close_fd) int holder = -1, own = -1;

	if (fd >= 0 || errno != ENOENT)
		return take_fd(&fd);
	holder = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (holder < 0)
		return -1;
	if (make(dir, name, true) < 0) /* by another launch meanwhile: then it is that one's */
		return errno == EEXIST ? open_in(dir, name, O_PATH | O_DIRECTORY) : -1;
	fd = open_in(dir, name, O_PATH | O_DIRECTORY);
	own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0 || note(points, &holder, &own, name) < 0)
		return -1;
	return take_fd(&fd);
}

/* Whether somebody could lock it who means the file, not the mount point: the source, which is shown in its own place.
 * A launcher's own mount points are directories and empty files. */
static bool is_anothers(const struct stat *point, const struct stat *source)
{
	if (source->st_dev == point->st_dev && source->st_ino == point->st_ino)
		return true;
	return !S_ISDIR(point->st_mode) && (!S_ISREG(point->st_mode) || point->st_size != 0);
}

/* Without opening it: that wakes who writes to a FIFO, and a device may do anything. */
static bool is_left_alone(int dir, const char *name, const struct stat *source)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_anothers(&st, source);
}

/* 1: done, or there is nothing to do; 0: somebody is just removing it. */
static int hold(struct mount_points *points, int dir, const char *name, const struct stat *source)
{
	const bool made = make(dir, name, source->st_mode == 0 || S_ISDIR(source->st_mode)) == 0;
	_cleanup_(close_fd) int holder = made ? fcntl(dir, F_DUPFD_CLOEXEC, 3) : -1;
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (!made && is_left_alone(dir, name, source))
		return 1;
	fd = open_in(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno != ENOENT;
	if (fstat(fd, &st) < 0 || (!made && is_anothers(&st, source)))
		return 1;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 || !leads_to(dir, name, &st))
		return 0;
	note(points, &holder, &fd, name);
	return 1;
}

/* The child may wait for a server, under the time limit; the launcher, which keeps the limit, must not. */
static bool may_wait(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	switch ((unsigned)fs.f_type) {
	case FUSE_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case V9FS_MAGIC:
	case CEPH_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case AFS_FS_MAGIC:
	case CODA_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/* `path`, relative and normalised, below the directory `top`. As hold(), of any of its directories. */
static int try_one(struct mount_points *points, int top, const char *path, const struct stat *source)
{
	_cleanup_(close_fd) int at = fcntl(top, F_DUPFD_CLOEXEC, 3);
	char name[NAME_MAX + 1];

	while (at >= 0) {
		const size_t len = strcspn(path, "/");
		int next;

		if (len > NAME_MAX)
			return 1;
		memcpy(name, path, len);
		name[len] = '\0';
		if (path[len] == '\0')
			return hold(points, at, name, source);
		path += len + 1;
		next = descend(points, at, name);
		close_fd(&at);
		at = next;
	}
	return errno != ENOENT;
}

/* `source`: what is shown there, st_mode 0: a fresh directory. */
static void make_one(
	struct mount_points *points, const char *top, bool nofollow, const char *path, const struct stat *source)
{
	static const struct timespec moment = {.tv_nsec = TRY_NS};
	_cleanup_(close_fd) int at =
		lookup_open(AT_FDCWD, top, O_PATH | O_DIRECTORY, nofollow ? RESOLVE_NO_SYMLINKS : 0);

	if (at < 0 || may_wait(at))
		return;
	for (int i = 0; i < TRIES && try_one(points, at, path, source) == 0; i++)
		nanosleep(&moment, NULL);
}

/* The row in whose directory of the host the mount point lies, or NULL. */
static const struct plan_mount *writable_around(const struct plan_root *root, const struct plan_mount *mount)
{
	const struct plan_mount *around = mount->kind == PLAN_MOUNT_HIDE ? NULL : sources_around(root, mount);

	return around != NULL && around->kind == PLAN_MOUNT_BIND && around->writable ? around : NULL;
}

static bool any_writable(const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_BIND && root->mounts[i].writable)
			return true;
	return false;
}

void mount_points_make(const struct plan_root *root, struct mount_points *points)
{
	if (!any_writable(root))
		return;
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i], *around = writable_around(root, mount);
		struct stat source = {0};
		mode_t callers;

		/* What is not there is not mounted, or refused. */
		if (around == NULL || (mount->source != NULL && stat(mount->source, &source) < 0))
			continue;
		callers = umask(0);
		make_one(points, around->source, around->nofollow,
			mount->target + strlen(around->target) + strspn(mount->target + strlen(around->target), "/"),
			&source);
		umask(callers);
	}
}

/* A link that a job made in its place is another inode; a file that it wrote to was another's. */
static void remove_own(const struct mount_point *point)
{
	struct stat st;

	if (point->holder < 0 || fstat(point->fd, &st) < 0 || !leads_to(point->holder, point->name, &st))
		return;
	/* EBADF: a directory on the way, which is not empty while a mount point is in use below it. */
	if (flock(point->fd, LOCK_EX | LOCK_NB) < 0 && errno != EBADF)
		return;
	if (S_ISDIR(st.st_mode))
		unlinkat(point->holder, point->name, AT_REMOVEDIR);
	else if (S_ISREG(st.st_mode) && st.st_size == 0)
		unlinkat(point->holder, point->name, 0);
}

void mount_points_end(struct mount_points *points)
{
	for (size_t i = points->n; i-- > 0;) {
		remove_own(&points->points[i]);
		close_fd(&points->points[i].holder);
		close_fd(&points->points[i].fd);
		freep(&points->points[i].name);
	}
	freep(&points->points);
	points->n = 0;
}
