#include "sandbox/look_mounts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "sandbox/resolv_conf.h"
#include "sandbox/seen_mounts.h"
#include "sandbox/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define IS_LINK UINT64_MAX

/* The mount whose root is at `path`; 0: what is there is not the root of one; IS_LINK: it is a symbolic link. -1 with
 * errno. */
static int look_at(const char *path, uint64_t *id)
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
	*id = (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? st.stx_mnt_id : link ? IS_LINK : 0;
	return 0;
}

/* What is hidden and not there, or out of the job's reach, is hidden. What the host has as a symbolic link is shown as
 * one; what may be missing may be there for another reason, as in an image. */
static bool is_missing(const struct plan *plan, const struct plan_mount *row, int result, uint64_t id)
{
	if (result < 0)
		return row->kind != PLAN_MOUNT_HIDE && !row->optional;
	if (id != 0)
		return false;
	return row->kind == PLAN_MOUNT_HIDE || !row->optional ||
	       (plan->root != PLAN_ROOT_DIR && strcmp(row->source, row->target) == 0);
}

/* Covers that are in no mount table: of /sys, and of /etc/resolv.conf. -1: they cannot be told. */
static int look_at_covers(const struct plan *plan, uint64_t *missing)
{
	_cleanup_(close_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error ignored; /* what cannot be asked is not seen */

	if (root < 0)
		return -1;
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (sysfs_look(&plan->mounts[i], root, missing, &ignored) < 0)
			return -1;
	return resolv_conf_look(plan, missing);
}

void look_at_mounts(const struct plan *plan, struct seen_values *seen)
{
	_cleanup_(freep) uint64_t *ids = calloc(plan->n_mounts + 1, sizeof *ids);
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* what cannot be read is not seen */
	uint64_t missing = 0;
	size_t len;

	if (ids == NULL)
		return;
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const int result = look_at(plan->mounts[i].target, &ids[i]);

		if (result < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return;
		missing += is_missing(plan, &plan->mounts[i], result, ids[i]);
	}
	if (look_at_covers(plan, &missing) < 0)
		return;
	seen->values[SEEN_MOUNT_MISSING] = missing;
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &ignored) == 0)
		seen_mounts(plan, ids, text, seen);
}
