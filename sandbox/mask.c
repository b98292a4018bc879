#include "sandbox/mask.h"

#include "common/cleanup.h"
#include "sandbox/mount_api.h"
#include "sandbox/target.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* How a directory is covered, as mount(2) takes it. */
#define EMPTY_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define EMPTY_OPTIONS "mode=0555,size=4k,nr_inodes=1"

/* The host's /dev/null, and really that: a mask made of something else would show it (CVE-2025-31133). */
static int clone_null(struct error *err)
{
	_cleanup_(close_fd) int fd = mount_clone(AT_FDCWD, "/dev/null", MOUNT_READONLY, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "mask: /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, 0, "mask: /dev/null: not the null device");
	return take_fd(&fd);
}

static int empty_directory(struct error *err)
{
	static const char *const options[] = {"mode", "0555", "size", "4k", "nr_inodes", "1", NULL};
	_cleanup_(close_fd) int fd = mount_fresh("tmpfs", options, true, err);

	if (fd < 0 || mount_set_readonly(fd, "a mask", err) < 0)
		return -1;
	return take_fd(&fd);
}

int mask_path(int rootfd, const char *path, struct error *err)
{
	_cleanup_(close_fd) int at = target_open(rootfd, path, err);
	_cleanup_(close_fd) int cover = -1;
	struct stat st;

	if (at < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (fstat(at, &st) < 0)
		return error_set(err, errno, "mask %s", path);
	cover = S_ISDIR(st.st_mode) ? empty_directory(err) : clone_null(err);
	if (cover < 0)
		return -1;
	return mount_attach(cover, at, path, err);
}

int mask_begin(struct mask *mask, struct error *err)
{
	*mask = (struct mask){.null = clone_null(err)};
	return mask->null < 0 ? -1 : 0;
}

void mask_end(struct mask *mask)
{
	close_fd(&mask->null);
}

/* The first is the one that was looked at; the others are made from it. */
static int cover_file(struct mask *mask, const char *name)
{
	if (mask->first != NULL)
		return mount(mask->first, name, NULL, MS_BIND, NULL);
	if (syscall(SYS_move_mount, mask->null, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	mask->first = name;
	return 0;
}

int mask_here(struct mask *mask, const char *name, struct error *err)
{
	if (cover_file(mask, name) == 0 || errno == ENOENT)
		return 0;
	/* A directory: ENOTDIR is mount(2)'s word for it, EINVAL move_mount(2)'s. */
	if ((errno == ENOTDIR || errno == EINVAL) && mount("tmpfs", name, "tmpfs", EMPTY_FLAGS, EMPTY_OPTIONS) == 0)
		return 0;
	return error_set(err, errno, "mask %s", name);
}
