#include "sandbox/root/cgroupfs.h"

#include "common/cleanup.h"
#include "common/path.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <string.h>

enum place { PLACE_TAKEN, PLACE_FOUND, PLACE_MADE };

/* What the mount table says of the path: its rows stand in the order in which they are mounted. */
static enum place place_of(const struct plan_root *root)
{
	enum place place = PLACE_MADE;

	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *row = &root->mounts[i];

		if (path_is_within(row->target, CGROUPFS_PATH))
			return PLACE_TAKEN;
		if (!path_is_within(CGROUPFS_PATH, row->target))
			continue;
		if (row->kind == PLAN_MOUNT_HIDE)
			return PLACE_TAKEN;
		place = row->kind == PLAN_MOUNT_BIND ? PLACE_FOUND : PLACE_MADE;
	}
	return place;
}

/* An image may have anything there. */
static bool is_no_directory(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

int cgroupfs_mount(int rootfd, const struct plan_root *root, struct error *err)
{
	static const char *const options[] = {NULL};
	const enum place place = place_of(root);
	_cleanup_(close_fd) int at = -1, cgroup = -1;

	if (place == PLACE_TAKEN)
		return 0;
	at = place == PLACE_FOUND ? target_open(rootfd, CGROUPFS_PATH, err)
				  : target_make(rootfd, CGROUPFS_PATH, true, err);
	if (at < 0)
		return is_no_directory(err->errnum) ? 0 : -1;
	cgroup = mount_fresh("cgroup2", options, true, err);
	if (cgroup < 0 || mount_set_readonly(cgroup, CGROUPFS_PATH, err) < 0)
		return -1;
	return mount_attach(cgroup, at, CGROUPFS_PATH, err);
}
