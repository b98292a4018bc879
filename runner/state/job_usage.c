#include "runner/state/job_usage.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "runner/common/process.h"
#include "sandbox/cgroup/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX 4096
#define PROCS_MAX ((size_t)1 << 20)

/* One process, from /proc/PID/stat. */
struct process {
	pid_t pid, parent;
	int64_t cpu_usec; /* its own, and of the children that it has waited for */
	int64_t resident; /* bytes */
	bool is_of_job;
};

struct processes {
	struct process *v;
	size_t n;
};

static void processes_free(struct processes *processes)
{
	free(processes->v);
}

static bool read_process(struct process *process, pid_t pid)
{
	_cleanup_(freep) char *path = format("/proc/%d/stat", pid);
	_cleanup_(freep) char *text = NULL;
	unsigned long long user, system, user_children, system_children;
	const int64_t tick_usec = 1000000 / sysconf(_SC_CLK_TCK);
	struct error ignored;
	const char *rest;
	long resident;
	size_t len;
	int parent;

	if (path == NULL || read_file_at(AT_FDCWD, path, STAT_MAX, &text, &len, &ignored) < 0)
		return false;
	rest = strrchr(text, ')'); /* the command before it may hold anything */
	if (rest == NULL ||
		sscanf(rest + 1,
			" %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d %*u %*u %ld",
			&parent, &user, &system, &user_children, &system_children, &resident) != 6)
		return false;
	*process = (struct process){.pid = pid,
		.parent = parent,
		.cpu_usec = (int64_t)(user + system + user_children + system_children) * tick_usec,
		.resident = (int64_t)resident * sysconf(_SC_PAGESIZE)};
	return true;
}

static void scan_proc(struct processes *all)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const long pid = strtol(entry->d_name, NULL, 10);
		struct process *grown;

		if (pid <= 0)
			continue;
		grown = reallocarray(all->v, all->n + 1, sizeof *grown);
		if (grown == NULL)
			break;
		all->v = grown;
		all->n += read_process(&all->v[all->n], (pid_t)pid);
	}
	if (dir != NULL)
		closedir(dir);
}

/* What the launcher has started, and what that has: all that a job starts stays below the first process of its
 * sandbox. */
static void mark_below(struct processes *all, pid_t launcher)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < all->n; i++) {
			struct process *process = &all->v[i];
			bool below = process->parent == launcher;

			for (size_t k = 0; !below && !process->is_of_job && k < all->n; k++)
				below = all->v[k].is_of_job && all->v[k].pid == process->parent;
			more |= below && !process->is_of_job;
			process->is_of_job |= below;
		}
	}
}

static struct job_usage sum_of(const struct processes *all)
{
	struct job_usage usage = {.is_sum = true};

	for (size_t i = 0; i < all->n; i++) {
		if (!all->v[i].is_of_job)
			continue;
		usage.processes++;
		usage.memory += all->v[i].resident;
		usage.cpu_usec += all->v[i].cpu_usec;
	}
	return usage;
}

static struct job_usage from_proc(pid_t launcher)
{
	_cleanup_(processes_free) struct processes all = {0};

	scan_proc(&all);
	mark_below(&all, launcher);
	return sum_of(&all);
}

static char *read_text(int dirfd, const char *name)
{
	struct error ignored;
	char *text = NULL;
	size_t len;

	return read_file_at(dirfd, name, PROCS_MAX, &text, &len, &ignored) == 0 ? text : NULL;
}

/* Of the processes in cgroup.procs, a number in each line. */
static struct job_usage from_members(const char *members)
{
	_cleanup_(processes_free) struct processes all = {0};
	char *end;

	for (long pid = strtol(members, &end, 10); end != members; pid = strtol(members, &end, 10)) {
		struct process *grown = reallocarray(all.v, all.n + 1, sizeof *grown);

		members = end;
		if (grown == NULL)
			break;
		all.v = grown;
		if (read_process(&all.v[all.n], (pid_t)pid))
			all.v[all.n++].is_of_job = true;
	}
	return sum_of(&all);
}

/* False: there is none, or it cannot be read. What a controller does not count is that of the members. */
static bool from_cgroup(const char *path, struct job_usage *usage)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(freep) char *members = fd >= 0 ? read_text(fd, "cgroup.procs") : NULL;
	_cleanup_(freep) char *memory = fd >= 0 ? read_text(fd, "memory.current") : NULL;
	_cleanup_(freep) char *cpu = fd >= 0 ? read_text(fd, "cpu.stat") : NULL;

	if (members == NULL || cpu == NULL)
		return false;
	*usage = from_members(members);
	usage->cpu_usec = (int64_t)cgroup_parse_number(cpu, "usage_usec");
	if (memory != NULL) {
		usage->memory = (int64_t)cgroup_parse_number(memory, "");
		usage->is_sum = false;
	}
	return true;
}

struct job_usage job_usage_read(pid_t launcher, uint64_t ticks, const char *cgroup)
{
	struct job_usage usage = {.missing = NULL};

	if (launcher <= 0)
		usage.missing = "an earlier version has started it";
	else if (ticks == 0 || process_start(launcher) != ticks)
		usage.missing = "its launcher is not running, or not to be seen from here";
	else if (cgroup == NULL || *cgroup == '\0' || !from_cgroup(cgroup, &usage))
		usage = from_proc(launcher);
	return usage;
}
