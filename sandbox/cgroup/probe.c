/* Whether a directory that looks delegated is. Permissions do not tell all: the common ancestor of where we are and of
 * where a process shall go must be ours too, namespaces bound with nsdelegate hide that, and controllers can be in use
 * elsewhere. */
#include "sandbox/cgroup/cgroup.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/process/syscalls.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char reason[ERROR_TEXT_MAX]; /* facts->cgroup_reason; the launcher has one thread, and looks once */

static int start_in(int leaf, struct error *err)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .cgroup = (__u64)leaf, .exit_signal = SIGCHLD};
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		_exit(0);
	if (pid < 0 && errno == EACCES)
		return error_set(
			err, 0, "the launcher's cgroup and this one have no common ancestor delegated to this user");
	if (pid < 0)
		return error_set(err, errno, "start a process in a new cgroup");
	return wait_reap(pid, NULL, err) < 0 ? error_context(err, "a process in a new cgroup") : 0;
}

/* Each controller alone: one that cannot be had does not take the others along. */
static void try_controllers(int dir, unsigned controllers, struct facts *facts)
{
	const unsigned wanted = controllers & facts->cgroup_controllers;
	struct error err;

	for (unsigned bit = FACTS_CONTROLLER_MEMORY; bit <= FACTS_CONTROLLER_IO; bit <<= 1)
		if ((wanted & bit) != 0 && cgroup_enable(dir, bit, &err) < 0) {
			facts->cgroup_controllers &= ~bit;
			snprintf(reason, sizeof reason, "%s", err.text);
			facts->cgroup_reason = reason;
		}
}

void cgroup_probe(const char *parent, unsigned controllers, struct facts *facts)
{
	_cleanup_(close_fd) int dir = open(parent, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) char *name = format("probe-%d", getpid());
	struct cgroup leaf = {.dirfd = -1, .path = name != NULL ? cgroup_leaf_path(parent, name) : NULL};
	struct error err;
	int result;

	cgroup_sweep(parent);
	try_controllers(dir, controllers, facts);
	result = leaf.path == NULL ? error_set(&err, ENOMEM, "cgroup") : cgroup_make_leaf(&leaf, &err);
	if (result == 0) {
		result = start_in(leaf.dirfd, &err);
		rmdir(leaf.path); /* what stays is swept by the next launcher */
	}
	close_fd(&leaf.dirfd);
	freep(&leaf.path);
	if (result == 0)
		return;
	facts->cgroup_delegated = false;
	facts->cgroup_controllers = 0;
	snprintf(reason, sizeof reason, "%s", err.text);
	facts->cgroup_reason = reason;
}
