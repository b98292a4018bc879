#include "sandbox/identity/userns.h"

#include "sandbox/files/leave.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int userns_map_single(uid_t uid, gid_t gid, struct error *err)
{
	char map[64];

	/* Since Linux 3.19 (CVE-2014-8989) a gid map may be written without privilege only after this. */
	if (leave_written(AT_FDCWD, "/proc/self/setgroups", "deny") < 0)
		return error_set(err, errno, "user namespace: write /proc/self/setgroups");
	snprintf(map, sizeof map, "%u %u 1", uid, uid);
	if (leave_written(AT_FDCWD, "/proc/self/uid_map", map) < 0)
		return error_set(err, errno, "user namespace: map uid %u", uid);
	snprintf(map, sizeof map, "%u %u 1", gid, gid);
	if (leave_written(AT_FDCWD, "/proc/self/gid_map", map) < 0)
		return error_set(err, errno, "user namespace: map gid %u", gid);
	return 0;
}
