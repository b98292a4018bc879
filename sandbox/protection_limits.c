/* What tells the state of each limit of a launch (sandbox/protection_row.h). */
#include "sandbox/protection_row.h"

#include "policy/limits.h"
#include "sandbox/disk/disk.h"

struct protection_report protection_cgroup(const struct put_up *up)
{
	return up->in_cgroup ? protection_active("own leaf, cgroup.kill")
			     : protection_is(PROTECTION_DISABLED, "no delegated cgroup v2");
}

static bool is_asked_for(const struct plan_limits *limits, enum plan_degradable what)
{
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (limit_rows[i].degradable == what && limit_is_asked_for(limits, &limit_rows[i]))
			return true;
	return false;
}

struct protection_report protection_limit(const struct put_up *up)
{
	const enum plan_degradable what = up->row->degradable;

	if (!is_asked_for(up->limits, what))
		return protection_not_asked_for();
	if ((up->degraded & (1u << what)) == 0)
		return protection_active(NULL);
	/* With many ids a job has that limit many times. */
	if (what == PLAN_DEGRADABLE_PIDS && up->identity->kind == PLAN_IDENTITY_SINGLE)
		return protection_is(
			PROTECTION_DEGRADED, "RLIMIT_NPROC, counted per user namespace, replaces pids.max");
	return protection_is(PROTECTION_UNAVAILABLE, "allow_degraded");
}

struct protection_report protection_disk(const struct put_up *up)
{
	if (up->limits->disk == 0)
		return protection_not_asked_for();
	return protection_active(
		disk_is_watched(up->root, up->limits->disk)
			? "workspace, --rw and a layer on disk: counted, killed when over; the rest: one tmpfs"
			: "one tmpfs for all that is writable");
}
