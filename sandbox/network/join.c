#include "sandbox/network/join.h"

#include "common/cleanup.h"
#include "common/status.h"
#include "sandbox/process/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

int join_userns(int userns, struct error *err)
{
	if (setns(userns, CLONE_NEWUSER) < 0)
		return error_set(err, errno, "join the user namespace");
	return 0;
}

/* Without a uid of 0 only ambient capabilities outlive execve(2), and they must be inheritable. */
static int keep_caps(uint64_t caps, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted = data[i].inheritable = (uint32_t)(caps >> 32 * i);
	if (capset(&header, data) < 0)
		return error_set(err, errno, "capset");
	for (int cap = 0; cap < 64; cap++)
		if ((caps >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_set(err, errno, "ambient capability %d", cap);
	return 0;
}

/* The three may be one another's numbers: all are moved out of the way first. */
static int set_stdio(const int stdio[3], struct error *err)
{
	int moved[3];

	for (int i = 0; i < 3; i++) {
		int fd = stdio[i] >= 0 ? fcntl(stdio[i], F_DUPFD_CLOEXEC, 3) : open("/dev/null", O_RDWR | O_CLOEXEC);

		moved[i] = fd;
		if (fd < 0)
			return error_set(err, errno, "descriptor %d", i);
	}
	for (int i = 0; i < 3; i++)
		if (dup3(moved[i], i, 0) < 0)
			return error_set(err, errno, "descriptor %d", i);
	return 0;
}

static int enter(const struct join *join, bool joined, struct error *err)
{
	if (set_stdio(join->stdio, err) < 0)
		return -1;
	if (!joined && join_userns(join->userns, err) < 0)
		return -1;
	if (join->netns >= 0 && setns(join->netns, CLONE_NEWNET) < 0)
		return error_set(err, errno, "join the network namespace");
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return error_set(err, errno, "close_range");
	if (keep_caps(join->caps, err) < 0 || signals_reset(err) < 0)
		return -1;
	return chdir("/") < 0 ? error_set(err, errno, "chdir /") : 0;
}

void join_exec(const struct join *join, bool joined)
{
	static char *const environment[] = {
		(char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)(uintptr_t) "LC_ALL=C", NULL};
	struct error err;

	if (enter(join, joined, &err) == 0) {
		execve(join->argv[0], join->argv, environment);
		error_set_text(&err, errno, "execute %s", join->argv[0]);
	}
	dprintf(STDERR_FILENO, "%s\n", err.text);
	_exit(STATUS_NOT_FOUND);
}
