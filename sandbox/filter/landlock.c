#include "sandbox/filter/landlock.h"

#include "common/cleanup.h"
#include "policy/resolve/landlock.h"
#include "sandbox/files/leave.h"
#include "sandbox/filter/landlock_paths.h"
#include "sandbox/filter/landlock_rules.h"
#include "sandbox/process/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_TCP 4
#define ABI_SCOPE 6

#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
	uint64_t scoped;             /* ABI 6 */
};

int landlock_detect(const char **missing, int *errnum)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*missing = NULL;
	*errnum = abi < 0 ? errno : 0;
	if (abi >= LANDLOCK_ABI_NEEDED)
		return abi;
	if (abi >= 0)
		*missing = "the kernel's version forbids renaming between directories (ABI 1; Linux 5.19 has ABI 2)";
	else if (*errnum == EOPNOTSUPP)
		*missing = "disabled at boot";
	else if (*errnum == ENOSYS)
		*missing = "landlock_create_ruleset: not in this kernel, or an outer seccomp filter hides it";
	else
		*missing = "landlock_create_ruleset: an outer seccomp filter refuses it";
	return abi < 0 ? 0 : abi;
}

/* As the descriptor is open now. Pipes and sockets have no path: EBADFD, and nothing to allow. */
static int allow_again(int ruleset, int fd, int abi, struct error *err)
{
	static const uint64_t access[] = {
		[O_RDONLY] = LANDLOCK_ACCESS_FS_READ_FILE,
		[O_WRONLY] = LANDLOCK_FS_WRITING,
		[O_RDWR] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_FS_WRITING,
	};
	int flags;

	if (stdio_is_null(fd))
		return 0;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return error_set(err, errno, "landlock: file descriptor %d", fd);
	if ((flags & O_PATH) == 0 &&
		landlock_allow(ruleset, fd, access[(flags & O_ACCMODE) % 3] | LANDLOCK_FS_IOCTL_DEV, abi) < 0 &&
		errno != EBADFD)
		return error_set(err, errno, "landlock: landlock_add_rule for file descriptor %d", fd);
	return 0;
}

/* Some of 0-2 are /dev/null as a rule, often all: one rule for them, however they are open. */
static int allow_null(int ruleset, int abi, struct error *err)
{
	for (int fd = 0; fd <= 2; fd++)
		if (stdio_is_null(fd))
			return landlock_allow(ruleset, fd,
				       LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_FS_WRITING | LANDLOCK_FS_IOCTL_DEV,
				       abi) < 0
				       ? error_set(err, errno, "landlock: landlock_add_rule for /dev/null")
				       : 0;
	return 0;
}

static int add_rules(int ruleset, int abi, const struct plan_root *root, const struct plan_fds *fds, bool in_container,
	struct error *err)
{
	if ((in_container ? landlock_add_paths : landlock_add_mounts)(ruleset, root, abi, err) < 0)
		return -1;
	if (allow_null(ruleset, abi, err) < 0)
		return -1;
	for (int fd = 0; fd <= 2; fd++)
		if (allow_again(ruleset, fd, abi, err) < 0)
			return -1;
	for (size_t i = 0; i < fds->n_keep; i++)
		if (allow_again(ruleset, fds->keep[i], abi, err) < 0)
			return -1;
	return 0;
}

/* The kernel does not refuse these by itself: what comes before has seen to that. */
static int refused(struct error *err)
{
	return err->errnum != EPERM && err->errnum != ENOSYS
		       ? -1
		       : error_hint(err, "an outer seccomp filter refuses it: allow it, or use --no-landlock");
}

int landlock_restrict(const struct plan_landlock *landlock, const struct plan_root *root, const struct plan_fds *fds,
	bool in_container, struct error *err)
{
	const int abi = landlock->abi;
	/* No rule for a port: none can be bound or connected to. */
	const struct ruleset attr = {
		.handled_access_fs = landlock_fs_rights(abi),
		.handled_access_net = landlock->no_tcp && abi >= ABI_TCP ? NET_BIND_TCP | NET_CONNECT_TCP : 0,
		.scoped = abi >= ABI_SCOPE ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0,
	};
	/* An older kernel takes the longer structure as long as what it does not know is zero. */
	_cleanup_(leave_fd) int ruleset = -1;

	if (abi == 0)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (ruleset < 0)
		return error_set(err, errno, "landlock: landlock_create_ruleset (ABI %d)", abi);
	if (add_rules(ruleset, abi, root, fds, in_container, err) < 0)
		return refused(err);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) {
		error_set(err, errno, "landlock: landlock_restrict_self");
		return refused(err);
	}
	return 0;
}

void landlock_describe(const struct plan_landlock *landlock, char *text, size_t size)
{
	const int abi = landlock->abi;

	snprintf(text, size, "ABI %d: files%s%s%s%s", abi, abi >= 3 ? ", truncation" : "",
		landlock->no_tcp && abi >= ABI_TCP ? ", no TCP" : "", abi >= 5 ? ", devices" : "",
		abi >= ABI_SCOPE ? "; signals and abstract sockets stay within" : "");
}
