#include "sandbox/verify/inspect_mounts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "sandbox/root/etc.h"
#include "sandbox/root/sysfs.h"
#include "sandbox/verify/seen_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define IS_LINK UINT64_MAX

/* The mount whose root is at `path`; 0: what is there is not the root of one; IS_LINK: it is a symbolic link. `in`: the
 * mount that it is in. -1 with errno. */
static int mount_id(const char *path, uint64_t *id, uint64_t *in)
{
	struct statx st;
	bool link;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_MNT_ID, &st) < 0)
		return -1;
	if ((st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0) { /* the C library stands in for the call */
		errno = ENOSYS;
		return -1;
	}
	link = S_ISLNK(st.stx_mode);
	if (link && statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0)
		return -1;
	*in = st.stx_mnt_id;
	*id = (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? st.stx_mnt_id : link ? IS_LINK : 0;
	return 0;
}

/* Whether nothing of the host's lies in that mount: it is a tmpfs of the plan, or the root that a sandbox begins with.
 * A directory there is above a mount point, and ours. */
static bool is_fresh(const struct plan_root *root, const uint64_t *ids, uint64_t mount)
{
	uint64_t top, in;

	for (size_t i = 0; i < root->n_mounts; i++)
		if (ids[i] == mount)
			return root->mounts[i].kind == PLAN_MOUNT_TMPFS;
	return root->kind == PLAN_ROOT_HOST && mount_id("/", &top, &in) == 0 && top == mount;
}

/* What is hidden and not there, or out of the job's reach, is hidden. What the host has as a symbolic link is shown as
 * one; what may be missing may be there for another reason, as in an image. */
static bool is_missing(enum plan_root_kind kind, const struct plan_mount *row, int result, uint64_t id)
{
	if (result < 0)
		return row->kind != PLAN_MOUNT_HIDE && !row->optional;
	if (id != 0)
		return false;
	return row->kind == PLAN_MOUNT_HIDE || !row->optional ||
	       (kind != PLAN_ROOT_DIR && strcmp(row->source, row->target) == 0);
}

static int inspect_sysfs(const struct plan_root *root, uint64_t *missing)
{
	_cleanup_(close_fd) int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error ignored; /* what cannot be asked is not seen */

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (sysfs_inspect(&root->mounts[i], fd, missing, &ignored) < 0)
			return -1;
	return 0;
}

/* What is in no mount table: covers of /sys, and the files of /etc, which are looked up when nothing is open any more.
 * -1: they are not known. */
static int inspect_covers(const struct plan_root *root, const struct etc *etc, uint64_t *missing)
{
	return inspect_sysfs(root, missing) < 0 ? -1 : etc_inspect(etc, missing);
}

void inspect_mounts(const struct plan_root *root, const struct etc *etc, struct seen_values *seen)
{
	_cleanup_(freep) uint64_t *ids = calloc(root->n_mounts + 1, sizeof *ids);
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* what cannot be read is not seen */
	uint64_t missing = 0;
	size_t len;

	if (ids == NULL)
		return;
	for (size_t i = 0; i < root->n_mounts; i++) {
		uint64_t in = 0;
		const int result = mount_id(root->mounts[i].target, &ids[i], &in);

		if (result < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return;
		if (result < 0 || root->mounts[i].kind != PLAN_MOUNT_HIDE || !is_fresh(root, ids, in))
			missing += is_missing(root->kind, &root->mounts[i], result, ids[i]);
	}
	if (inspect_covers(root, etc, &missing) < 0)
		return;
	seen->values[SEEN_MOUNT_MISSING] = missing;
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &ignored) == 0)
		seen_mounts(root, ids, text, seen);
}
