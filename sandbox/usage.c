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
	return count->usage->bytes > count->bytes || count->usage->files > count->files ||
	       count->usage->uncounted != UNCOUNTED_NOTHING;
}

void usage_cannot(struct usage *usage, enum uncounted why)
{
	if (usage->uncounted == UNCOUNTED_NOTHING)
		usage->uncounted = why;
}

const char *usage_uncounted_text(enum uncounted why)
{
	static const char *const texts[] = {
		[UNCOUNTED_NOTHING] = "",
		[UNCOUNTED_DEPTH] = "directories are nested too deep",
		[UNCOUNTED_BLIND] = "a directory can be written but not read",
		[UNCOUNTED_DEVICES] = "too many file systems are mounted there",
		[UNCOUNTED_ITEMS] = "too many descriptors, mappings and threads may hold deleted files",
		[UNCOUNTED_HIDDEN] = ("deleted files are only mapped, in flight over a socket, or otherwise out of "
				      "sight, and the file system has lost more than the job may store"),
		[UNCOUNTED_EVADED] = "the job cannot be held still for it",
	};

	return texts[why];
}

bool usage_knows(const struct usage *usage, dev_t device)
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

static void add_room(struct usage *usage, int fd)
{
	const struct room room = usage_room(fd);

	usage->room.bytes += room.bytes;
	usage->room.files += room.files;
}

static void note_device(struct usage *usage, int fd, dev_t device)
{
	if (usage_knows(usage, device))
		return;
	if (is_btrfs(fd)) {
		if (!usage->btrfs)
			add_room(usage, fd);
		usage->btrfs = true;
	} else if (usage->n_devices < USAGE_DEVICES_MAX) {
		add_room(usage, fd);
		usage->devices[usage->n_devices++] = device;
	} else {
		usage_cannot(usage, UNCOUNTED_DEVICES);
	}
}

/* A directory that is gone or another meanwhile is none of this count's. One that cannot be read has what was there
 * before, if nobody can write to it. */
static int cannot_open(struct count *count, int dirfd, const char *name)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return -1;
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
		faccessat(dirfd, name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0)
		usage_cannot(count->usage, UNCOUNTED_BLIND);
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
		count->usage->bytes += (uint64_t)st.st_blocks * USAGE_BLOCK /
				       (S_ISDIR(st.st_mode) || st.st_nlink == 0 ? 1 : st.st_nlink);
		if (!S_ISDIR(st.st_mode))
			continue;
		if (depth == USAGE_DEPTH_MAX)
			usage_cannot(count->usage, UNCOUNTED_DEPTH);
		else if (below(count, fd, entry->d_name, depth + 1) < 0)
			return -1;
	}
	return 0;
}

int usage_tree(int fd, uint64_t bytes, uint64_t files, struct usage *usage)
{
	struct count count = {.usage = usage, .bytes = bytes, .files = files};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	/* A directory that once had very many names is large for ever. */
	usage->bytes += (uint64_t)st.st_blocks * USAGE_BLOCK;
	if (S_ISDIR(st.st_mode))
		return below(&count, fd, ".", 0);
	note_device(usage, fd, st.st_dev);
	usage->files++;
	return 0;
}

/* Where to look for it: where it is, or where it would be. */
static size_t slot_of(const struct seen *seen, dev_t dev, ino_t ino)
{
	size_t at = (size_t)(((ino ^ dev << 32) * UINT64_C(0x9e3779b97f4a7c15)) >> 50) % SEEN_MAX;

	while (seen->file[at].ino != 0 && (seen->file[at].ino != ino || seen->file[at].dev != dev))
		at = (at + 1) % SEEN_MAX;
	return at;
}

bool seen_has(const struct seen *seen, dev_t dev, ino_t ino)
{
	return seen->file[slot_of(seen, dev, ino)].ino != 0;
}

bool seen_is_new(struct seen *seen, dev_t dev, ino_t ino)
{
	const size_t at = slot_of(seen, dev, ino);

	if (seen->file[at].ino != 0)
		return false;
	if (seen->n < SEEN_MAX / 2) {
		seen->file[at].dev = dev;
		seen->file[at].ino = ino;
		seen->n++;
	}
	return true;
}

bool usage_is_there(const struct usage *usage, int dirfd, const char *path, const struct stat *st)
{
	_cleanup_(close_fd) int fd = -1;

	if (usage_knows(usage, st->st_dev))
		return true;
	if (!usage->btrfs)
		return false;
	if (*path == '\0')
		return is_btrfs(dirfd);
	fd = openat(dirfd, path, O_PATH | O_CLOEXEC);
	return fd >= 0 && is_btrfs(fd);
}

struct room usage_room(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return (struct room){0};
	return (struct room){.bytes = (uint64_t)fs.f_bfree * fs.f_frsize, .files = fs.f_ffree};
}
