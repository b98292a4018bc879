#include "sandbox/cgroup_limits.h"

#include "common/io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define CPU_PERIOD_USEC 100000

/* Whether a limit that was asked for is to be enforced by the cgroup. */
static bool enforced(const struct plan *plan, uint64_t limit, enum plan_degradable what)
{
	return limit != 0 && (plan->degraded & (1u << what)) == 0;
}

static bool swap_enforced(const struct plan *plan)
{
	return plan->limits.swap != PLAN_SWAP_UNSET && (plan->degraded & (1u << PLAN_DEGRADABLE_SWAP)) == 0;
}

unsigned cgroup_limits_controllers(const struct plan *plan)
{
	const struct plan_limits *limits = &plan->limits;
	unsigned needed = 0;

	if (enforced(plan, limits->memory, PLAN_DEGRADABLE_MEMORY) ||
		enforced(plan, limits->memory_high, PLAN_DEGRADABLE_MEMORY) || swap_enforced(plan))
		needed |= FACTS_CONTROLLER_MEMORY;
	if (enforced(plan, limits->pids, PLAN_DEGRADABLE_PIDS))
		needed |= FACTS_CONTROLLER_PIDS;
	if (enforced(plan, limits->cpus_milli, PLAN_DEGRADABLE_CPU) ||
		enforced(plan, limits->cpu_weight, PLAN_DEGRADABLE_CPU))
		needed |= FACTS_CONTROLLER_CPU;
	if (enforced(plan, limits->io_read, PLAN_DEGRADABLE_IO))
		needed |= FACTS_CONTROLLER_IO;
	/* What is written goes to the page cache first; only with both can the kernel say whose it was. */
	if (enforced(plan, limits->io_write, PLAN_DEGRADABLE_IO))
		needed |= FACTS_CONTROLLER_IO | FACTS_CONTROLLER_MEMORY;
	return needed;
}

uint64_t cgroup_limits_quota(const struct plan *plan)
{
	return plan->limits.cpus_milli * CPU_PERIOD_USEC / 1000;
}

bool cgroup_limits_io(const struct plan *plan, const struct plan_device *device, uint64_t *read, uint64_t *written)
{
	*read = enforced(plan, plan->limits.io_read, PLAN_DEGRADABLE_IO) ? plan->limits.io_read : 0;
	*written = device->written && enforced(plan, plan->limits.io_write, PLAN_DEGRADABLE_IO) ? plan->limits.io_write
												: 0;
	return *read != 0 || *written != 0;
}

static int put(const struct cgroup *cgroup, const char *file, const char *value, struct error *err)
{
	if (write_file_at(cgroup->dirfd, file, value) < 0)
		return error_set(err, errno, "cgroup: write %s to %s/%s", value, cgroup->path, file);
	return 0;
}

static int put_number(const struct cgroup *cgroup, const char *file, uint64_t value, struct error *err)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64, value);
	return put(cgroup, file, text, err);
}

static int write_memory(const struct cgroup *cgroup, const struct plan *plan, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;

	if (enforced(plan, limits->memory, PLAN_DEGRADABLE_MEMORY) &&
		(put_number(cgroup, "memory.max", limits->memory, err) < 0 ||
			put(cgroup, "memory.oom.group", "1", err) < 0))
		return -1;
	if (enforced(plan, limits->memory_high, PLAN_DEGRADABLE_MEMORY) &&
		put_number(cgroup, "memory.high", limits->memory_high, err) < 0)
		return -1;
	if (swap_enforced(plan) && put_number(cgroup, "memory.swap.max", limits->swap, err) < 0)
		return err->errnum == ENOENT
			       ? error_hint(err, "this kernel does not account swap: --swap none leaves it out")
			       : -1;
	return 0;
}

static int write_cpu(const struct cgroup *cgroup, const struct plan *plan, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;
	char text[64];

	if (enforced(plan, limits->cpus_milli, PLAN_DEGRADABLE_CPU)) {
		snprintf(text, sizeof text, "%" PRIu64 " %d", cgroup_limits_quota(plan), CPU_PERIOD_USEC);
		if (put(cgroup, "cpu.max", text, err) < 0)
			return -1;
	}
	if (enforced(plan, limits->cpu_weight, PLAN_DEGRADABLE_CPU))
		return put_number(cgroup, "cpu.weight", limits->cpu_weight, err);
	return 0;
}

/* One line for each device; the limits that it does not name stay at "max". */
static int write_io(const struct cgroup *cgroup, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct plan_device *device = &plan->devices[i];
		char rbps[32] = "", wbps[32] = "", text[128];
		uint64_t read, written;

		if (!cgroup_limits_io(plan, device, &read, &written))
			continue;
		if (read != 0)
			snprintf(rbps, sizeof rbps, " rbps=%" PRIu64, read);
		if (written != 0)
			snprintf(wbps, sizeof wbps, " wbps=%" PRIu64, written);
		snprintf(text, sizeof text, "%u:%u%s%s", device->major, device->minor, rbps, wbps);
		if (put(cgroup, "io.max", text, err) < 0)
			return error_hint(err, "--allow-degraded io lets it be missing");
	}
	return 0;
}

int cgroup_limits_write(const struct cgroup *cgroup, const struct plan *plan, struct error *err)
{
	if (write_memory(cgroup, plan, err) < 0)
		return -1;
	if (enforced(plan, plan->limits.pids, PLAN_DEGRADABLE_PIDS) &&
		put_number(cgroup, "pids.max", plan->limits.pids, err) < 0)
		return -1;
	return write_cpu(cgroup, plan, err) < 0 ? -1 : write_io(cgroup, plan, err);
}
