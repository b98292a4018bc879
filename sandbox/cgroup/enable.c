/* Controllers of a delegated directory, and the rule that such a directory holds no processes itself. */
#include "sandbox/cgroup/cgroup.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CGROUP_TEXT_MAX ((size_t)1 << 20)
#define VACATE_ROUNDS 8

static int move_out(int dir, const char *pid, struct error *err)
{
	if (strcmp(pid, "0") == 0)
		return error_set(err, 0, "cgroup: a process of another PID namespace is in the delegated directory");
	if (write_file_at(dir, "launcher/cgroup.procs", pid) < 0 && errno != ESRCH)
		return error_set(err, errno, "cgroup: move process %s out of the way", pid);
	return 0;
}

/* Moves whoever sits in `dir` itself into dir/launcher. New processes may appear while we do: a few rounds settle it.
 */
static int vacate(int dir, struct error *err)
{
	for (int round = 0; round < VACATE_ROUNDS; round++) {
		_cleanup_(freep) char *pids = NULL;
		char *save = NULL;
		size_t len;

		if (read_file_at(dir, "cgroup.procs", CGROUP_TEXT_MAX, &pids, &len, err) < 0)
			return error_context(err, "cgroup");
		if (len == 0)
			return 0;
		if (cgroup_mkdir(dir, "launcher") < 0 && errno != EEXIST)
			return error_set(err, errno, "cgroup: mkdir launcher");
		for (char *pid = strtok_r(pids, "\n", &save); pid != NULL; pid = strtok_r(NULL, "\n", &save))
			if (move_out(dir, pid, err) < 0)
				return -1;
	}
	return error_set(err, 0, "cgroup: processes keep appearing in the delegated directory");
}

int cgroup_enable(int dir, unsigned controllers, struct error *err)
{
	_cleanup_(freep) char *enabled = NULL;
	size_t len;

	if (read_file_at(dir, "cgroup.subtree_control", CGROUP_TEXT_MAX, &enabled, &len, err) < 0)
		return error_context(err, "cgroup");
	/* "No internal processes": enabling memory or io would be EBUSY. Not so pids and cpu, which threads can share:
	 * then it is the new leaf that can hold no process (EOPNOTSUPP, its type is "domain invalid"). */
	if ((controllers != 0 || strspn(enabled, "\n ") != len) && vacate(dir, err) < 0)
		return -1;
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++) {
		const char *name = limit_controllers[i].name;
		char word[16];

		snprintf(word, sizeof word, "+%s", name);
		if ((controllers & limit_controllers[i].bit) != 0 &&
			write_file_at(dir, "cgroup.subtree_control", word) < 0)
			return error_set(err, errno, "cgroup: enable the %s controller", name);
	}
	return 0;
}
