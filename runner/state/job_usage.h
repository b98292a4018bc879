/* What the processes of a running job use now: read from its cgroup, or from /proc. cgroups(7), proc(5) */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct job_usage {
	int64_t memory;   /* bytes */
	bool is_sum;      /* `memory` is the sum of what each process has resident: shared pages count for each */
	int64_t cpu_usec; /* since its start */
	int64_t processes;
	const char *missing; /* why nothing of this is known, and the rest is 0; or NULL */
};

/* Of the job whose launcher is the process `launcher`, started at `ticks` (runner/common/process.h), and whose cgroup
 * has this path, NULL or "" where it has none. */
struct job_usage job_usage_read(pid_t launcher, uint64_t ticks, const char *cgroup);
