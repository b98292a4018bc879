#include "sandbox/disk/trees.h"

#include "common/cleanup.h"
#include "sandbox/files/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_writable(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND && mount->writable;
}

bool disk_trees_any(const struct plan_root *root)
{
	if (root->layer == PLAN_LAYER_DISK)
		return true;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (is_writable(&root->mounts[i]))
			return true;
	return false;
}

/* -1: it holds nothing that is stored, or is not there and need not be. */
static int open_one(const struct plan_mount *mount, int *fd, struct error *err)
{
	struct stat st;

	*fd = lookup_open(AT_FDCWD, mount->source, O_PATH, mount->nofollow ? RESOLVE_NO_SYMLINKS : 0);
	if (*fd < 0 && mount->optional && errno == ENOENT)
		return 0;
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return error_set(err, errno, "disk limit: %s", mount->source);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		close_fd(fd);
	return 0;
}

int disk_trees_open(const struct plan_root *root, struct disk_trees *trees, struct error *err)
{
	trees->fds = calloc(root->n_mounts + 2, sizeof *trees->fds);
	if (trees->fds == NULL)
		return error_set(err, ENOMEM, "disk limit");
	for (size_t i = 0; i < root->n_mounts; i++) {
		int fd = -1;

		if (!is_writable(&root->mounts[i]))
			continue;
		if (open_one(&root->mounts[i], &fd, err) < 0) {
			close_fd(&fd);
			return -1;
		}
		if (fd >= 0)
			trees->fds[trees->n++] = fd;
	}
	return 0;
}

int disk_trees_add_layer(struct disk_trees *trees, int layer, struct error *err)
{
	const int fd = fcntl(layer, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, errno, "disk limit: the layer");
	trees->fds[trees->n++] = fd;
	return 0;
}

void disk_trees_close(struct disk_trees *trees)
{
	for (size_t i = 0; i < trees->n; i++)
		close_fd(&trees->fds[i]);
	freep(&trees->fds);
	trees->n = 0;
}

int disk_trees_count(const struct disk_trees *trees, uint64_t bytes, uint64_t files, struct usage *usage)
{
	return usage_trees(trees->fds, trees->n, bytes, files, usage);
}

struct room disk_trees_room(const struct disk_trees *trees)
{
	struct usage all = {0};

	for (size_t i = 0; i < trees->n; i++)
		usage_add_room(&all, trees->fds[i]);
	return all.room;
}
