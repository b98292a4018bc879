#include "sandbox/files/give_tree.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "sandbox/files/lookup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

static bool is_over(struct give *give)
{
	give->late |= clock_monotonic_ns() > give->deadline_ns;
	return give->late;
}

static bool ran_out(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM;
}

/* `name` lies in the directory `fd`; NULL: it is `fd` itself. Keeps errno. */
static void refuse(int fd, const char *name, struct give *give)
{
	const int why = errno;
	char link[32];
	ssize_t n;

	if (give->refused++ > 0)
		return;
	give->errnum = why;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, give->first, sizeof give->first - 1);
	give->first[n > 0 ? n : 0] = '\0';
	if (name != NULL)
		snprintf(give->first + (n > 0 ? n : 0), sizeof give->first - (size_t)(n > 0 ? n : 0), "/%s", name);
	errno = why;
}

/* Whether something of ours can lie in a directory: not in one of somebody else's in which others make nothing. */
static bool may_have_ours(const struct stat *st, const struct give *give)
{
	return st->st_uid == give->from_uid || (give->from_uid != 0 && (st->st_mode & S_IWOTH) != 0);
}

/* A name elsewhere could be one that others rely on. */
static int give_one(int fd, const struct stat *st, struct give *give)
{
	const uid_t uid = st->st_uid == give->from_uid ? give->to_uid : (uid_t)-1;
	const gid_t gid = st->st_gid == give->from_gid ? give->to_gid : (gid_t)-1;

	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return 0;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 && !give->linked) {
		give->linked_left++;
		return 0;
	}
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0) {
		refuse(fd, NULL, give);
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

static int below(int fd, const struct stat *st, unsigned depth, struct give *give);

/* -1 with errno: memory or descriptors ran out. */
static int entry(int dirfd, const struct stat *dir, const char *name, unsigned depth, struct give *give)
{
	_cleanup_(close_fd) int fd = lookup_open(dirfd, name, O_PATH | O_NOFOLLOW, WITHIN);
	struct stat st;

	if (fd < 0 && ran_out(errno))
		return -1;
	if (fd < 0 && (errno == ENOENT || errno == EXDEV))
		return 0; /* gone, or another file system's */
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (errno != EACCES || may_have_ours(dir, give))
			refuse(dirfd, name, give);
		return 0;
	}
	if (is_spared(&st, give))
		return 0;
	if (S_ISDIR(st.st_mode) && below(fd, &st, depth + 1, give) < 0)
		return -1;
	(void)give_one(fd, &st, give); /* counted */
	return 0;
}

static int below(int fd, const struct stat *st, unsigned depth, struct give *give)
{
	_cleanup_(close_fd) int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *found;
	int more = 0;

	if (dir == NULL) {
		if (ran_out(errno))
			return -1;
		if (errno != EACCES || may_have_ours(st, give))
			refuse(fd, NULL, give);
		return 0;
	}
	(void)take_fd(&copy);
	if (depth > GIVE_DEPTH_MAX) {
		give->deep = true;
		return 0;
	}
	while (!is_over(give) && (more = next_entry(dir, &found)) > 0)
		if (entry(dirfd(dir), st, found->d_name, depth, give) < 0)
			return -1;
	if (more < 0)
		refuse(fd, NULL, give);
	return 0;
}

int give_tree(int fd, struct give *give)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode) && below(fd, &st, 0, give) < 0)
		return -1;
	return give_one(fd, &st, give);
}
