#include "sandbox/cgroup/limits.h"

#include "common/io.h"
#include "policy/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define CPU_PERIOD_USEC 100000

unsigned cgroup_limits_controllers(const struct plan_limits *limits, unsigned degraded)
{
	unsigned needed = 0;

	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (limit_is_enforced(limits, degraded, &limit_rows[i]))
			needed |= limit_rows[i].controller | limit_rows[i].also;
	return needed;
}

uint64_t cgroup_limits_number(const struct limit *limit, uint64_t value)
{
	return limit->format == LIMIT_QUOTA ? value * CPU_PERIOD_USEC / 1000 : value;
}

uint64_t cgroup_limits_rate(const struct plan_limits *limits, unsigned degraded, const struct plan_device *device,
	const struct limit *limit)
{
	if (!limit_is_rate(limit) || !limit_is_enforced(limits, degraded, limit))
		return 0;
	return limit->format == LIMIT_RATE_WRITTEN && !device->written ? 0 : *limit_field(limits, limit);
}

static int put(const struct cgroup *cgroup, const char *file, const char *value, struct error *err)
{
	if (write_file_at(cgroup->dirfd, file, value) < 0)
		return error_set(err, errno, "cgroup: write %s to %s/%s", value, cgroup->path, file);
	return 0;
}

static int write_number(const struct cgroup *cgroup, const struct limit *limit, uint64_t value, struct error *err)
{
	char text[64];
	int used = snprintf(text, sizeof text, "%" PRIu64, cgroup_limits_number(limit, value));

	if (limit->format == LIMIT_QUOTA)
		snprintf(text + used, sizeof text - (size_t)used, " %d", CPU_PERIOD_USEC);
	if (put(cgroup, limit->file, text, err) == 0)
		return 0;
	return limit->absent != NULL && err->errnum == ENOENT ? error_hint(err, "%s", limit->absent) : -1;
}

/* One line for each device, with all rates of the file; those that it does not name stay at "max". */
static int write_rates(const struct cgroup *cgroup, const struct plan_limits *limits, unsigned degraded,
	const struct limit *first, struct error *err)
{
	for (size_t i = 0; i < limits->n_devices; i++) {
		const struct plan_device *device = &limits->devices[i];
		char text[160];
		int start = snprintf(text, sizeof text, "%u:%u", device->major, device->minor), used = start;

		for (const struct limit *limit = first; limit != NULL; limit = limit_next_of_file(limit)) {
			const uint64_t rate = cgroup_limits_rate(limits, degraded, device, limit);

			if (rate != 0)
				used += snprintf(
					text + used, sizeof text - (size_t)used, " %s=%" PRIu64, limit->word, rate);
		}
		if (used > start && put(cgroup, first->file, text, err) < 0)
			return error_hint(err, "--allow-degraded %s lets it be missing",
				limit_degradable_name(first->degradable));
	}
	return 0;
}

static int write_limits(const struct cgroup *cgroup, const struct plan_limits *limits, unsigned degraded, bool helpers,
	struct error *err)
{
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];
		uint64_t value = *limit_field(limits, limit);

		if (limit_is_rate(limit)) {
			if (!limit_shares_file(limit) && write_rates(cgroup, limits, degraded, limit, err) < 0)
				return -1;
			continue;
		}
		if (helpers && value < limit->helpers_least)
			value = limit->helpers_least;
		if (limit_is_enforced(limits, degraded, limit) && write_number(cgroup, limit, value, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_limits_write(
	const struct cgroup *cgroup, const struct plan_limits *limits, unsigned degraded, struct error *err)
{
	if (limit_is_enforced(limits, degraded, &limit_rows[PLAN_LIMIT_MEMORY]) &&
		put(cgroup, "memory.oom.group", "1", err) < 0)
		return -1;
	return write_limits(cgroup, limits, degraded, false, err);
}

int cgroup_limits_write_helpers(
	const struct cgroup *helpers, const struct plan_limits *limits, unsigned degraded, struct error *err)
{
	return write_limits(helpers, limits, degraded, true, err);
}
