#include "sandbox/root/target.h"

#include "common/cleanup.h"
#include "sandbox/files/leave.h"
#include "sandbox/files/lookup.h"
#include "sandbox/root/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum missing { MISSING_IS_ERROR, MISSING_DIRECTORY, MISSING_FILE };

/* The whole path in one call, under the same rules (openat2(2), Linux 5.6). Where the answer is neither success nor
 * ENOENT, walk() finds out what is wrong, and at which component. */
static int open_whole(int rootfd, const char *path)
{
	path += strspn(path, "/");
	return lookup_open(rootfd, path[0] == '\0' ? "." : path, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/* The name of a path right below the root, or NULL. */
static const char *single_name(const char *path)
{
	const char *name = path + strspn(path, "/");

	return *name != '\0' && strchr(name, '/') == NULL ? name : NULL;
}

static int make(int dir, const char *name, enum missing missing, const char *path, struct error *err)
{
	int made = missing == MISSING_DIRECTORY ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | 0444, 0);
	const int why = errno;
	struct stat st;

	/* What is there already answers EEXIST wherever it lies; other answers may only mean that it would be refused.
	 */
	if (made == 0 || why == EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	error_set(err, why, "mount point %s: create %s", path, name);
	return why == EROFS ? error_hint(err, "it does not exist, and its directory is read-only") : -1;
}

static int refuse_link(const char *name, const char *path, struct error *err)
{
	error_set(err, 0, "mount point %s: %s is a symbolic link", path, name);
	err->errnum = ELOOP;
	return error_hint(err, "name the path it leads to");
}

static int cannot_step(int errnum, int dir, const char *name, const char *path, struct error *err)
{
	struct stat st;

	error_set(err, errnum, "mount point %s", path);
	if (errnum != ENOTDIR)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return refuse_link(name, path, err);
	error_set(err, 0, "mount point %s: a file stands where a directory must be", path);
	err->errnum = errnum;
	return error_hint(err, MOUNT_WRONG_KIND);
}

/* One step down from `dir`: opens `name`, or makes it. */
static int step(int dir, const char *name, enum missing missing, const char *path, struct error *err)
{
	/* What must be a directory can be no link: that needs no second look. */
	const int directory = missing == MISSING_DIRECTORY ? O_DIRECTORY : 0;
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (missing != MISSING_IS_ERROR && make(dir, name, missing, path, err) < 0)
		return -1;
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | directory);
	if (fd < 0)
		return cannot_step(errno, dir, name, path, err);
	if (directory == 0 && fstat(fd, &st) < 0)
		return error_set(err, errno, "mount point %s", path);
	return directory == 0 && S_ISLNK(st.st_mode) ? refuse_link(name, path, err) : take_fd(&fd);
}

static int walk(int rootfd, const char *path, enum missing parents, enum missing last, struct error *err)
{
	_cleanup_(leave_fd) int at = -1; /* not a step down yet: rootfd */
	char name[NAME_MAX + 1];

	for (const char *component = path + strspn(path, "/"), *rest; *component != '\0'; component = rest) {
		size_t len = strcspn(component, "/");
		int next;

		rest = component + len + strspn(component + len, "/");
		if (len > NAME_MAX)
			return error_set(err, ENAMETOOLONG, "mount point %s", path);
		memcpy(name, component, len);
		name[len] = '\0';
		/* From the top of a root that is not entered yet it leads out of it, to the host. */
		if (strcmp(name, "..") == 0)
			return error_set(err, EINVAL, "mount point %s: \"..\" in it", path);
		next = step(at < 0 ? rootfd : at, name, *rest == '\0' ? last : parents, path, err);
		if (next < 0)
			return -1;
		leave_fd(&at);
		at = next;
	}
	if (at < 0 && (at = fcntl(rootfd, F_DUPFD_CLOEXEC, 3)) < 0)
		return error_set(err, errno, "mount point %s", path);
	return take_fd(&at);
}

int target_find(int rootfd, const char *path, struct error *err)
{
	int fd = open_whole(rootfd, path);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return TARGET_MISSING;
	fd = walk(rootfd, path, MISSING_IS_ERROR, MISSING_IS_ERROR, err);
	return fd < 0 && err->errnum == ENOENT ? TARGET_MISSING : fd;
}

int target_open(int rootfd, const char *path, struct error *err)
{
	int fd = target_find(rootfd, path, err);

	return fd == TARGET_MISSING ? error_set(err, ENOENT, "mount point %s", path) : fd;
}

/* Where only the last of many components is missing: the one above it is opened in one call. -1: that is not so, or
 * does not help. */
static int make_last(int rootfd, const char *path, enum missing last)
{
	const char *slash = strrchr(path, '/'), *first = path + strspn(path, "/");
	_cleanup_(freep) char *parent = NULL;
	_cleanup_(leave_fd) int above = -1;
	struct error ignored; /* walk() says what is wrong */

	if (slash == NULL || slash[1] == '\0' || strchr(first, '/') == slash || strcmp(slash, "/..") == 0)
		return -1;
	parent = strndup(first, (size_t)(slash - first));
	above = parent == NULL ? -1 : open_whole(rootfd, parent);
	return above < 0 ? -1 : step(above, slash + 1, last, path, &ignored);
}

int target_make(int rootfd, const char *path, bool directory, struct error *err)
{
	const enum missing last = directory ? MISSING_DIRECTORY : MISSING_FILE;
	const char *name = single_name(path);
	int fd;

	if (name != NULL && directory)
		mkdirat(rootfd, name, 0755);
	else if (name != NULL)
		mknodat(rootfd, name, S_IFREG | 0444, 0);
	fd = open_whole(rootfd, path);
	if (fd < 0 && errno == ENOENT)
		fd = make_last(rootfd, path, last);
	return fd >= 0 ? fd : walk(rootfd, path, MISSING_DIRECTORY, last, err);
}

/* A directory right below `rootfd` that was not there is what it is called, as long as nobody else makes names there,
 * and so are those that are made in it: none need be looked up. */
static const char *make_new(int rootfd, const char *path)
{
	const char *relative = path + strspn(path, "/");
	_cleanup_(freep) char *made = NULL;

	if (single_name(path) != NULL)
		return mkdirat(rootfd, relative, 0755) == 0 ? relative : NULL;
	made = strdup(relative);
	for (char *end = made; end != NULL && *end != '\0'; end += strspn(end, "/")) {
		char *name = end;
		bool down;
		char after;

		end += strcspn(end, "/");
		after = *end;
		*end = '\0';
		down = strcmp(name, "..") != 0 && mkdirat(rootfd, made, 0755) == 0;
		*end = after;
		if (!down)
			return NULL;
	}
	return made != NULL && made[0] != '\0' ? relative : NULL;
}

bool target_make_new(int rootfd, const char *path)
{
	return make_new(rootfd, path) != NULL;
}

/* What is there of the way to a path that is not: the directory above it, or else the first one. Only in the root's own
 * mount: elsewhere others may make names. *below is what follows. */
static int open_above(int rootfd, const char *path, const char **below)
{
	const unsigned resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	const char *first = path + strspn(path, "/"), *last = strrchr(first, '/'), *second = strchr(first, '/');
	_cleanup_(freep) char *above = last == NULL ? NULL : strndup(first, (size_t)(last - first));
	int fd;

	if (above == NULL || strstr(above, "..") != NULL) /* walk() refuses that, or knows that it is a name */
		return -1;
	*below = last + 1;
	fd = lookup_open(rootfd, above, O_PATH | O_DIRECTORY, resolve);
	if (fd >= 0 || errno != ENOENT || second == last)
		return fd;
	above[second - first] = '\0';
	*below = second + 1;
	return lookup_open(rootfd, above, O_PATH | O_DIRECTORY, resolve);
}

bool target_attach_new(int rootfd, const char *path, int mount)
{
	const char *name = make_new(rootfd, path);
	_cleanup_(leave_fd) int above = name != NULL ? -1 : open_above(rootfd, path, &path);
	const int dirfd = above >= 0 ? above : rootfd;
	struct error ignored; /* whoever falls back on another way says what is wrong */

	if (above >= 0)
		name = make_new(above, path);
	if (name == NULL)
		return false;
	if (mount_attach_at(mount, dirfd, name, path, &ignored) == 0)
		return true;
	unlinkat(dirfd, name, AT_REMOVEDIR);
	return false;
}

int target_attach(int rootfd, const char *path, int mount, struct error *err)
{
	_cleanup_(leave_fd) int at = -1;

	if (target_attach_new(rootfd, path, mount))
		return 0;
	at = target_make(rootfd, path, true, err);
	return at < 0 ? -1 : mount_attach(mount, at, path, err);
}

int target_symlink(int rootfd, const char *path, const char *text, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	_cleanup_(close_fd) int dir = -1;

	if (single_name(path) != NULL && (symlinkat(text, rootfd, single_name(path)) == 0 || errno == EEXIST))
		return 0;
	if ((size_t)(slash - path) >= sizeof parent)
		return error_set(err, ENAMETOOLONG, "symlink %s", path);
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	dir = target_make(rootfd, parent, true, err);
	if (dir < 0)
		return -1;
	if (symlinkat(text, dir, slash + 1) < 0 && errno != EEXIST)
		return error_set(err, errno, "symlink %s", path);
	return 0;
}
