#include "sandbox/cgroup/helpers.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/status.h"
#include "sandbox/cgroup/limits.h"
#include "sandbox/cgroup/parse.h"
#include "sandbox/process/syscalls.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)4096)
#define REMOVE_LIMIT_NS (5 * NS_PER_S)

int helpers_create(struct cgroup *helpers, const char *parent, const char *id, const struct plan_limits *limits,
	unsigned degraded, struct error *err)
{
	struct error ignored; /* the first error is the one to tell */

	*helpers = (struct cgroup){.dirfd = -1, .path = cgroup_helpers_path(parent, id)};
	if (helpers->path == NULL)
		return error_set(err, ENOMEM, "cgroup");
	if (cgroup_make_leaf(helpers, err) < 0) {
		close_fd(&helpers->dirfd);
		freep(&helpers->path);
		return -1;
	}
	if (cgroup_limits_write_helpers(helpers, limits, degraded, err) < 0) {
		cgroup_remove(helpers, 0, &ignored);
		return -1;
	}
	return 0;
}

static pid_t fork_into(const struct cgroup *helpers, struct error *err)
{
	struct clone_args args = {.exit_signal = SIGCHLD, .flags = CLONE_INTO_CGROUP};
	pid_t pid;

	if (helpers->dirfd < 0) {
		pid = fork();
		return pid < 0 ? error_set(err, errno, "fork") : pid;
	}
	args.cgroup = (__u64)helpers->dirfd;
	pid = sys_clone3(&args);
	return pid < 0 ? error_set(err, errno, "start a process in %s", helpers->path) : pid;
}

/* Ctrl-C, Ctrl-Z, timeout(1) and `kill -- -PGID` send their signal to a process group. It is for the launcher, who ends
 * or stops the job in order: the helpers have to work until then. */
pid_t helpers_fork(const struct cgroup *helpers, struct error *err)
{
	const pid_t pid = fork_into(helpers, err);

	if (pid == 0 && setsid() < 0)
		_exit(STATUS_LAUNCHER);
	return pid;
}

bool helpers_ran_out_of_memory(const struct cgroup *helpers)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* without the controller there is no such limit */
	size_t len;

	return helpers->dirfd >= 0 &&
	       read_file_at(helpers->dirfd, "memory.events", TEXT_MAX, &text, &len, &ignored) == 0 &&
	       cgroup_parse_number(text, "oom") > 0 && cgroup_parse_number(text, "oom_kill") > 0;
}

void helpers_remove(struct cgroup *helpers, struct outcome *outcome)
{
	struct error err;
	uint64_t left;

	if (helpers->dirfd >= 0 && cgroup_kill(helpers, &left, &err) < 0)
		outcome_add_residue(outcome, strdup(err.text));
	if (cgroup_remove(helpers, REMOVE_LIMIT_NS, &err) < 0)
		outcome_add_residue(outcome, strdup(err.text));
}
