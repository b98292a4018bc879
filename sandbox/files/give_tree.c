#include "sandbox/files/give_tree.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "sandbox/files/lookup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_over(struct give *give)
{
	give->late |= clock_monotonic_ns() > give->deadline_ns;
	return give->late;
}

/* A name elsewhere could be one that others rely on. */
static int give_one(int fd, const struct stat *st, struct give *give)
{
	const uid_t uid = st->st_uid == give->from_uid ? give->to_uid : (uid_t)-1;
	const gid_t gid = st->st_gid == give->from_gid ? give->to_gid : (gid_t)-1;

	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return 0;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 && !give->linked) {
		give->left++;
		return 0;
	}
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0) {
		give->left++;
		return -1;
	}
	give->given++;
	return 0;
}

static bool is_spared(const struct stat *st, const struct give *give)
{
	for (size_t i = 0; i < give->n_spared; i++)
		if (st->st_ino == give->spared[i].ino && st->st_dev == give->spared[i].dev)
			return true;
	return false;
}

static int below(int fd, unsigned depth, struct give *give);

static int entry(int dirfd, const char *name, unsigned depth, struct give *give)
{
	_cleanup_(close_fd) int fd = lookup_open(dirfd, name, O_PATH | O_NOFOLLOW, WITHIN);
	struct stat st;

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0; /* gone, or another file system's */
	if (is_spared(&st, give))
		return 0;
	if (S_ISDIR(st.st_mode) && below(fd, depth + 1, give) < 0)
		return -1;
	give_one(fd, &st, give);
	return 0;
}

static int below(int fd, unsigned depth, struct give *give)
{
	const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry_of;

	if (dir == NULL) {
		const int why = errno;

		if (copy >= 0)
			close(copy);
		give->left++;
		errno = why;
		return why == EMFILE || why == ENFILE || why == ENOMEM ? -1 : 0;
	}
	if (depth > GIVE_DEPTH_MAX) {
		give->deep = true;
		return 0;
	}
	while (!is_over(give) && (entry_of = readdir(dir)) != NULL)
		if (!is_dot(entry_of->d_name) && entry(dirfd(dir), entry_of->d_name, depth, give) < 0)
			return -1;
	return 0;
}

int give_tree(int fd, struct give *give)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode) && below(fd, 0, give) < 0)
		return -1;
	return give_one(fd, &st, give);
}
