#include "sandbox/files/sources.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char *origin_of(const struct plan_mount *mount)
{
	return mount->origin.text != NULL ? mount->origin.text : "mount";
}

static bool is_workspace(const struct plan_mount *mount, const char *workspace)
{
	return workspace != NULL && mount->kind == PLAN_MOUNT_BIND && mount->writable &&
	       strcmp(mount->target, workspace) == 0;
}

int sources_check_one(const struct plan_mount *mount, const char *workspace, struct error *err)
{
	struct stat st;

	if (mount->source == NULL || mount->optional)
		return 0;
	if (stat(mount->source, &st) < 0) {
		if (errno != ENOENT)
			return 0; /* who mounts it says more */
		error_set(err, 0, "%s: %s: no such file or directory", origin_of(mount), mount->source);
		if (strstr(mount->source, "/~/") != NULL)
			return error_hint(err, "~ is not expanded here: write $HOME");
		if (is_workspace(mount, workspace))
			return error_hint(err, "mkdir -p %.300s", mount->source);
		if (mount->writable)
			return error_hint(err, "name one that exists; a directory: mkdir -p %.300s", mount->source);
		return error_hint(err, "name one that exists; --ro-try shows a path only if it exists");
	}
	if (!is_workspace(mount, workspace) || S_ISDIR(st.st_mode))
		return 0;
	error_set(err, 0, "%s: %s: not a directory", origin_of(mount), mount->source);
	return error_hint(err, "name a directory; --ro and --rw show a file");
}

const struct plan_mount *sources_around(const struct plan_root *root, const struct plan_mount *mount)
{
	const struct plan_mount *around = NULL;

	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *other = &root->mounts[i];

		if (other != mount && strcmp(other->target, mount->target) != 0 &&
			path_is_within(mount->target, other->target) &&
			(around == NULL || strlen(other->target) > strlen(around->target)))
			around = other;
	}
	return around;
}

/* A mount point cannot be made in what is shown read-only. */
static int check_target(const struct plan_root *root, const struct plan_mount *mount, struct error *err)
{
	const struct plan_mount *around = sources_around(root, mount);
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	if (around == NULL || around->kind != PLAN_MOUNT_BIND || around->writable || mount->optional)
		return 0;
	path = format("%s%s", around->source, mount->target + strlen(around->target));
	if (path == NULL || lstat(path, &st) == 0 || errno != ENOENT)
		return 0;
	if (origin_of(mount)[0] == '-') {
		error_set(err, 0, "%s: %s: does not exist, and cannot be made in %s, which is read-only (%s)",
			origin_of(mount), mount->target, around->source, origin_of(around));
		return error_hint(err, "mount it elsewhere, create %.200s, or use --root overlay", path);
	}
	error_set(err, 0, "%s: %s: hides %s, which %s mounts and which does not exist in the read-only directory",
		origin_of(around), around->source, mount->target, origin_of(mount));
	return error_hint(err, "show less of it, or create %.200s", path);
}

int sources_check(const struct plan_root *root, const char *workspace, struct error *err)
{
	for (size_t i = 0; i < root->n_mounts; i++)
		if (sources_check_one(&root->mounts[i], workspace, err) < 0)
			return -1;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (check_target(root, &root->mounts[i], err) < 0)
			return -1;
	return 0;
}
