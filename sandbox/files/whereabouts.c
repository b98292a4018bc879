#include "sandbox/files/whereabouts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define LINKS_MAX 40 /* the kernel's own, path_resolution(7) */

struct table {
	char *text; /* owned, what the lines point into */
	struct mountinfo *lines;
	size_t n;
	struct stat root; /* ours; no link yet: not asked */
};

/* A directory: `path` in the file system of `mount`, `name` from our root. */
struct place {
	const struct mountinfo *mount;
	char *path, *name;
};

static void table_free(struct table *table)
{
	freep(&table->text);
	freep(&table->lines);
}

static void place_free(struct place *place)
{
	freep(&place->path);
	freep(&place->name);
}

static int read_table(struct table *table, struct error *err)
{
	struct mountinfo line;
	size_t len, room = 0;
	char *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &table->text, &len, err) < 0)
		return -1;
	rest = table->text;
	while (mountinfo_next(&rest, &line)) {
		if (table->n == room) {
			struct mountinfo *grown = reallocarray(table->lines, room += 64, sizeof *grown);

			if (grown == NULL)
				return error_set(err, ENOMEM, "mount table");
			table->lines = grown;
		}
		mountinfo_unescape(line.root);
		mountinfo_unescape(line.point);
		table->lines[table->n++] = line;
	}
	return 0;
}

static const struct mountinfo *mount_of(const struct table *table, int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || (st.stx_mask & STATX_MNT_ID) == 0)
		return NULL;
	for (size_t i = 0; i < table->n; i++)
		if (table->lines[i].id == st.stx_mnt_id)
			return &table->lines[i];
	return NULL;
}

/* "/" and "/x" are "/x". */
static char *join(const char *dir, const char *below)
{
	return format("%s%s", strcmp(dir, "/") == 0 && *below != '\0' ? "" : dir, below);
}

/* What cannot be placed, as what lies outside of our root or was removed, is an error. */
static int find(const struct table *table, int fd, const char *path, struct place *place, struct error *err)
{
	char link[32], name[PATH_MAX];
	const char *below;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof name);
	if (n > 0 && (size_t)n < sizeof name)
		place->name = strndup(name, (size_t)n);
	place->mount = mount_of(table, fd);
	if (place->name == NULL || place->mount == NULL || !path_is_within(place->name, place->mount->point)) {
		error_set(err, 0, "%s: cannot tell on which mount it lies", path);
		return error_hint(err,
			"/proc/self/mountinfo and statx(2) tell: an outer seccomp filter may refuse the second; `-` writes to standard output");
	}
	below = place->name + (strcmp(place->mount->point, "/") == 0 ? 0 : strlen(place->mount->point));
	place->path = join(place->mount->root, strcmp(below, "/") == 0 ? "" : below);
	return place->path == NULL ? error_set(err, ENOMEM, "%s", path) : 0;
}

static bool is_below(const struct place *place, const char *device, const char *path)
{
	return strcmp(place->mount->device, device) == 0 && path_is_within(place->path, path);
}

static bool is_readonly(const struct mountinfo *mount)
{
	return strncmp(mount->options, "ro", 2) == 0 && (mount->options[2] == ',' || mount->options[2] == '\0');
}

/* Whether `place` is what is shown by a writable bind of `source`, or lies below it, there or on what is mounted below
 * it and comes along. */
static int is_shown(const struct table *table, const struct place *place, const char *source, struct error *err)
{
	_cleanup_(close_fd) int fd = open(source, O_PATH | O_CLOEXEC);
	_cleanup_(place_free) struct place shown = {0};

	if (fd < 0)
		return 0; /* it cannot be mounted either */
	if (find(table, fd, source, &shown, err) < 0)
		return -1;
	if (is_below(place, shown.mount->device, shown.path))
		return 1;
	for (size_t i = 0; i < table->n; i++) {
		const struct mountinfo *mount = &table->lines[i];

		if (path_is_within(mount->point, shown.name) && mount != shown.mount && !is_readonly(mount) &&
			is_below(place, mount->device, mount->root))
			return 1;
	}
	return 0;
}

static int refuse_shown(const struct plan_root *root, const struct table *table, const struct place *place,
	const char *what, const char *path, struct error *err)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];
		int shown = 0;

		if (mount->kind == PLAN_MOUNT_BIND && mount->writable)
			shown = is_shown(table, place, mount->source, err);
		if (shown == 0)
			continue;
		if (shown > 0)
			error_set(err, 0, "--%s: %s: lies in %s, where the job can write", what, path, mount->source);
		return shown > 0 ? error_hint(err, "choose a path elsewhere") : -1;
	}
	return 0;
}

/* Opens a directory that a path leads to or through. */
static int open_checked(const struct plan_root *root, const struct table *table, const char *what, const char *path,
	const char *dir, struct error *err)
{
	_cleanup_(close_fd) int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(place_free) struct place place = {0};

	if (fd < 0)
		return error_set(err, errno, "%s: %s", what, path);
	if (find(table, fd, dir, &place, err) < 0 || refuse_shown(root, table, &place, what, path, err) < 0)
		return -1;
	return take_fd(&fd);
}

/* Where a symbolic link leads, as a path from our root; NULL in *to where `path` is none. */
static int follow(const char *path, char **to, struct error *err)
{
	_cleanup_(freep) char *holder = path_directory(path);
	char text[PATH_MAX];
	const ssize_t n = readlink(path, text, sizeof text - 1);

	*to = NULL;
	if (n < 0)
		return errno == EINVAL ? 0 : error_set(err, errno, "%s", path);
	text[n] = '\0';
	if (holder != NULL)
		*to = *text == '/' ? strdup(text) : format("%s/%s", holder, text);
	return *to == NULL ? error_set(err, ENOMEM, "%s", path) : 0;
}

/* A symbolic link on the way that lies where a job can write leads where the job wants, and so does one that another
 * leads through. Opens `dir`. */
static int open_way(const struct plan_root *root, const struct table *table, const char *what, const char *path,
	char *dir, unsigned links, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	char *slash = dir;

	if (links > LINKS_MAX)
		return error_set(err, ELOOP, "%s: %s", what, path);
	do {
		_cleanup_(freep) char *to = NULL;

		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		close_fd(&fd);
		fd = open_checked(root, table, what, path, dir, err);
		if (fd < 0 || follow(dir, &to, err) < 0)
			return -1;
		if (to != NULL) {
			_cleanup_(close_fd) int there = open_way(root, table, what, path, to, links + 1, err);

			if (there < 0)
				return -1;
		}
		if (slash != NULL)
			*slash = '/';
	} while (slash != NULL);
	return take_fd(&fd);
}

int whereabouts_open(const struct plan_root *root, const char *what, const char *path, struct error *err)
{
	_cleanup_(freep) char *dir = path_directory(path);
	_cleanup_(table_free) struct table table = {0};

	if (dir == NULL)
		return error_set(err, ENOMEM, "%s", what);
	return read_table(&table, err) < 0 ? -1 : open_way(root, &table, what, path, dir, 0, err);
}

/* Refuses `source` where it lies in the image, or is a file of which another name may. A tree is not looked through. */
static int refuse_source(const struct plan_root *root, const struct table *table, const struct place *image,
	dev_t device, const char *source, struct error *err)
{
	_cleanup_(close_fd) int fd = open(source, O_PATH | O_CLOEXEC);
	_cleanup_(place_free) struct place place = {0};
	struct stat st;

	if (fd < 0)
		return 0; /* it cannot be mounted either */
	if (find(table, fd, source, &place, err) < 0)
		return -1;
	if (is_below(&place, image->mount->device, image->path)) {
		error_set(err, 0, "--root: %s: %s lies in it, where the job can write", root->dir, source);
		return error_hint(err, "an image is never written: let the job write elsewhere, or to a copy");
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink < 2 || st.st_dev != device)
		return 0;
	error_set(err, 0, "--root: %s: %s has %llu names, of which another may lie in it, where the job can write",
		root->dir, source, (unsigned long long)st.st_nlink);
	return error_hint(err, "an image is never written: give the job a copy of the file");
}

static int refuse_inside(const struct plan_root *root, const struct table *table, const struct place *image,
	dev_t device, struct error *err)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && mount->writable &&
			refuse_source(root, table, image, device, mount->source, err) < 0)
			return -1;
	}
	return 0;
}

int whereabouts_check_image(const struct plan_root *root, struct error *err)
{
	_cleanup_(freep) char *way = root->dir != NULL ? strdup(root->dir) : NULL;
	_cleanup_(table_free) struct table table = {0};
	_cleanup_(place_free) struct place image = {0};
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (root->dir == NULL)
		return 0;
	if (way == NULL)
		return error_set(err, ENOMEM, "root");
	if (read_table(&table, err) < 0)
		return -1;
	fd = open_way(root, &table, "root", root->dir, way, 0, err);
	if (fd < 0)
		return err->errnum == ENOENT || err->errnum == ENOTDIR || err->errnum == EACCES ? 0 : -1;
	if (find(&table, fd, root->dir, &image, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "root: %s", root->dir);
	return refuse_inside(root, &table, &image, st.st_dev, err);
}

/* Whether the directory `dir`, which no link leads to, lies where the job can write. */
static int is_writable(const struct plan_root *root, const struct table *table, const char *dir, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, dir, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	_cleanup_(place_free) struct place place = {0};

	if (fd < 0)
		return error_set(err, errno, "mount: %s", dir);
	if (find(table, fd, dir, &place, err) < 0)
		return -1;
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];
		int shown = 0;

		if (mount->kind == PLAN_MOUNT_BIND && mount->writable)
			shown = is_shown(table, &place, mount->source, err);
		if (shown != 0)
			return shown;
	}
	return 0;
}

/* What a link of the kernel's says is not where it leads (lookup.h). */
static bool is_proc(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* One component of a path: `done` is the path so far, without a link, and grows by it. Where it is a link, what it says
 * stands before the rest from now on: 1. */
static int step(const struct plan_root *root, const struct table *table, char **done, const char *name, char **to,
	struct error *err)
{
	_cleanup_(freep) char *next = strcmp(name, "..") == 0 ? path_directory(*done)
							      : format("%s/%s", (*done)[1] != '\0' ? *done : "", name);
	char text[PATH_MAX];
	ssize_t n;
	int writable;

	if (next == NULL)
		return error_set(err, ENOMEM, "mount table");
	n = strcmp(name, "..") == 0 ? -1 : readlink(next, text, sizeof text - 1);
	if (n < 0) {
		free(*done);
		*done = take_ptr(next);
		return 0;
	}
	text[n] = '\0';
	if (is_proc(*done)) {
		error_set(err, ELOOP, "mount: %s", next);
		return lookup_hint(err);
	}
	writable = is_writable(root, table, *done, err);
	if (writable > 0) {
		error_set(err, ELOOP, "mount: %s", next);
		return error_hint(err, "a symbolic link where a job can write is not followed");
	}
	*to = strdup(text);
	return writable < 0 ? -1 : *to == NULL ? error_set(err, ENOMEM, "mount table") : 1;
}

/* `path` without a symbolic link on the way, unless one lies where the job can write. */
static char *resolve(const struct plan_root *root, const struct table *table, const char *path, struct error *err)
{
	_cleanup_(freep) char *rest = strdup(path);
	_cleanup_(freep) char *done = strdup("/");
	unsigned links = 0;

	while (rest != NULL && done != NULL) {
		_cleanup_(freep) char *to = NULL;
		char *name = rest + strspn(rest, "/"), *end = name + strcspn(name, "/");
		_cleanup_(freep) char *behind = strdup(*end != '\0' ? end + 1 : end);
		int linked;

		if (*name == '\0')
			return take_ptr(done);
		*end = '\0';
		linked = strcmp(name, ".") == 0 ? 0 : step(root, table, &done, name, &to, err);
		if (linked < 0)
			return NULL;
		if (linked > 0 && ++links > LINKS_MAX) {
			error_set(err, ELOOP, "mount: %s", path);
			return NULL;
		}
		if (to != NULL && *to == '/' && (free(done), done = strdup("/")) == NULL)
			break;
		free(rest);
		rest = to != NULL && behind != NULL ? format("%s/%s", to, behind) : take_ptr(behind);
	}
	error_set(err, ENOMEM, "mount table");
	return NULL;
}

/* A link directly below / is shown as the link that it is (sandbox/root/mounts.c). */
static bool is_toplevel(const struct plan_mount *mount)
{
	return strcmp(mount->source, mount->target) == 0 && strchr(mount->target + 1, '/') == NULL;
}

static const char *asked_by(const struct plan_mount *mount)
{
	return mount->origin.text != NULL ? mount->origin.text : "default";
}

/* By whatever name: policy/setting_mount.c knows what is spelt so only. */
static int refuse_never(const struct plan_mount *mount, int fd, struct table *table, struct error *err)
{
	struct stat *root = &table->root, st;
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0 || (root->st_nlink == 0 && stat("/", root) < 0))
		return error_set(err, errno, "%s: %s", asked_by(mount), mount->source);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return error_set(
			err, 0, "%s: %s: lies in the host's /proc, which is not shown", asked_by(mount), mount->source);
	if (st.st_dev == root->st_dev && st.st_ino == root->st_ino)
		return error_set(
			err, 0, "%s: %s: is the whole root, which is not shown", asked_by(mount), mount->source);
	return 0;
}

/* What is missing, or closed to us, is left to who opens it: a link that stands there by then is not followed. */
static int resolve_source(struct plan_root *root, struct table *table, struct plan_mount *mount, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, mount->source, O_PATH, RESOLVE_NO_SYMLINKS);
	char *source;

	mount->nofollow = true;
	if (fd < 0 && errno != ELOOP)
		return 0;
	if (fd < 0) {
		_cleanup_(close_fd) int there = open(mount->source, O_PATH | O_CLOEXEC);

		if ((there >= 0 && refuse_never(mount, there, table, err) < 0) ||
			(table->n == 0 && read_table(table, err) < 0))
			return -1;
		source = resolve(root, table, mount->source, err);
		if (source == NULL)
			return error_context(err, "%s", asked_by(mount));
		free(mount->source);
		mount->source = source;
		fd = lookup_open(AT_FDCWD, source, O_PATH, RESOLVE_NO_SYMLINKS);
	}
	return fd < 0 ? 0 : refuse_never(mount, fd, table, err);
}

/* By another name, where the job can write, an owner that the job has would change the mode of the file. */
static int check_closed(
	const struct plan_root *root, struct table *table, const struct plan_mount *mount, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, mount->source, O_PATH, RESOLVE_NO_SYMLINKS);
	_cleanup_(place_free) struct place place = {0};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0; /* it cannot be mounted either */
	if (st.st_nlink > 1) {
		error_set(err, 0, "--execute-only: %s: has another name, which may lie where the job can write",
			mount->source);
		return error_hint(err, "use a copy of the file");
	}
	if (table->n == 0 && read_table(table, err) < 0)
		return -1;
	return find(table, fd, mount->source, &place, err) < 0
		       ? -1
		       : refuse_shown(root, table, &place, "execute-only", mount->source, err);
}

int whereabouts_resolve(struct plan_root *root, struct error *err)
{
	_cleanup_(table_free) struct table table = {0};
	bool writable = false;

	for (size_t i = 0; i < root->n_mounts; i++)
		writable |= root->mounts[i].kind == PLAN_MOUNT_BIND && root->mounts[i].writable;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_BIND && !is_toplevel(&root->mounts[i]) &&
			(writable || !path_is_of_the_system(root->mounts[i].source)) &&
			resolve_source(root, &table, &root->mounts[i], err) < 0)
			return -1;
	for (size_t i = 0; writable && i < root->n_mounts; i++)
		if (root->mounts[i].execute_only && check_closed(root, &table, &root->mounts[i], err) < 0)
			return -1;
	return 0;
}
