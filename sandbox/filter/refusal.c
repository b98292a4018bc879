#include "sandbox/filter/refusal.h"

#include "common/cleanup.h"
#include "policy/seccomp/watched.h"
#include "policy/syscalls/call_text.h"
#include "sandbox/files/lookup.h"
#include "sandbox/filter/handed.h"
#include "sandbox/filter/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One call, and what has been found out of it. */
struct look {
	const struct refusal_scope *scope;
	const struct watched_call *call;
	const struct seccomp_notif *notif;
	const struct peek *peek;
	struct denial *denial;
	int root;            /* the caller's */
	uint64_t flags;      /* of open(2), the mode of mknod(2), or AT_* */
	char path[PATH_MAX]; /* below its root, as it will be looked up */
};

static int open_proc(pid_t id, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", id, file);
	return open(path, O_PATH | O_CLOEXEC);
}

/* Mounts that a job can make are in namespaces of its own: there a lookup could wait for the job (FUSE). */
static bool in_namespace(pid_t tid, const char *kind, ino_t namespace)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", tid, kind);
	return namespace != 0 && stat(path, &st) == 0 && st.st_ino == namespace;
}

static int resolve(const struct look *look, const char *path, bool nofollow)
{
	return lookup_open(look->root, path, O_PATH | (nofollow ? O_NOFOLLOW : 0), RESOLVE_IN_ROOT);
}

/* The path of an open file, as its mount namespace has it. */
static bool path_of(int fd, char *path, size_t size)
{
	char self[32];
	ssize_t n;

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	n = readlink(self, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
	return n > 0 && n < (ssize_t)size - 1 && path[0] == '/';
}

/* A relative path becomes an absolute one: by its directory's name, since ".." may lead out of that. */
static bool make_absolute(struct look *look, const char *text)
{
	const struct watched_call *call = look->call;
	const int at = call->dirfd >= 0 ? (int)look->notif->data.args[call->dirfd] : AT_FDCWD;
	_cleanup_(close_fd) int base = -1;
	char file[32] = "cwd";
	size_t used;

	if (text[0] == '/')
		return snprintf(look->path, sizeof look->path, "%s", text) < (int)sizeof look->path;
	if (at != AT_FDCWD)
		snprintf(file, sizeof file, "fd/%d", at);
	base = open_proc((pid_t)look->notif->pid, file);
	if (base < 0 || !path_of(base, look->path, sizeof look->path))
		return false;
	used = strlen(look->path);
	return snprintf(look->path + used, sizeof look->path - used, "/%s", text) < (int)(sizeof look->path - used);
}

static bool read_path(struct look *look)
{
	const int index = look->call->path;
	_cleanup_(freep) char *text = malloc(PATH_MAX);

	return text != NULL && look->notif->data.args[index] != 0 &&
	       peek_string(look->peek, look->notif->data.args[index], text, PATH_MAX) && text[0] != '\0' &&
	       make_absolute(look, text);
}

static bool is_below(const char *path, const char *directory)
{
	const size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && (len == 1 || path[len] == '/' || path[len] == '\0');
}

/* The row of the mount table that shows what is at a resolved path. */
static int row_of(const struct plan_root *root, const char *path)
{
	int best = -1;

	for (size_t i = 0; i < root->n_mounts; i++)
		if (is_below(path, root->mounts[i].target) &&
			(best < 0 || strlen(root->mounts[i].target) >= strlen(root->mounts[best].target)))
			best = (int)i;
	return best;
}

static bool is_read_only(const struct look *look, int fd, int errnum)
{
	struct denial *denial = look->denial;
	char path[PATH_MAX];
	struct statvfs vfs;

	if (fstatvfs(fd, &vfs) < 0 || (vfs.f_flag & ST_RDONLY) == 0)
		return false;
	denial->cause = DENIAL_READ_ONLY;
	denial->errnum = errnum;
	denial->mount = path_of(fd, path, sizeof path) ? row_of(look->scope->root, path) : -1;
	return true;
}

/* The directory in which the last component of the path is made or removed. */
static int resolve_parent(struct look *look)
{
	size_t len = strlen(look->path);

	while (len > 1 && look->path[len - 1] == '/')
		look->path[--len] = '\0';
	*strrchr(look->path, '/') = '\0';
	return resolve(look, look->path[0] == '\0' ? "/" : look->path, false);
}

static bool parent_refuses(struct look *look)
{
	_cleanup_(close_fd) int parent = resolve_parent(look);
	struct statfs fs;

	/* In /proc there is nothing to be made, read-only or not. */
	return parent >= 0 && fstatfs(parent, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC &&
	       is_read_only(look, parent, EROFS);
}

static bool remove_refused(struct look *look)
{
	_cleanup_(close_fd) int fd = resolve(look, look->path, true);

	return fd >= 0 && parent_refuses(look);
}

static bool make_refused(struct look *look)
{
	_cleanup_(close_fd) int fd = resolve(look, look->path, true);

	if (fd >= 0 || errno != ENOENT)
		return false; /* EEXIST, or what has nothing to do with us */
	if (parent_refuses(look))
		return true;
	/* The kernel would say EPERM; Landlock is asked first. */
	if (look->scope->landlock == 0 || look->call->flags < 0 || (look->flags & S_IFMT) != S_IFBLK)
		return false;
	look->denial->cause = DENIAL_LANDLOCK;
	look->denial->errnum = EACCES;
	snprintf(look->denial->note, sizeof look->denial->note, "block devices can be made nowhere");
	return true;
}

static bool is_nofollow(const struct look *look)
{
	return look->call->nofollow || (look->call->flags >= 0 && (look->flags & AT_SYMLINK_NOFOLLOW) != 0);
}

static bool change_refused(const struct look *look)
{
	_cleanup_(close_fd) int fd = resolve(look, look->path, is_nofollow(look));

	return fd >= 0 && is_read_only(look, fd, EROFS);
}

/* Permissions are asked before the mount, unless the file is to be emptied. The launcher is the job's user only where
 * that has one id. */
static int open_errno(const struct look *look, int fd)
{
	if ((look->flags & O_TRUNC) == 0 && look->scope->identity->kind == PLAN_IDENTITY_SINGLE &&
		faccessat(fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 && errno == EACCES)
		return EACCES;
	return EROFS;
}

static bool open_refused(struct look *look)
{
	const bool writes = (look->flags & O_ACCMODE) != O_RDONLY || (look->flags & O_TRUNC) != 0;
	const bool nameless = (look->flags & O_TMPFILE) == O_TMPFILE;
	const int descriptor = handed_descriptor(look->path);
	_cleanup_(close_fd) int fd = resolve(look, look->path, (look->flags & O_NOFOLLOW) != 0);
	struct stat st;

	if (descriptor >= 0)
		return writes && handed_is_refused(look->scope->fds, look->scope->landlock, (pid_t)look->notif->pid,
					 descriptor, look->denial);
	if (fd < 0)
		return errno == ENOENT && !nameless && (look->flags & O_CREAT) != 0 && parent_refuses(look);
	if (!writes || fstat(fd, &st) < 0 || (look->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return false;
	if (nameless)
		return S_ISDIR(st.st_mode) && is_read_only(look, fd, EROFS);
	return S_ISREG(st.st_mode) && is_read_only(look, fd, open_errno(look, fd));
}

static bool exec_refused(const struct look *look)
{
	_cleanup_(close_fd) int fd = resolve(look, look->path, is_nofollow(look));

	return fd >= 0 && privileges_are_marked(fd, look->scope->identity, look->denial);
}

static bool read_flags(struct look *look)
{
	char how[sizeof(uint64_t) + 1];

	if (look->call->flags >= 0) {
		look->flags = look->notif->data.args[look->call->flags];
		return true;
	}
	if (look->call->kind != WATCHED_OPEN)
		return true;
	if (look->notif->data.nr != SYS_openat2) {
		look->flags = O_WRONLY | O_CREAT | O_TRUNC; /* creat(2) */
		return true;
	}
	if (!peek_string(look->peek, look->notif->data.args[2], how, sizeof how))
		return false;
	memcpy(&look->flags, how, sizeof look->flags);
	return true;
}

static bool row_refused(struct look *look)
{
	if (!read_flags(look) || !read_path(look))
		return false;
	switch (look->call->kind) {
	case WATCHED_OPEN:
		return open_refused(look);
	case WATCHED_MAKE:
		return make_refused(look);
	case WATCHED_REMOVE:
		return remove_refused(look);
	case WATCHED_REPLACE:
		return parent_refuses(look);
	case WATCHED_CHANGE:
		return change_refused(look);
	case WATCHED_EXEC:
		return exec_refused(look);
	case WATCHED_PRCTL:
		break;
	}
	return false;
}

void refusal_begin(struct refusal_scope *scope, const struct message_scope *said, struct denials *denials)
{
	struct denial denial = {
		.number = SYS_execve, .cause = DENIAL_NO_PRIVILEGES, .process = "cofferdam", .mount = -1};
	const char *strings[CALL_ARGS] = {said->file};
	const uint64_t args[CALL_ARGS] = {1}; /* not NULL */

	scope->mounts = said->mounts;
	scope->users = said->users;
	if (said->marks[0] == '\0')
		return;
	snprintf(denial.note, sizeof denial.note, "%s", said->marks);
	call_text("execve", args, strings, denial.arguments, sizeof denial.arguments);
	denials_add(denials, &denial);
}

bool refusal_foresee(const struct refusal_scope *scope, const struct seccomp_notif *notif, const struct peek *peek,
	struct denial *denial)
{
	_cleanup_(close_fd) int root = -1;
	_cleanup_(freep) struct look *look = NULL;
	unsigned n;
	const struct watched_call *rows = watched_rows((unsigned)notif->data.nr, &n);
	const pid_t tid = (pid_t)notif->pid;
	bool refused = false;

	if (n > 0 && rows->kind == WATCHED_PRCTL)
		return in_namespace(tid, "user", scope->users) &&
		       privileges_are_locked(notif->data.args, scope->securebits, scope->identity, denial);
	if (n == 0 || !in_namespace(tid, "mnt", scope->mounts))
		return false;
	look = malloc(sizeof *look);
	root = open_proc(tid, "root");
	if (look == NULL || root < 0)
		return false;
	for (unsigned i = 0; i < n && !refused; i++) {
		*look = (struct look){
			.scope = scope, .call = &rows[i], .notif = notif, .peek = peek, .denial = denial, .root = root};
		refused = row_refused(look);
	}
	return refused;
}
