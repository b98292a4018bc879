#include "sandbox/resolv_conf.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/path.h"
#include "sandbox/lookup.h"
#include "sandbox/mount_api.h"
#include "sandbox/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define NAME "resolv.conf"
#define PATH "/etc/" NAME
#define OURS ".resolv.conf"

static bool has_its_own(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (strcmp(plan->mounts[i].target, PATH) == 0)
			return true;
	return false;
}

/* Whether it is the administrator who says where it leads: not an image, nor a job before this one. */
static bool is_trusted(const struct plan *plan)
{
	bool written = false;

	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].kind != PLAN_MOUNT_HIDE && path_is_within(PATH, plan->mounts[i].target))
			written = plan->mounts[i].kind == PLAN_MOUNT_BIND && plan->mounts[i].writable;
	return plan->root != PLAN_ROOT_DIR && !written;
}

/* Follows links as they will be followed from inside. */
static int open_in_root(int rootfd, const char *path)
{
	return lookup_open(rootfd, path, O_PATH, RESOLVE_IN_ROOT);
}

/* Makes the file that a dangling link names: with systemd-resolved it lies in /run, which is fresh inside. */
static int make_target(int rootfd, struct error *err)
{
	_cleanup_(close_fd) int etc = open_in_root(rootfd, "/etc");
	char link[PATH_MAX];
	_cleanup_(freep) char *path = NULL;
	const char *rest = link;
	ssize_t n = etc < 0 ? -1 : readlinkat(etc, NAME, link, sizeof link - 1);

	if (n < 0)
		return target_make(rootfd, PATH, false, err);
	link[n] = '\0';
	/* "../run/…" from /etc and "/run/…" are the same; nothing else is common. */
	while (strncmp(rest, "../", 3) == 0)
		rest += 3;
	path = format("%s%s", link[0] == '/' ? "" : rest != link ? "/" : "/etc/", rest);
	return path == NULL ? error_set(err, ENOMEM, PATH) : target_make(rootfd, path, false, err);
}

/* Follows none. One in the throw-away layer of an image gives way to a file; elsewhere it is refused. */
static int open_unfollowed(int rootfd, struct error *err)
{
	_cleanup_(close_fd) int etc = target_make(rootfd, "/etc", true, err);
	struct stat root, st;

	if (etc < 0)
		return -1;
	if (fstat(rootfd, &root) < 0 || fstat(etc, &st) < 0)
		return error_set(err, errno, PATH);
	if (st.st_dev == root.st_dev && fstatat(etc, NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) &&
		unlinkat(etc, NAME, 0) < 0)
		return error_set(err, errno, PATH ": a symbolic link of the image's: remove");
	return target_make(rootfd, PATH, false, err);
}

static int open_followed(int rootfd, struct error *err)
{
	int at = open_in_root(rootfd, PATH);

	if (at < 0 && errno != ENOENT)
		return error_set(err, errno, PATH);
	return at < 0 ? make_target(rootfd, err) : at;
}

/* A file of the new root, bound over the other. It keeps a name of its own until then: an unlinked file cannot be
 * attached. */
static int open_ours(int rootfd, const char *text, struct error *err)
{
	_cleanup_(close_fd) int file = openat(rootfd, OURS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (file < 0 || fchmod(file, 0444) < 0 || write_all(file, text, strlen(text)) < 0)
		return error_set(err, errno, "resolv.conf: write");
	return mount_clone(rootfd, OURS, MOUNT_READONLY | MOUNT_NODEV | MOUNT_NOFOLLOW, err);
}

int resolv_conf_cover(int rootfd, const struct plan *plan, struct error *err)
{
	_cleanup_(close_fd) int at = -1;
	_cleanup_(close_fd) int ours = -1;

	if (plan->egress.resolv_conf == NULL || has_its_own(plan))
		return 0;
	ours = open_ours(rootfd, plan->egress.resolv_conf, err);
	if (ours < 0)
		return -1;
	at = is_trusted(plan) ? open_followed(rootfd, err) : open_unfollowed(rootfd, err);
	if (at < 0)
		return error_context(err, "resolv.conf");
	if (mount_attach(ours, at, PATH, err) < 0)
		return -1;
	return unlinkat(rootfd, OURS, 0) < 0 ? error_set(err, errno, "resolv.conf: unlink") : 0;
}

int resolv_conf_look(const struct plan *plan, uint64_t *uncovered)
{
	struct statx st = {0};

	if (plan->egress.resolv_conf == NULL || has_its_own(plan))
		return 0;
	if (statx(AT_FDCWD, PATH, 0, STATX_TYPE, &st) < 0 && errno != ENOENT)
		return -1;
	*uncovered += (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0;
	return 0;
}
