#include "sandbox/teardown.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REMOVE_LIMIT_NS INT64_C(5000000000)

/* The inode that names the PID namespace of a process, or 0 when we may not read it. */
static ino_t pid_namespace(pid_t pid)
{
	_cleanup_(freep) char *path = format("/proc/%d/ns/pid", pid);
	struct stat st;

	return path != NULL && stat(path, &st) == 0 ? st.st_ino : 0;
}

/* Every process whose namespace we may read; those we may not are not ours. */
static void find_processes(ino_t pidns, struct outcome *outcome)
{
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int more = -1;

	while (proc != NULL && (more = next_entry(proc, &entry)) > 0) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid_namespace(pid) == pidns)
			outcome_add_residue(outcome, format("process %d", pid));
	}
	if (more < 0)
		outcome_add_residue(outcome, strdup("processes: not all looked for: /proc cannot be read"));
}

void teardown(struct cgroup *cgroup, ino_t pidns, struct outcome *outcome)
{
	struct error err;
	uint64_t left = 0;

	if (cgroup->dirfd >= 0) {
		cgroup_measure(cgroup, outcome);
		if (cgroup_kill(cgroup, &left, &err) < 0)
			outcome_add_residue(outcome, strdup(err.text));
		outcome->processes_killed += left;
	}
	if (cgroup_remove(cgroup, REMOVE_LIMIT_NS, &err) < 0)
		outcome_add_residue(outcome, strdup(err.text));
	if (pidns != 0)
		find_processes(pidns, outcome);
}
