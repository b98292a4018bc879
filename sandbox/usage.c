#include "sandbox/usage.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 512 /* of st_blocks, stat(2) */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct count {
	struct usage *usage;
	uint64_t bytes, files; /* enough */
	dev_t dev;
};

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool enough(const struct count *count)
{
	return count->usage->bytes > count->bytes || count->usage->files > count->files || count->usage->too_deep;
}

static int below(struct count *count, int dirfd, const char *name, unsigned depth)
{
	int fd = openat(dirfd, name, OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -1 : 0;
	}
	while (!enough(count) && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (is_dot(entry->d_name) || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			st.st_dev != count->dev)
			continue;
		count->usage->files++;
		/* Each of its names counts its share, so that all names together count it once. */
		count->usage->bytes +=
			(uint64_t)st.st_blocks * BLOCK / (S_ISDIR(st.st_mode) || st.st_nlink == 0 ? 1 : st.st_nlink);
		if (!S_ISDIR(st.st_mode))
			continue;
		if (depth == USAGE_DEPTH_MAX)
			count->usage->too_deep = true;
		else if (below(count, fd, entry->d_name, depth + 1) < 0)
			return -1;
	}
	return 0;
}

int usage_tree(int dirfd, uint64_t bytes, uint64_t files, struct usage *usage)
{
	struct count count = {.usage = usage, .bytes = bytes, .files = files};
	struct stat st;

	if (fstat(dirfd, &st) < 0)
		return -1;
	count.dev = st.st_dev;
	return below(&count, dirfd, ".", 0);
}

/* Inode numbers seen, by open addressing. When it is full, what is open several times counts several times. */
#define SEEN_MAX 16384
struct seen {
	ino_t ino[SEEN_MAX];
	unsigned n;
};

static bool is_new(struct seen *seen, ino_t ino)
{
	size_t at = (size_t)((ino * UINT64_C(0x9e3779b97f4a7c15)) >> 50) % SEEN_MAX;

	while (seen->ino[at] != 0 && seen->ino[at] != ino)
		at = (at + 1) % SEEN_MAX;
	if (seen->ino[at] == ino)
		return false;
	if (seen->n < SEEN_MAX / 2) {
		seen->ino[at] = ino;
		seen->n++;
	}
	return true;
}

static void open_files(int proc, const char *pid, dev_t dev, struct seen *seen, struct usage *usage)
{
	char path[280];
	int fd;
	_cleanup_(close_dir) DIR *dir = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof path, "%s/fd", pid);
	fd = openat(proc, path, OPEN_DIRECTORY);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (is_dot(entry->d_name) || fstatat(fd, entry->d_name, &st, 0) < 0)
			continue;
		if (S_ISREG(st.st_mode) && st.st_nlink == 0 && st.st_dev == dev && is_new(seen, st.st_ino)) {
			usage->bytes += (uint64_t)st.st_blocks * BLOCK;
			usage->files++;
		}
	}
}

void usage_nameless(int top, struct usage *usage)
{
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	_cleanup_(freep) struct seen *seen = calloc(1, sizeof *seen);
	const struct dirent *entry;
	struct stat st;

	if (seen == NULL || fstat(top, &st) < 0)
		return;
	while (proc != NULL && (entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			open_files(dirfd(proc), entry->d_name, st.st_dev, seen, usage);
}
