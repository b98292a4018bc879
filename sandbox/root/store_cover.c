#include "sandbox/root/store_cover.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/leave.h"
#include "sandbox/files/lookup.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct store {
	const char *dir; /* NULL: there is none */
	const char *remedy;
};

static int refuse(int errnum, const struct plan_mount *mount, const struct store *store, struct error *err)
{
	error_set(err, errnum, "%s: %s: shows %s, which no job may write",
		mount->origin.text != NULL ? mount->origin.text : "default", mount->source, store->dir);
	error_hint_text(err, "show less, or %s", store->remedy);
	return -1;
}

/* Whether nobody with the job's ids can make a name there, or let himself do so. */
static bool is_closed(int dir, int errnum)
{
	struct stat st;

	if (errnum == EROFS)
		return true;
	return (errnum == EACCES || errnum == EPERM) && fstat(dir, &st) == 0 && st.st_uid != geteuid();
}

/* Mounts a directory on itself. Takes over `fd`, and returns one below which the new mount is seen; -1 with errno. */
static int pin(int fd)
{
	_cleanup_(close_fd) int below = fd, copy = -1;

	copy = (int)syscall(
		SYS_open_tree, below, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	if (copy < 0 ||
		syscall(SYS_move_mount, copy, "", below, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -1;
	return take_fd(&copy);
}

/* Goes down `way` from the row's top. 1: the directory is there; 0: nobody can make it. */
static int walk(const struct store *store, const struct plan_mount *mount, int top, const char *way, struct error *err)
{
	_cleanup_(close_fd) int at = top;
	char name[NAME_MAX + 1];

	for (const char *rest = way + strspn(way, "/"); *rest != '\0'; rest += strspn(rest, "/")) {
		const size_t len = strcspn(rest, "/");
		_cleanup_(close_fd) int next = -1;

		if (len > NAME_MAX)
			return refuse(ENAMETOOLONG, mount, store, err);
		memcpy(name, rest, len);
		name[len] = '\0';
		rest += len;
		if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
			return is_closed(at, errno) ? 0 : refuse(errno, mount, store, err);
		next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next >= 0 && mount->writable && *rest != '\0')
			next = pin(take_fd(&next));
		if (next < 0)
			return refuse(errno, mount, store, err);
		close_fd(&at);
		at = take_fd(&next);
	}
	return 1;
}

static int cover(
	const struct store *store, const struct plan_mount *mount, struct mask *mask, int rootfd, struct error *err)
{
	const char *way = store->dir + strlen(mount->source);
	_cleanup_(freep) char *path = format("%s%s", mount->target, way);
	int top = target_open(rootfd, mount->target, err), found;

	if (path == NULL)
		return error_set(err, ENOMEM, "mask");
	/* Missing, as it may be; or shown as the link that it is. */
	if (top < 0)
		return err->errnum == ENOENT || err->errnum == ELOOP ? 0 : -1;
	found = walk(store, mount, top, way, err);
	return found <= 0 ? found : mask_path(mask, rootfd, path, false, err);
}

/* Whether no link leads there, as far as it is there: mostly so, and it takes one call to see. */
static bool has_no_links(const char *path)
{
	_cleanup_(leave_fd) int fd = lookup_open(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS);

	return fd >= 0 || errno == ENOENT;
}

/* `path` without symbolic links, as far as it is there. */
static char *without_links(const char *path, struct error *err)
{
	_cleanup_(freep) char *there = strdup(path);
	const bool linked = !has_no_links(path);
	struct stat st;
	char *plain;

	while (linked && there != NULL && *there != '\0') {
		_cleanup_(freep) char *real = realpath(there, NULL);
		char *named;

		if (real != NULL) {
			named = format("%s%s", real, path + strlen(there));
			if (named == NULL)
				error_set(err, ENOMEM, "images");
			return named;
		}
		if (errno == ENOENT && lstat(there, &st) == 0) {
			error_set(err, ENOENT, "images: %s: the symbolic link %s leads to nothing", path, there);
			error_hint(err, "a job could make what it leads to: remove it, or set COFFERDAM_IMAGES");
			return NULL;
		}
		*strrchr(there, '/') = '\0';
	}
	plain = there != NULL ? strdup(path) : NULL;
	if (plain == NULL)
		error_set(err, ENOMEM, "images");
	return plain;
}

int store_cover(const struct plan_root *root, struct mask *mask, int rootfd, struct error *err)
{
	_cleanup_(freep) char *images = root->images != NULL ? without_links(root->images, err) : NULL;
	const struct store stores[] = {{root->mirrors, "unset XDG_RUNTIME_DIR"},
		{root->layers, "set COFFERDAM_LAYERS to a directory elsewhere, for all launches"},
		{root->images, "set COFFERDAM_IMAGES to a directory elsewhere, for all launches"},
		/* Only they may be reached by a link. */
		{images, "set COFFERDAM_IMAGES to a directory elsewhere, for all launches"}};
	const size_t n_stores = sizeof stores / sizeof stores[0];

	if (root->images != NULL && images == NULL)
		return -1;
	for (size_t k = 0; root->dir != NULL && k < n_stores; k++)
		if (stores[k].dir != NULL && path_is_within(stores[k].dir, root->dir)) {
			error_set(err, 0, "--root: %s: shows %s, which is no job's", root->dir, stores[k].dir);
			error_hint_text(err, "use a directory elsewhere, or %s", stores[k].remedy);
			return -1;
		}
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		for (size_t k = 0; mount->kind == PLAN_MOUNT_BIND && k < n_stores; k++) {
			const struct store *store = &stores[k];

			if (store->dir == NULL ||
				(images != NULL && store->dir == images && strcmp(images, root->images) == 0))
				continue;
			if (mount->writable && path_is_within(mount->source, store->dir))
				return refuse(0, mount, store, err);
			if (path_is_within(store->dir, mount->source) && cover(store, mount, mask, rootfd, err) < 0)
				return -1;
		}
	}
	return 0;
}
