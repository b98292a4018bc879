#include "sandbox/usage.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define BLOCK 512 /* of st_blocks, stat(2) */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct count {
	struct usage *usage;
	uint64_t bytes, files; /* enough */
};

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool enough(const struct count *count)
{
	return count->usage->bytes > count->bytes || count->usage->files > count->files || count->usage->uncounted;
}

static bool knows_device(const struct usage *usage, dev_t device)
{
	for (unsigned i = 0; i < usage->n_devices; i++)
		if (usage->devices[i] == device)
			return true;
	return false;
}

static bool is_btrfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == BTRFS_SUPER_MAGIC;
}

static void note_device(struct usage *usage, int fd, dev_t device)
{
	if (knows_device(usage, device))
		return;
	if (is_btrfs(fd))
		usage->btrfs = true;
	else if (usage->n_devices < USAGE_DEVICES_MAX)
		usage->devices[usage->n_devices++] = device;
	else
		usage->uncounted = true;
}

/* A directory that is gone or another meanwhile is none of this count's. One that cannot be read has what was there
 * before, if nobody can write to it. */
static int cannot_open(struct count *count, int dirfd, const char *name)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return -1;
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
		faccessat(dirfd, name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0)
		count->usage->uncounted = true;
	return 0;
}

static int below(struct count *count, int dirfd, const char *name, unsigned depth)
{
	int fd = openat(dirfd, name, OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		if (fd < 0)
			return cannot_open(count, dirfd, name);
		close_fd(&fd);
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return -1;
	note_device(count->usage, fd, st.st_dev);
	while (!enough(count) && (entry = readdir(dir)) != NULL) {
		if (is_dot(entry->d_name) || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		count->usage->files++;
		/* Each of its names counts its share, so that all names together count it once. */
		count->usage->bytes +=
			(uint64_t)st.st_blocks * BLOCK / (S_ISDIR(st.st_mode) || st.st_nlink == 0 ? 1 : st.st_nlink);
		if (!S_ISDIR(st.st_mode))
			continue;
		if (depth == USAGE_DEPTH_MAX)
			count->usage->uncounted = true;
		else if (below(count, fd, entry->d_name, depth + 1) < 0)
			return -1;
	}
	return 0;
}

int usage_tree(int dirfd, uint64_t bytes, uint64_t files, struct usage *usage)
{
	struct count count = {.usage = usage, .bytes = bytes, .files = files};

	return below(&count, dirfd, ".", 0);
}

/* Files seen, by open addressing. When it is full, what is open several times counts several times. */
#define SEEN_MAX 16384
struct seen {
	struct {
		dev_t dev;
		ino_t ino; /* 0: free */
	} file[SEEN_MAX];
	unsigned n;
};

static bool is_new(struct seen *seen, dev_t dev, ino_t ino)
{
	size_t at = (size_t)(((ino ^ dev << 32) * UINT64_C(0x9e3779b97f4a7c15)) >> 50) % SEEN_MAX;

	while (seen->file[at].ino != 0 && (seen->file[at].ino != ino || seen->file[at].dev != dev))
		at = (at + 1) % SEEN_MAX;
	if (seen->file[at].ino != 0)
		return false;
	if (seen->n < SEEN_MAX / 2) {
		seen->file[at].dev = dev;
		seen->file[at].ino = ino;
		seen->n++;
	}
	return true;
}

/* Whether it lies on a file system that was counted. */
static bool is_there(const struct usage *usage, int dirfd, const char *name, const struct stat *st)
{
	_cleanup_(close_fd) int fd = -1;

	if (knows_device(usage, st->st_dev))
		return true;
	if (!usage->btrfs)
		return false;
	fd = openat(dirfd, name, O_PATH | O_CLOEXEC);
	return fd >= 0 && is_btrfs(fd);
}

static void open_files(int proc, const char *pid, struct seen *seen, struct usage *usage)
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
		if (S_ISREG(st.st_mode) && st.st_nlink == 0 && is_there(usage, fd, entry->d_name, &st) &&
			is_new(seen, st.st_dev, st.st_ino)) {
			usage->bytes += (uint64_t)st.st_blocks * BLOCK;
			usage->files++;
		}
	}
}

void usage_nameless(struct usage *usage)
{
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	_cleanup_(freep) struct seen *seen = calloc(1, sizeof *seen);
	const struct dirent *entry;

	while (seen != NULL && proc != NULL && (entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			open_files(dirfd(proc), entry->d_name, seen, usage);
}

struct room usage_room(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return (struct room){0};
	return (struct room){.bytes = (uint64_t)fs.f_bfree * fs.f_frsize, .files = fs.f_ffree};
}
