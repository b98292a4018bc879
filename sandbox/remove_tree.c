#include "sandbox/remove_tree.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The tree is flattened while it is removed: a directory below the top gives its own subdirectories to the top and is
 * then empty. So no path and no stack grows with the depth. */
struct removal {
	int top;          /* descriptor of the directory that is to be removed */
	uint64_t hoisted; /* names the next directory that moves up */
	int64_t deadline_ns;
};

static int in_time(const struct removal *removal, const char *name, struct error *err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec * INT64_C(1000000000) + now.tv_nsec < removal->deadline_ns)
		return 0;
	return error_set(err, ETIMEDOUT, "remove %s", name);
}

/* Opens a directory for reading and makes it ours to change, whatever its mode. -1 with errno. */
static int open_directory(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};
	_cleanup_(close_fd) int fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
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
	return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Moves a directory to the top. A directory can be moved only by who may write to it: its ".." changes. */
static int hoist(struct removal *removal, int dirfd, const char *name)
{
	_cleanup_(close_fd) int fd = open_directory(dirfd, name);
	char to[64];

	if (fd < 0)
		return -1;
	do
		snprintf(to, sizeof to, ".removed-%llu", (unsigned long long)removal->hoisted++);
	while (renameat2(dirfd, name, removal->top, to, RENAME_NOREPLACE) < 0 && errno == EEXIST);
	return faccessat(removal->top, to, F_OK, AT_SYMLINK_NOFOLLOW);
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

/* Empties a directory below the top. */
static int empty(struct removal *removal, int dirfd, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = fdopendir(dup(dirfd));
	const struct dirent *entry;

	if (dir == NULL)
		return error_set(err, errno, "remove: read a directory");
	while ((entry = readdir(dir)) != NULL) {
		int left;

		if (is_dot(entry->d_name))
			continue;
		left = remove_entry(dirfd, entry->d_name);
		if (left > 0)
			left = hoist(removal, dirfd, entry->d_name);
		if (left < 0)
			return error_set(err, errno, "remove %s", entry->d_name);
		if (in_time(removal, entry->d_name, err) < 0)
			return -1;
	}
	return 0;
}

/* One pass over the top. *again: something was left, or has come from below. */
static int pass(struct removal *removal, bool *again, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = fdopendir(dup(removal->top));
	const struct dirent *entry;

	*again = false;
	if (dir == NULL)
		return error_set(err, errno, "remove: read a directory");
	rewinddir(dir); /* the position is shared with the descriptor that was duplicated */
	while ((entry = readdir(dir)) != NULL) {
		_cleanup_(close_fd) int fd = -1;
		int left;

		if (is_dot(entry->d_name))
			continue;
		if (in_time(removal, entry->d_name, err) < 0)
			return -1;
		left = remove_entry(removal->top, entry->d_name);
		if (left == 0)
			continue;
		*again = true;
		if (left > 0)
			fd = open_directory(removal->top, entry->d_name);
		if (fd < 0)
			return error_set(err, errno, "remove %s", entry->d_name);
		if (empty(removal, fd, err) < 0)
			return -1;
	}
	return 0;
}

int remove_tree(int dirfd, const char *name, int64_t deadline_ns, struct error *err)
{
	_cleanup_(close_fd) int top = -1;
	struct removal removal = {.deadline_ns = deadline_ns};
	int left = remove_entry(dirfd, name);
	bool again = true;

	if (left == 0)
		return 0;
	if (left > 0)
		top = open_directory(dirfd, name);
	if (top < 0)
		return error_set(err, errno, "remove %s", name);
	removal.top = top;
	for (;;) {
		while (again)
			if (pass(&removal, &again, err) < 0)
				return error_context(err, "remove %s", name);
		if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		/* Not empty: a file came while we looked. */
		if (errno != ENOTEMPTY && errno != EEXIST)
			return error_set(err, errno, "remove %s", name);
		if (in_time(&removal, name, err) < 0)
			return -1;
		again = true;
	}
}
