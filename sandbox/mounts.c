#include "sandbox/mounts.h"

#include "common/cleanup.h"
#include "sandbox/mask.h"
#include "sandbox/mount_api.h"
#include "sandbox/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the host has a symbolic link directly below / at `path`, as merged-/usr systems have for /bin and /lib:
 * it is shown as the link that it is. */
static char *toplevel_link(const struct plan_mount *mount)
{
	char text[PATH_MAX];
	ssize_t n;

	if (strcmp(mount->source, mount->target) != 0 || strchr(mount->target + 1, '/') != NULL)
		return NULL;
	n = readlink(mount->source, text, sizeof text - 1);
	return n > 0 ? strndup(text, (size_t)n) : NULL;
}

static int open_tmpfs(uint64_t size, const char *mode, struct error *err)
{
	char bytes[32];
	const char *options[] = {"mode", mode, "size", bytes, NULL};

	if (size == 0)
		options[2] = NULL;
	snprintf(bytes, sizeof bytes, "%" PRIu64, size);
	return mount_fresh("tmpfs", options, false, err);
}

/* /tmp and /var/tmp are everybody's, as anywhere; other fresh directories are the job's own. */
static const char *tmpfs_mode(const char *target)
{
	return strcmp(target, "/tmp") == 0 || strcmp(target, "/var/tmp") == 0 ? "1777" : "0755";
}

static int open_one(const struct plan_mount *mount, struct mount_source *source, struct error *err)
{
	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		source->symlink = toplevel_link(mount);
		if (source->symlink != NULL)
			return 0;
		source->fd = mount_clone(AT_FDCWD, mount->source,
			MOUNT_NODEV | (mount->writable ? 0 : MOUNT_READONLY) | (mount->nofollow ? MOUNT_NOFOLLOW : 0),
			err);
		if (source->fd < 0 && mount->optional && (err->errnum == ENOENT || err->errnum == ENOTDIR))
			return 0;
		if (source->fd < 0 && err->errnum == ENOENT)
			error_hint(err, "asked for by %s", mount->origin.text != NULL ? mount->origin.text : "default");
		return source->fd < 0 ? -1 : 0;
	case PLAN_MOUNT_TMPFS:
		source->fd = open_tmpfs(mount->size, tmpfs_mode(mount->target), err);
		return source->fd < 0 ? -1 : 0;
	case PLAN_MOUNT_HIDE:
		return 0;
	}
	return error_set(err, EINVAL, "mount table: kind %d", mount->kind);
}

int mounts_open(const struct plan *plan, struct mount_source *sources, struct error *err)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		sources[i] = (struct mount_source){.fd = -1};
		if (open_one(&plan->mounts[i], &sources[i], err) < 0)
			return -1;
	}
	return 0;
}

static int attach(int fd, const char *target, int rootfd, struct error *err)
{
	_cleanup_(close_fd) int at = -1;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "mount %s", target);
	at = target_make(rootfd, target, S_ISDIR(st.st_mode), err);
	if (at < 0)
		return -1;
	return mount_attach(fd, at, target, err);
}

int mounts_attach(const struct plan *plan, struct mount_source *sources, int rootfd, struct error *err)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const char *target = plan->mounts[i].target;

		if (plan->mounts[i].kind == PLAN_MOUNT_HIDE) {
			if (mask_path(rootfd, target, err) < 0)
				return -1;
		} else if (sources[i].symlink != NULL) {
			if (target_symlink(rootfd, target, sources[i].symlink, err) < 0)
				return -1;
		} else if (sources[i].fd >= 0) {
			if (attach(sources[i].fd, target, rootfd, err) < 0)
				return -1;
			close_fd(&sources[i].fd);
		}
	}
	return 0;
}
