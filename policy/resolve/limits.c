#include "policy/resolve/limits.h"

#include "common/words.h"
#include "policy/limits.h"
#include "policy/resolve/missing.h"
#include "policy/settings.h"

#include <string.h>

static const char *origin_of(const struct plan *plan, const struct setting *setting)
{
	const char *origin = plan->origins[setting_index(setting)].text;

	return origin != NULL ? origin : "default";
}

/* Whether there is a device that the limit would hold for. */
static bool has_device(const struct limit *limit, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (limit->format != LIMIT_RATE_WRITTEN || facts->devices[i].written)
			return true;
	return false;
}

/* The devices that the rates are for. Without one there is nothing that a rate could hold for. */
static int resolve_devices(struct plan *plan, const struct facts *facts, struct error *err)
{
	plan->limits.n_devices = 0;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];

		if (!limit_is_rate(limit) || !limit_is_enforced(&plan->limits, plan->degraded, limit))
			continue;
		if (facts->devices_reason == NULL && has_device(limit, facts)) {
			memcpy(plan->limits.devices, facts->devices, sizeof plan->limits.devices);
			plan->limits.n_devices = facts->n_devices;
			continue;
		}
		plan->limits.n_devices = 0;
		if (missing_is_accepted(plan, limit->degradable))
			return 0;
		error_set(err, 0, "%s limit: %s", limit_degradable_name(limit->degradable),
			facts->devices_reason != NULL ? facts->devices_reason : "the job can write to no block device");
		return missing_hint(1U << limit->degradable, "remove it", err);
	}
	return 0;
}

/* The limits that are refused, and what they lack. */
struct lacking {
	unsigned degradables, controllers;
	char origins[256];
};

/* Adds "--memory" to "--pids, --cpus"; once. */
static void add_origin(struct lacking *lacking, const char *origin)
{
	struct words words = {lacking->origins, sizeof lacking->origins, strlen(lacking->origins)};
	const char *there = strstr(lacking->origins, origin);

	if (there == NULL || (there[strlen(origin)] != ',' && there[strlen(origin)] != '\0'))
		words_put(&words, "%s%s", words.used > 0 ? ", " : "", origin);
}

static void consider(struct plan *plan, const struct facts *facts, const struct limit *limit, struct lacking *lacking)
{
	const unsigned needed = (unsigned)limit->controller | (unsigned)limit->also;
	const unsigned lacks = facts->cgroup_delegated ? needed & ~facts->cgroup_controllers : needed;

	if (lacks == 0 || missing_is_accepted(plan, limit->degradable))
		return;
	lacking->degradables |= 1U << limit->degradable;
	lacking->controllers |= lacks;
	add_origin(lacking, origin_of(plan, &limit->setting));
}

static int refuse(const struct facts *facts, const struct lacking *lacking, struct error *err)
{
	char names[64] = "", controllers[64] = "", remedy[400];
	struct words words = {controllers, sizeof controllers, 0};

	limit_degradable_names(lacking->degradables, ", ", names, sizeof names);
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++)
		if ((lacking->controllers & limit_controllers[i].bit) != 0)
			words_put(&words, "%s%s", words.used > 0 ? ", " : "", limit_controllers[i].name);
	error_set(err, 0, "%s limit%s: no delegated cgroup v2 with the %s controller%s: %s", names,
		strchr(names, ',') != NULL ? "s" : "", controllers, strchr(controllers, ',') != NULL ? "s" : "",
		facts->cgroup_reason);
	words = (struct words){remedy, sizeof remedy, 0};
	words_put(&words, "requested by %s", lacking->origins);
	if (facts->cgroup_remedy != NULL)
		words_put(&words, "; %s", facts->cgroup_remedy);
	return missing_hint(lacking->degradables, remedy, err);
}

int limits_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	struct lacking lacking = {.origins = ""};

	if (plan->cgroup != NULL && !facts->cgroup_delegated) {
		error_set(err, 0, "%s: %s: %s", origin_of(plan, setting_find("cgroup")), plan->cgroup,
			facts->cgroup_reason);
		return error_hint(err, "%s",
			facts->cgroup_remedy != NULL
				? facts->cgroup_remedy
				: "name a cgroup v2 directory that is delegated to this user, or omit the option");
	}
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (limit_is_asked_for(&plan->limits, &limit_rows[i]))
			consider(plan, facts, &limit_rows[i], &lacking);
	return lacking.degradables != 0 ? refuse(facts, &lacking, err) : resolve_devices(plan, facts, err);
}
