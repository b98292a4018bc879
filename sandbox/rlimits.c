#include "sandbox/rlimits.h"

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

/* Counted per user, up through every user namespace: without a limit of its own one job uses up what its user has on
 * the whole machine. */
#define SIGPENDING_MAX 4096
#define MSGQUEUE_MAX (400 * 1024) /* bytes; half of what the kernel gives a user by default */

int rlimits_no_core(struct error *err)
{
	return set(RLIMIT_CORE, "core", 1, err);
}

int rlimits_apply(const struct plan *plan, struct error *err)
{
	/* RLIMIT_FSIZE is left alone: it is about where a file ends, not about what is stored, and holds for memfds and
	 * files in memory too. .NET maps its code through a memfd of 2 TiB, images of disks are sparse. */
	if (rlimits_no_core(err) < 0 || set(RLIMIT_SIGPENDING, "sigpending", SIGPENDING_MAX, err) < 0 ||
		set(RLIMIT_MSGQUEUE, "msgqueue", MSGQUEUE_MAX, err) < 0)
		return -1;
	if ((plan->degraded & (1u << PLAN_DEGRADABLE_PIDS)) != 0 &&
		set(RLIMIT_NPROC, "nproc", plan->limits.pids, err) < 0)
		return -1;
	return 0;
}

int rlimits_raise_nofile(struct error *err)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return error_set(err, errno, "rlimits: nofile");
	if (now.rlim_cur == now.rlim_max)
		return 0;
	now.rlim_cur = now.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &now) < 0 ? error_set(err, errno, "rlimits: nofile: raise") : 0;
}

/* Descriptors in flight over Unix sockets are counted per user of the whole machine, against the limit of whoever sends
 * the next one (unix(7), ETOOMANYREFS): a quarter of ours stays out of the job's reach, so that it cannot keep the
 * user's other programs, this launcher among them, from passing any. */
int rlimits_lower_nofile(const struct plan *plan, struct error *err)
{
	uint64_t value = plan->limits.nofile;
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return error_set(err, errno, "rlimits: nofile");
	if (value == 0)
		return set(RLIMIT_NOFILE, "nofile", now.rlim_max, err);
	if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max - now.rlim_max / 4)
		value = now.rlim_max - now.rlim_max / 4;
	return set(RLIMIT_NOFILE, "nofile", value, err);
}
