#include "sandbox/process/rlimits.h"

#include <errno.h>
#include <sys/resource.h>

/* A limit is a ceiling: where the caller's own hard limit is lower (EPERM), that one holds. */
static int set(__rlimit_resource_t resource, const char *name, uint64_t value, struct error *err)
{
	struct rlimit limit = {.rlim_cur = value, .rlim_max = value};

	if (setrlimit(resource, &limit) == 0)
		return 0;
	if (errno != EPERM || getrlimit(resource, &limit) < 0)
		return error_set(err, errno, "rlimits: %s %llu", name, (unsigned long long)value);
	if (value <= limit.rlim_max) /* so it was not that */
		return error_set(err, EPERM, "rlimits: %s %llu", name, (unsigned long long)value);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return error_set(err, errno, "rlimits: %s %llu", name, (unsigned long long)limit.rlim_max);
	return 0;
}

int rlimits_no_core(struct error *err)
{
	return set(RLIMIT_CORE, "core", RLIMITS_CORE, err);
}

int rlimits_apply(const struct plan_limits *limits, unsigned degraded, struct error *err)
{
	/* RLIMIT_FSIZE is left alone: it is about where a file ends, not about what is stored, and holds for memfds and
	 * files in memory too. .NET maps its code through a memfd of 2 TiB, images of disks are sparse. */
	if (rlimits_no_core(err) < 0 || set(RLIMIT_SIGPENDING, "sigpending", RLIMITS_SIGPENDING, err) < 0 ||
		set(RLIMIT_MSGQUEUE, "msgqueue", RLIMITS_MSGQUEUE, err) < 0)
		return -1;
	if ((degraded & (1u << PLAN_DEGRADABLE_PIDS)) != 0 && set(RLIMIT_NPROC, "nproc", limits->pids, err) < 0)
		return -1;
	return 0;
}

/* The caller's limits, where the soft one has been raised: not asked for twice. */
static struct rlimit nofile;

int rlimits_raise_nofile(struct error *err)
{
	struct rlimit now = {0};

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return error_set(err, errno, "rlimits: nofile");
	nofile = now;
	if (now.rlim_cur == now.rlim_max)
		return 0;
	now.rlim_cur = now.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &now) < 0 ? error_set(err, errno, "rlimits: nofile: raise") : 0;
}

uint64_t rlimits_nofile(uint64_t wanted, uint64_t hard)
{
	if (wanted == 0)
		return hard;
	return hard != RLIM_INFINITY && wanted > hard - hard / 4 ? hard - hard / 4 : wanted;
}

int rlimits_lower_nofile(const struct plan_limits *limits, struct error *err)
{
	struct rlimit now = nofile;

	if (nofile.rlim_max == 0 && getrlimit(RLIMIT_NOFILE, &now) < 0)
		return error_set(err, errno, "rlimits: nofile");
	/* The command gets what the caller had: programs look at all descriptors up to the soft limit, or hold them
	 * in an fd_set. */
	if (limits->nofile != 0) {
		now.rlim_max = rlimits_nofile(limits->nofile_hard, now.rlim_max);
		now.rlim_cur = limits->nofile < now.rlim_max ? limits->nofile : now.rlim_max;
	}
	return setrlimit(RLIMIT_NOFILE, &now) < 0 ? error_set(err, errno, "rlimits: nofile") : 0;
}
