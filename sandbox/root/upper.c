#include "sandbox/root/upper.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The directory that is walked. */
struct level {
	int upper;
	int lower[UPPER_LOWER_MAX]; /* those that have this directory, from top to bottom */
	size_t n_lower;
	bool opaque; /* what is below is not seen, only compared with */
	unsigned depth;
	const char *path;
};

static int walk_level(struct upper_walk *walk, const struct level *level);

static void close_lower(struct level *level)
{
	for (size_t i = 0; i < level->n_lower; i++)
		close_fd(&level->lower[i]);
}

static bool is_whiteout(int dir, const char *name, const struct stat *st)
{
	_cleanup_(close_fd) int fd = -1;

	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(0, 0);
	if (!S_ISREG(st->st_mode) || st->st_size != 0)
		return false;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && fgetxattr(fd, "user.overlay.whiteout", NULL, 0) >= 0;
}

static bool is_opaque(int dir)
{
	char value;

	return fgetxattr(dir, "user.overlay.opaque", &value, sizeof value) == 1 && value == 'y';
}

/* What is seen of `name` below the upper directory; false: nothing. */
static bool stat_lower(const struct level *level, const char *name, struct stat *st)
{
	for (size_t i = 0; i < level->n_lower; i++)
		if (fstatat(level->lower[i], name, st, AT_SYMLINK_NOFOLLOW) == 0)
			return !is_whiteout(level->lower[i], name, st);
	return false;
}

/* A directory below: with those lower ones that are merged into it. */
static void open_lower(const struct level *level, const char *name, struct level *below)
{
	for (size_t i = 0; i < level->n_lower; i++) {
		int fd = openat(level->lower[i], name, OPEN_DIRECTORY);

		if (fd >= 0)
			below->lower[below->n_lower++] = fd;
		else if (errno == ENOTDIR || errno == ELOOP)
			return; /* a whiteout, or another file, hides the rest */
	}
}

static int enter(struct upper_walk *walk, const struct level *level, const char *name, const char *path, bool merged)
{
	_cleanup_(close_fd) int upper = openat(level->upper, name, OPEN_DIRECTORY);
	_cleanup_(close_lower) struct level below = {
		.upper = upper, .depth = level->depth + 1, .path = path, .opaque = level->opaque};

	if (upper < 0) {
		walk->unreadable = true;
		return 0;
	}
	if (below.depth > walk->depth_max) {
		walk->too_deep = true;
		return 0;
	}
	if (merged) {
		below.opaque |= is_opaque(upper);
		open_lower(level, name, &below);
	}
	return walk_level(walk, &below);
}

static int one_entry(struct upper_walk *walk, const struct level *level, const char *name)
{
	_cleanup_(freep) char *path = format("%s/%s", level->path, name);
	struct stat st, was;
	bool existed, merged;
	char kind = 'A';

	if (path == NULL)
		return -1;
	if (fstatat(level->upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		walk->unreadable |= errno != ENOENT;
		return 0;
	}
	existed = stat_lower(level, name, &was);
	if (is_whiteout(level->upper, name, &st))
		return existed && !walk->found('D', path, walk->data) ? -1 : 0;
	merged = existed && S_ISDIR(st.st_mode) && S_ISDIR(was.st_mode);
	if (existed)
		kind = 'M';
	/* A directory is copied up when something in it changes: that alone is no change of it. */
	if (!(merged && st.st_mode == was.st_mode && st.st_uid == was.st_uid && st.st_gid == was.st_gid) &&
		!walk->found(kind, path, walk->data))
		return -1;
	return S_ISDIR(st.st_mode) ? enter(walk, level, name, path, merged) : 0;
}

/* What an opaque directory has hidden, and nothing has taken the place of. */
static int hidden_entries(struct upper_walk *walk, const struct level *level, size_t i)
{
	int copy = openat(level->lower[i], ".", OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	int more = -1;

	while (dir != NULL && (more = next_entry(dir, &entry)) > 0) {
		_cleanup_(freep) char *path = NULL;
		struct stat st;
		bool listed = false;

		if (fstatat(level->upper, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
			!stat_lower(level, entry->d_name, &st))
			continue;
		for (size_t k = 0; k < i; k++)
			listed |= fstatat(level->lower[k], entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		path = listed ? NULL : format("%s/%s", level->path, entry->d_name);
		if (path != NULL && !walk->found('D', path, walk->data))
			return -1;
	}
	walk->unreadable |= more < 0;
	return 0;
}

static int walk_level(struct upper_walk *walk, const struct level *level)
{
	int copy = openat(level->upper, ".", OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	int more = -1;

	while (dir != NULL && (more = next_entry(dir, &entry)) > 0)
		if (one_entry(walk, level, entry->d_name) < 0)
			return -1;
	walk->unreadable |= more < 0;
	for (size_t i = 0; level->opaque && i < level->n_lower; i++)
		if (hidden_entries(walk, level, i) < 0)
			return -1;
	return 0;
}

int upper_walk(struct upper_walk *walk, int upper, const int lower[], size_t n_lower, const char *path)
{
	struct level level = {.upper = upper, .n_lower = n_lower, .path = path};

	memcpy(level.lower, lower, n_lower * sizeof lower[0]);
	return walk_level(walk, &level);
}
