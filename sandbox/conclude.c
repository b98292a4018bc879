#include "sandbox/conclude.h"

#include "common/status.h"

#include <signal.h>
#include <sys/wait.h>

/* A kill by the OOM killer of the whole machine, or of a cgroup around ours, is counted in ours as well: `oom_kill` of
 * memory.events alone says nothing about our limit, `oom` does. */
static bool hit_memory(const struct plan_limits *limits, const struct outcome *outcome)
{
	return limits->memory != 0 && outcome->memory_oom > 0 && outcome->oom_kills > 0;
}

/* Before Linux 6.11 pids.events also counts what the limit of a cgroup around ours has refused. */
static bool hit_pids(const struct plan_limits *limits, const struct outcome *outcome)
{
	return limits->pids != 0 && outcome->pids_refused > 0;
}

static bool hit_disk(const struct plan_limits *limits, const struct outcome *outcome)
{
	return limits->disk != 0 && outcome->disk_full;
}

void conclude(const struct plan_limits *limits, const struct received *received, struct outcome *outcome)
{
	const bool exited = received->ended && received->end.code == CLD_EXITED;
	bool failed;

	outcome->exit_code = exited ? received->end.value : -1;
	outcome->signal = exited ? 0 : received->ended ? received->end.value : SIGKILL;
	outcome->status = exited ? outcome->exit_code : 128 + outcome->signal;
	outcome->processes_killed += received->ended ? received->end.killed : 0;
	failed = outcome->status != 0;
	if (outcome->ended_by == ENDED_BY_TIMEOUT)
		outcome->status = STATUS_TIMEOUT;
	else if (outcome->ended_by == ENDED_BY_CANCEL || outcome->ended_by == ENDED_BY_DISK)
		; /* the status is the command's own */
	else if (failed && hit_memory(limits, outcome))
		outcome->ended_by = ENDED_BY_MEMORY;
	else if (failed && hit_pids(limits, outcome))
		outcome->ended_by = ENDED_BY_PIDS;
	else if (failed && hit_disk(limits, outcome))
		outcome->ended_by = ENDED_BY_DISK;
	else
		outcome->ended_by = exited ? ENDED_BY_EXIT : ENDED_BY_SIGNAL;
	/* It was fast enough, or kept it from being counted: it ends as if it had been caught. */
	if (outcome->disk_over) {
		outcome->ended_by = ENDED_BY_DISK;
		if (outcome->status == 0)
			outcome->status = 128 + SIGKILL;
	}
}
