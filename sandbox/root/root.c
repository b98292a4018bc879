#include "sandbox/root/root.h"

#include "common/cleanup.h"
#include "sandbox/files/leave.h"
#include "sandbox/process/syscalls.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

int root_isolate(struct error *err)
{
	/* Without this, what is mounted here would show on a host whose / is shared (mount_namespaces(7)). */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(err, errno, "root: make the mount namespace private");
	return 0;
}

int root_fresh(int scratch, struct error *err)
{
	return scratch_mount(scratch, "root", 0755, 0, err);
}

int root_attach(int rootfd, struct error *err)
{
	/* /proc is the one directory that every host has and no source lies in. */
	return mount_attach_at(rootfd, AT_FDCWD, ROOT_AT, "the new root", err);
}

int root_enter(int rootfd, bool writable, struct error *err)
{
	if (!writable && mount_set_readonly(rootfd, "the new root", err) < 0)
		return -1;
	if (fchdir(rootfd) < 0)
		return error_set(err, errno, "root: enter the new root");
	/* Same directory twice: the old root ends up on top of the new one, and is then detached (pivot_root(2),
	 * NOTES). */
	if (sys_pivot_root(".", ".") < 0)
		return error_set(err, errno, "root: pivot_root");
	if (umount2(".", MNT_DETACH) < 0)
		return error_set(err, errno, "root: detach the old root");
	if (chdir("/") < 0)
		return error_set(err, errno, "root: chdir /");
	return 0;
}
