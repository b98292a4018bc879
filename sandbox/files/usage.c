#include "sandbox/files/usage.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define SEEN_FIRST 256
#define STEPS_PER_CHECK 256 /* at the clock */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct count {
	struct usage *usage;
	uint64_t bytes, files; /* enough */
	unsigned steps;
	struct seen tops;   /* of the trees: each is counted by itself, not where another has it */
	struct seen linked; /* files with several names */
};

static bool enough(struct count *count)
{
	if (count->usage->latest_ns != 0 && ++count->steps % STEPS_PER_CHECK == 0 &&
		clock_monotonic_ns() > count->usage->latest_ns)
		usage_cannot(count->usage, UNCOUNTED_TIME);
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
		[UNCOUNTED_HIDDEN] =
			("deleted files are only mapped, in flight over a socket, or otherwise out of sight, and the file system has lost more than the job may store"),
		[UNCOUNTED_EVADED] = "the job cannot be stopped for the count",
		[UNCOUNTED_TIME] = "counting takes too long: too many files, or a slow disk",
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

/* A file system that is full can be distinguished from one that does not say. */
static uint64_t left(uint64_t free, uint64_t all)
{
	return all != 0 && free == 0 ? 1 : free;
}

static void add_room(struct usage *usage, int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return;
	usage->room.bytes += left((uint64_t)fs.f_bfree * fs.f_frsize, fs.f_blocks);
	usage->room.files += left(fs.f_ffree, fs.f_files);
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

/* All of it by the first of its names: the others may lie where nobody counts. */
static void add_file(struct count *count, const struct stat *st)
{
	count->usage->files++;
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || seen_is_new(&count->linked, st->st_dev, st->st_ino))
		count->usage->bytes += (uint64_t)st->st_blocks * USAGE_BLOCK;
}

/* One whose top cannot be read itself has no name. */
static void note_within(struct usage *usage, const char *name, unsigned depth)
{
	if (usage->within != NULL && depth == 0 && usage->uncounted != UNCOUNTED_NOTHING)
		snprintf(usage->within, USAGE_WITHIN_SIZE, "%s", name);
}

static int below(struct count *count, int dirfd, const char *name, unsigned depth)
{
	int fd = openat(dirfd, name, OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct stat st;
	int more = 0;

	if (dir == NULL) {
		if (fd < 0)
			return cannot_open(count, dirfd, name);
		close_fd(&fd);
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return -1;
	note_device(count->usage, fd, st.st_dev);
	while (!enough(count) && (more = next_entry(dir, &entry)) > 0) {
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (seen_has(&count->tops, st.st_dev, st.st_ino))
			continue;
		add_file(count, &st);
		if (!S_ISDIR(st.st_mode))
			continue;
		if (depth == USAGE_DEPTH_MAX)
			usage_cannot(count->usage, UNCOUNTED_DEPTH);
		else if (below(count, fd, entry->d_name, depth + 1) < 0)
			return -1;
		note_within(count->usage, entry->d_name, depth);
	}
	if (more < 0 && errno != ENOMEM)
		usage_cannot(count->usage, UNCOUNTED_BLIND);
	return more < 0 && errno == ENOMEM ? -1 : 0;
}

static int count_tree(struct count *count, int fd, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode)) {
		note_device(count->usage, fd, st->st_dev);
		add_file(count, st);
		return 0;
	}
	/* A directory that once had very many names is large for ever. */
	count->usage->bytes += (uint64_t)st->st_blocks * USAGE_BLOCK;
	return below(count, fd, ".", 0);
}

static int count_trees(struct count *count, const int *fds, size_t n, struct stat *tops)
{
	for (size_t i = 0; i < n; i++) {
		if (fstat(fds[i], &tops[i]) < 0)
			return -1;
		if (!seen_is_new(&count->tops, tops[i].st_dev, tops[i].st_ino))
			tops[i].st_mode = 0; /* the same as an earlier one */
	}
	for (size_t i = 0; i < n && count->usage->uncounted == UNCOUNTED_NOTHING; i++) {
		count->usage->tree = i;
		if (tops[i].st_mode != 0 && count_tree(count, fds[i], &tops[i]) < 0)
			return -1;
	}
	return 0;
}

int usage_trees(const int *fds, size_t n, uint64_t bytes, uint64_t files, struct usage *usage)
{
	struct count count = {.usage = usage, .bytes = bytes, .files = files};
	_cleanup_(freep) struct stat *tops = calloc(n + 1, sizeof *tops);
	const int result = tops == NULL ? -1 : count_trees(&count, fds, n, tops);

	seen_free(&count.tops);
	seen_free(&count.linked);
	return result;
}

int usage_tree(int fd, uint64_t bytes, uint64_t files, struct usage *usage)
{
	return usage_trees(&fd, 1, bytes, files, usage);
}

/* Where to look for it: where it is, or where it would be. */
static size_t slot_of(const struct seen *seen, dev_t dev, ino_t ino)
{
	size_t at = (size_t)(((ino ^ dev << 32) * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (seen->room - 1);

	while (seen->file[at].ino != 0 && (seen->file[at].ino != ino || seen->file[at].dev != dev))
		at = (at + 1) & (seen->room - 1);
	return at;
}

static void grow(struct seen *seen)
{
	struct seen grown = {.room = seen->room == 0 ? SEEN_FIRST : seen->room * 2, .n = seen->n};

	grown.file = calloc(grown.room, sizeof *grown.file);
	if (grown.file == NULL)
		return;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->file[i].ino != 0)
			grown.file[slot_of(&grown, seen->file[i].dev, seen->file[i].ino)] = seen->file[i];
	free(seen->file);
	*seen = grown;
}

bool seen_has(const struct seen *seen, dev_t dev, ino_t ino)
{
	return seen->n > 0 && seen->file[slot_of(seen, dev, ino)].ino != 0;
}

bool seen_is_new(struct seen *seen, dev_t dev, ino_t ino)
{
	if (seen_has(seen, dev, ino))
		return false;
	if (seen->n >= seen->room / 2)
		grow(seen);
	if (seen->n < seen->room / 2) {
		seen->file[slot_of(seen, dev, ino)] = (struct seen_file){dev, ino};
		seen->n++;
	}
	return true;
}

void seen_free(struct seen *seen)
{
	freep(&seen->file);
	*seen = (struct seen){0};
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

void usage_add_room(struct usage *usage, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0)
		note_device(usage, fd, st.st_dev);
}
