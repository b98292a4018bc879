#include "sandbox/files/store_name.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_writable(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND && mount->writable;
}

static int refuse(const struct plan_mount *mount, const char *images, struct error *err)
{
	error_set(err, 0, "%s: %s: shows %s, which no job may write",
		mount->origin.text != NULL ? mount->origin.text : "default", mount->source, images);
	return error_hint(err, "show less, or name it as the directory of the images is named");
}

/* Whether a mount whose path does not lead to `dir`, a directory on the way to the images, shows it all the same. */
static int refuse_same(const struct plan_root *root, const char *images, const char *dir, struct error *err)
{
	struct stat there, st;

	if (lstat(dir, &there) < 0)
		return error_set(err, errno, "images: %s", dir);
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (is_writable(mount) && !path_is_within(images, mount->source) && lstat(mount->source, &st) == 0 &&
			st.st_dev == there.st_dev && st.st_ino == there.st_ino)
			return refuse(mount, root->images, err);
	}
	return 0;
}

int store_name_check(const struct plan_root *root, struct error *err)
{
	_cleanup_(freep) char *images = NULL, *dir = NULL;
	bool writable = false;

	for (size_t i = 0; i < root->n_mounts; i++)
		writable |= is_writable(&root->mounts[i]);
	if (root->images == NULL || !writable)
		return 0;
	images = realpath(root->images, NULL);
	if (images == NULL)
		return errno == ENOMEM ? error_set(err, ENOMEM, "images") : 0;
	dir = strdup(images);
	while (dir != NULL && dir[1] != '\0') {
		char *above;

		if (refuse_same(root, images, dir, err) < 0)
			return -1;
		above = path_directory(dir);
		free(dir);
		dir = above;
	}
	return dir == NULL ? error_set(err, ENOMEM, "images") : 0;
}
