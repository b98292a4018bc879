#include "sandbox/landlock.h"

#include "common/cleanup.h"
#include "sandbox/landlock_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of Debian 12 (Linux 6.1) end with ABI 2. */
#define ACCESS_FS_REFER (UINT64_C(1) << 13)    /* ABI 2 */
#define ACCESS_FS_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

#define ABI_TRUNCATE 3
#define ABI_SCOPE 6

#define READ LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE LANDLOCK_ACCESS_FS_WRITE_FILE

struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
	uint64_t scoped;             /* ABI 6 */
};

int landlock_abi(void)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : abi;
}

int landlock_look(int *errnum)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*errnum = abi < 0 ? errno : 0;
	return abi >= LANDLOCK_ABI_NEEDED ? abi : 0;
}

static int allow(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};

	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* As the descriptor is open now. Pipes and sockets have no path: EBADFD, and nothing to allow. */
static int allow_again(int ruleset, int fd, uint64_t write, struct error *err)
{
	static const uint64_t reading[] = {[O_RDONLY] = READ, [O_WRONLY] = 0, [O_RDWR] = READ};
	int flags = fcntl(fd, F_GETFL);
	uint64_t access;

	if (flags < 0)
		return error_set(err, errno, "landlock: file descriptor %d", fd);
	access = reading[(flags & O_ACCMODE) % 3] | ((flags & O_ACCMODE) == O_RDONLY ? 0 : write);
	if ((flags & O_PATH) == 0 && allow(ruleset, fd, access) < 0 && errno != EBADFD)
		return error_set(err, errno, "landlock: allow file descriptor %d", fd);
	return 0;
}

/* POSIX message queues are files of a mount that hangs nowhere, whose root is that of /dev/mqueue inside. */
static int allow_mqueue(int ruleset, uint64_t all, bool optional, struct error *err)
{
	_cleanup_(close_fd) int mqueue = open("/dev/mqueue", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (mqueue < 0 && optional && errno == ENOENT)
		return 0;
	if (mqueue < 0 || allow(ruleset, mqueue, all) < 0)
		return error_set(err, errno, "landlock: allow /dev/mqueue");
	return 0;
}

static int allow_root(int ruleset, uint64_t all, struct error *err)
{
	_cleanup_(close_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || allow(ruleset, root, all) < 0)
		return error_set(err, errno, "landlock: allow /");
	return 0;
}

static int add_rules(int ruleset, const struct plan *plan, uint64_t all, uint64_t write, struct error *err)
{
	if (plan->n_mounts > 0 && plan->in_container) {
		if (landlock_allow_paths(ruleset, plan, all, err) < 0)
			return -1;
	} else if (allow_root(ruleset, all, err) < 0)
		return -1;
	if (allow_mqueue(ruleset, all, plan->in_container, err) < 0)
		return -1;
	for (int fd = 0; fd <= 2; fd++)
		if (allow_again(ruleset, fd, write, err) < 0)
			return -1;
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		if (allow_again(ruleset, plan->keep_fds[i], write, err) < 0)
			return -1;
	return 0;
}

int landlock_restrict(const struct plan *plan, struct error *err)
{
	const int abi = landlock_abi();
	const uint64_t write = WRITE | (abi >= ABI_TRUNCATE ? ACCESS_FS_TRUNCATE : 0);
	/* Where everything below the root is allowed, making and removing need not be looked at. */
	const uint64_t all = READ | write | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE | ACCESS_FS_REFER |
			     (plan->in_container && plan->n_mounts > 0 ? LANDLOCK_MAKE_AND_REMOVE : 0);
	const struct ruleset attr = {
		.handled_access_fs = all,
		.scoped = abi >= ABI_SCOPE ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0,
	};
	/* An older kernel takes the longer structure as long as what it does not know is zero. */
	_cleanup_(close_fd) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0)
		return error_set(err, errno, "landlock: create a ruleset (ABI %d)", abi);
	if (add_rules(ruleset, plan, all, write, err) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return error_set(err, errno, "landlock: restrict");
	return 0;
}
