#include "sandbox/rlimits.h"

#include <errno.h>
#include <sys/resource.h>

/* A limit is a ceiling: where the caller's own hard limit is lower, that one holds. */
static int set(__rlimit_resource_t resource, const char *name, uint64_t value, struct error *err)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return error_set(err, errno, "rlimits: %s", name);
	if (value < limit.rlim_max)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return error_set(err, errno, "rlimits: %s %llu", name, (unsigned long long)limit.rlim_max);
	return 0;
}

int rlimits_apply(const struct plan *plan, struct error *err)
{
	if (set(RLIMIT_CORE, "core", 0, err) < 0)
		return -1;
	if (plan->limits.nofile != 0 && set(RLIMIT_NOFILE, "nofile", plan->limits.nofile, err) < 0)
		return -1;
	if ((plan->degraded & (1u << PLAN_DEGRADABLE_PIDS)) != 0 &&
		set(RLIMIT_NPROC, "nproc", plan->limits.pids, err) < 0)
		return -1;
	return 0;
}
