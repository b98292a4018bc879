#include "sandbox/files/remove_tree.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "sandbox/files/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 64

/* The tree is taken off level by level. What is below a directory of this level moves to the next level, a fresh
 * directory in the pit, which is a fresh directory in the tree: so no path and no stack grows with the depth, each
 * directory moves once, and no directory that was once large is read again for each level. */
struct removal {
	int next;         /* descriptor of the level that is being filled */
	uint64_t hoisted; /* names the next directory that moves there */
	int64_t deadline_ns;
};

static int in_time(const struct removal *removal, const char *name, struct error *err)
{
	if (clock_monotonic_ns() < removal->deadline_ns)
		return 0;
	return error_late(err, "remove %s: not done in time", name);
}

/* Opens a directory (O_PATH) and makes it ours to change, whatever its mode. -1 with errno. */
static int own_directory(int dirfd, const char *name)
{
	_cleanup_(close_fd) int fd = lookup_open(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW,
		RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
	char self[64];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((st.st_mode & 0700) != 0700) {
		/* chmod(2) takes no O_PATH descriptor, but its link in /proc, which leads to this inode and no other.
		 */
		snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
		if (chmod(self, 0700) < 0)
			return -1;
	}
	return take_fd(&fd);
}

static DIR *read_directory(int dirfd, const char *name)
{
	_cleanup_(close_fd) int path = own_directory(dirfd, name);
	_cleanup_(close_fd) int fd = path >= 0 ? openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir != NULL)
		take_fd(&fd); /* closedir(3) closes it */
	return dir;
}

/* Moves a directory to the next level. A directory can be moved only by who may write to it: its ".." changes. */
static int hoist(struct removal *removal, int dirfd, const char *name)
{
	_cleanup_(close_fd) int fd = own_directory(dirfd, name);
	char to[64];

	if (fd < 0)
		return -1;
	for (;;) {
		snprintf(to, sizeof to, "%llu", (unsigned long long)removal->hoisted++);
		if (renameat2(dirfd, name, removal->next, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
}

/* Removes the entry if it is no directory or an empty one. 1: it is a directory with something in it. */
static int remove_entry(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? 1 : -1;
}

/* Empties a directory of this level. */
static int empty(struct removal *removal, int parent, const char *name, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = read_directory(parent, name);
	const struct dirent *entry;
	int more;

	if (dir == NULL)
		return errno == ENOENT ? 0 : error_set(err, errno, "remove %s", name);
	while ((more = next_entry(dir, &entry)) > 0) {
		int left;

		left = remove_entry(dirfd(dir), entry->d_name);
		if (left > 0)
			left = hoist(removal, dirfd(dir), entry->d_name);
		if (left < 0 && errno != ENOENT)
			return error_set(err, errno, "remove %s", entry->d_name);
		if (in_time(removal, entry->d_name, err) < 0)
			return -1;
	}
	return more < 0 ? error_set(err, errno, "remove %s", name) : 0;
}

/* One pass over a level. `spare`, the pit, stays where it is. */
static int pass(struct removal *removal, DIR *level, const char *spare, struct error *err)
{
	const struct dirent *entry;
	int more;

	while ((more = next_entry(level, &entry)) > 0) {
		int left;

		if (strcmp(entry->d_name, spare) == 0)
			continue;
		if (in_time(removal, entry->d_name, err) < 0)
			return -1;
		left = remove_entry(dirfd(level), entry->d_name);
		if (left > 0 && empty(removal, dirfd(level), entry->d_name, err) < 0)
			return -1;
		/* If that does not go, somebody puts files into it, and it has its turn in the next pass. */
		if (left > 0)
			left = remove_entry(dirfd(level), entry->d_name);
		if (left < 0)
			return error_set(err, errno, "remove %s", entry->d_name);
	}
	return more < 0 ? error_set(err, errno, "remove: read a directory") : 0;
}

/* A new directory: its name goes to `name`. The descriptor, or -1. */
static int make_fresh(int dirfd, const char *prefix, uint64_t *number, char name[static NAME_SIZE], struct error *err)
{
	int made, fd;

	do {
		snprintf(name, NAME_SIZE, "%s%llu", prefix, (unsigned long long)(*number)++);
		made = mkdirat(dirfd, name, 0700);
	} while (made < 0 && errno == EEXIST);
	fd = made == 0 ? own_directory(dirfd, name) : -1;
	return fd >= 0 ? fd : error_set(err, errno, "remove: make %s", name);
}

/* Takes the level `name` of the pit off, into the next one. *more: there is something in that. */
static int take_off(
	struct removal *removal, int pit, char name[static NAME_SIZE], uint64_t *number, bool *more, struct error *err)
{
	_cleanup_(close_fd) int next = -1;
	char below[NAME_SIZE];
	int left;

	next = make_fresh(pit, "", number, below, err);
	if (next < 0)
		return -1;
	removal->next = next;
	do {
		_cleanup_(close_dir) DIR *level = read_directory(pit, name);

		if (level == NULL)
			return error_set(err, errno, "remove: read a directory");
		if (pass(removal, level, ".", err) < 0)
			return -1;
		left = remove_entry(pit, name);
	} while (left > 0);
	if (left < 0)
		return error_set(err, errno, "remove %s", name);
	left = remove_entry(pit, below);
	*more = left != 0;
	memcpy(name, below, NAME_SIZE);
	return left < 0 ? error_set(err, errno, "remove %s", name) : 0;
}

/* Whoever filled the tree may have filled the file system or a quota: then no directory can be made. */
static bool is_full(const struct error *err)
{
	return err->errnum == ENOSPC || err->errnum == EDQUOT;
}

/* All that is below the tree, but for what comes meanwhile, or what has to wait until there is space again. */
static int empty_tree(struct removal *removal, int parent, const char *name, struct error *err)
{
	_cleanup_(close_dir) DIR *top = read_directory(parent, name);
	_cleanup_(close_fd) int pit = -1;
	char pit_name[NAME_SIZE], level[NAME_SIZE];
	uint64_t number = 0, levels = 0;
	bool more = true;

	if (top == NULL)
		return error_set(err, errno, "remove: read a directory");
	pit = make_fresh(dirfd(top), ".removed-", &number, pit_name, err);
	removal->next = pit >= 0 ? make_fresh(pit, "", &levels, level, err) : -1;
	if (removal->next < 0 && is_full(err)) {
		/* Its files go, and what is below moves to the top, which needs no space. */
		removal->next = dirfd(top);
		return pass(removal, top, pit >= 0 ? pit_name : ".", err);
	}
	if (removal->next < 0)
		return -1;
	more = pass(removal, top, pit_name, err) == 0;
	close_fd(&removal->next);
	if (!more)
		return -1;
	while (more)
		if (take_off(removal, pit, level, &levels, &more, err) < 0)
			return is_full(err) ? 0 : -1;
	return remove_entry(dirfd(top), pit_name) < 0 ? error_set(err, errno, "remove %s", pit_name) : 0;
}

int remove_tree(int dirfd, const char *name, int64_t deadline_ns, struct error *err)
{
	struct removal removal = {.deadline_ns = deadline_ns};

	for (;;) {
		int left = remove_entry(dirfd, name);

		if (left == 0)
			return 0;
		if (left < 0)
			return error_set(err, errno, "remove %s", name);
		/* Also when a file came while we looked. */
		if (in_time(&removal, name, err) < 0)
			return -1;
		if (empty_tree(&removal, dirfd, name, err) < 0)
			return error_context(err, "remove %s", name);
	}
}
