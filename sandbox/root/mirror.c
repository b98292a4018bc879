#include "sandbox/root/mirror.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define SPACE_TEXT "256m"
#define INODES_TEXT "300k" /* MIRROR_DIRECTORIES_MAX, and as many copies as fit */
#define DEPTH_MAX 128
#define COPY_TOP_MAX ((off_t)4 << 20) /* bytes of one file */

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

struct mirror {
	enum plan_copy copy;
	bool counts_links; /* a directory with two links has no directory in it */
	unsigned depth, directories;
	const char *path;
	struct mirror_observer *observer;
	char relative[PATH_MAX]; /* of the directory that is walked, "" or with a "/" at its end */
};

int mirror_create(struct error *err)
{
	static const char *const options[] = {"mode", "0755", "size", SPACE_TEXT, "nr_inodes", INODES_TEXT, NULL};

	return mount_fresh("tmpfs", options, false, err);
}

static int full(const struct mirror *mirror, const char *name, struct error *err)
{
	const int why = errno;

	error_set(err, why, "layer over %s: %s", mirror->path, name);
	return why == ENOSPC
		       ? error_hint(err,
				 "it has more than %d directories, or too much in it: show it read-only with --ro %s",
				 MIRROR_DIRECTORIES_MAX, mirror->path)
		       : -1;
}

static int copy_bytes(int from, int to)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(from, buffer, sizeof buffer)) > 0)
		for (ssize_t done = 0, put; done < n; done += put)
			if ((put = write(to, buffer + done, (size_t)(n - done))) < 0)
				return -1;
	return n < 0 ? -1 : 0;
}

/* What cannot be read stays the host's, but with an empty file nothing is lost: locks are such. */
static int copy_file(
	struct mirror *mirror, int from, int to, const char *name, const struct stat *st, struct error *err)
{
	_cleanup_(close_fd) int source = -1, copy = -1;
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (st->st_size > 0) {
		source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (source < 0)
			return 0;
	}
	copy = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (st->st_mode & 0777) | 0400);
	if (copy < 0 || (source >= 0 && copy_bytes(source, copy) < 0) || futimens(copy, times) < 0)
		return full(mirror, name, err);
	return 0;
}

static int copy_link(struct mirror *mirror, int from, int to, const char *name, struct error *err)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, name, text, sizeof text - 1);

	if (n < 0)
		return 0;
	text[n] = '\0';
	return symlinkat(text, to, name) < 0 ? full(mirror, name, err) : 0;
}

static bool wants_file(const struct mirror *mirror, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || mirror->copy == PLAN_COPY_DIRECTORIES)
		return false;
	return mirror->copy == PLAN_COPY_ALL || st->st_size == 0 || (mirror->depth == 0 && st->st_size <= COPY_TOP_MAX);
}

static int walk(struct mirror *mirror, int from, int to, struct error *err);

static int mirror_directory(
	struct mirror *mirror, int from, int to, const char *name, const struct stat *st, struct error *err)
{
	const bool is_leaf = mirror->counts_links && mirror->copy == PLAN_COPY_DIRECTORIES && st->st_nlink == 2;
	_cleanup_(close_fd) int below = -1, made = -1;
	size_t len;
	int result;

	if (!is_leaf || (st->st_mode & 0005) != 0005) {
		below = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			return 0; /* not for the caller to read */
	}
	if (++mirror->directories > MIRROR_DIRECTORIES_MAX) {
		errno = ENOSPC;
		return full(mirror, name, err);
	}
	if (mkdirat(to, name, MIRROR_MODE(st->st_mode)) < 0)
		return full(mirror, name, err);
	if (is_leaf)
		return 0;
	made = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0)
		return full(mirror, name, err);
	if (mirror->depth == DEPTH_MAX)
		return error_set(err, ELOOP, "layer over %s: %s: more than %d deep", mirror->path, name, DEPTH_MAX);
	len = strlen(mirror->relative);
	if (len + strlen(name) + 2 > sizeof mirror->relative)
		return error_set(err, ENAMETOOLONG, "layer over %s: %s%s", mirror->path, mirror->relative, name);
	sprintf(mirror->relative + len, "%s/", name);
	mirror->depth++;
	result = walk(mirror, take_fd(&below), made, err);
	mirror->depth--;
	mirror->relative[len] = '\0';
	return result;
}

static void observe(const struct mirror *mirror, const char *name, const struct stat *st)
{
	char path[PATH_MAX + NAME_MAX];

	if (mirror->observer == NULL)
		return;
	snprintf(path, sizeof path, "%s%s", mirror->relative, name);
	mirror->observer->note(mirror->observer, path, st);
}

static int mirror_entry(struct mirror *mirror, int from, int to, const struct dirent *entry, struct error *err)
{
	const char *name = entry->d_name;
	struct stat st;

	if (mirror->copy == PLAN_COPY_DIRECTORIES && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
		return 0;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	/* A symbolic link cannot be changed, only replaced, which its directory shows. */
	if (S_ISDIR(st.st_mode) || wants_file(mirror, &st))
		observe(mirror, name, &st);
	if (S_ISDIR(st.st_mode))
		return mirror_directory(mirror, from, to, name, &st, err);
	if (S_ISLNK(st.st_mode) && mirror->copy == PLAN_COPY_ALL)
		return copy_link(mirror, from, to, name, err);
	return wants_file(mirror, &st) ? copy_file(mirror, from, to, name, &st, err) : 0;
}

/* Takes `from` over. */
static int walk(struct mirror *mirror, int from, int to, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = fdopendir(from);
	const struct dirent *entry;
	int more;

	if (dir == NULL) {
		close(from);
		return error_set(err, errno, "layer over %s", mirror->path);
	}
	while ((more = next_entry(dir, &entry)) > 0)
		if (mirror_entry(mirror, dirfd(dir), to, entry, err) < 0)
			return -1;
	return more < 0 ? error_set(err, errno, "layer over %s", mirror->path) : 0;
}

/* find(1) knows the same: where a directory's links count its "." and its subdirectories' "..", two mean that it has
 * none, and it need not be read. Other file systems show any number. */
static bool counts_links(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC);
}

int mirror_tree(
	int from, int to, const char *path, enum plan_copy copy, struct mirror_observer *observer, struct error *err)
{
	struct mirror mirror = {.copy = copy, .counts_links = counts_links(from), .path = path, .observer = observer};
	_cleanup_(close_fd) int top = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return error_set(err, errno, "layer over %s", path);
	return walk(&mirror, take_fd(&top), to, err);
}

void mirror_hide(int to, const char *path, bool over)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(close_fd) int dir = -1;
	char parent[PATH_MAX];
	struct error ignored; /* then it is covered by a mount */

	if (slash == NULL || (size_t)(slash - path) >= sizeof parent)
		return;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	dir = target_open(to, parent, &ignored);
	if (dir < 0 || remove_tree(dir, slash + 1, INT64_MAX, &ignored) < 0)
		return;
	/* A device 0:0 is a whiteout; since 5.8 anybody may make one. */
	if (over)
		(void)mknodat(dir, slash + 1, S_IFCHR | 0, 0);
}

static void descend(int *dir, const char *name)
{
	int below = openat(*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	close_fd(dir);
	*dir = below;
}

void mirror_hide_over(int to, int below, const char *path)
{
	_cleanup_(close_fd) int upper = fcntl(to, F_DUPFD_CLOEXEC, 0), lower = fcntl(below, F_DUPFD_CLOEXEC, 0);
	char name[NAME_MAX + 1];

	while (upper >= 0 && lower >= 0) {
		const char *end;
		struct stat st;

		path += strspn(path, "/");
		end = strchrnul(path, '/');
		if (*path == '\0' || (size_t)(end - path) >= sizeof name)
			return;
		memcpy(name, path, (size_t)(end - path));
		name[end - path] = '\0';
		if (*end == '\0') {
			(void)mknodat(upper, name, S_IFCHR | 0, 0);
			return;
		}
		if (fstatat(lower, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
			(mkdirat(upper, name, MIRROR_MODE(st.st_mode)) < 0 && errno != EEXIST))
			return;
		descend(&upper, name);
		descend(&lower, name);
		path = end;
	}
}
