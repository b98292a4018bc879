/* The value of a scalar in a plan as JSON, by kind of setting. */
#include "policy/setting_kind.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/image_name.h"
#include "policy/plan_json.h"

#include <inttypes.h>
#include <stdio.h>

/* In the largest unit that says it exactly. */
static json_t *duration_json(int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = {
		{INT64_C(86400000000000), "d"},
		{INT64_C(3600000000000), "h"},
		{INT64_C(60000000000), "m"},
		{INT64_C(1000000000), "s"},
		{INT64_C(1000000), "ms"},
	};
	char text[32];

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ns != 0 && ns % units[i].ns == 0) {
			snprintf(text, sizeof text, "%lld%s", (long long)(ns / units[i].ns), units[i].unit);
			return json_string(text);
		}
	return json_string("0s");
}

static json_t *enum_json(const struct setting *setting, unsigned value)
{
	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->value == value)
			return json_string(choice->name);
	return json_null();
}

/* "none" took it away. */
static bool is_unset(const struct setting *setting, uint64_t value)
{
	return (setting->flags & SETTING_NONE) != 0 && value == setting->unset;
}

static uint64_t number(const struct plan *plan, const struct setting *setting)
{
	return *(const uint64_t *)setting_field(plan, setting);
}

json_t *setting_json_number(const struct plan *plan, const struct setting *setting)
{
	uint64_t value = number(plan, setting);

	return is_unset(setting, value) ? json_null() : json_integer((json_int_t)value);
}

json_t *setting_json_nofile(const struct plan *plan, const struct setting *setting)
{
	const struct plan_limits *limits = &plan->limits;
	char text[48];

	if (limits->nofile_hard == limits->nofile)
		return setting_json_number(plan, setting);
	snprintf(text, sizeof text, "%" PRIu64 ":%" PRIu64, limits->nofile, limits->nofile_hard);
	return json_string(text);
}

json_t *setting_json_cpus(const struct plan *plan, const struct setting *setting)
{
	uint64_t milli = number(plan, setting);

	if (is_unset(setting, milli))
		return json_null();
	return milli % 1000 != 0 ? json_real((double)milli / 1000) : json_integer((json_int_t)(milli / 1000));
}

json_t *setting_json_duration(const struct plan *plan, const struct setting *setting)
{
	int64_t ns = *(const int64_t *)setting_field(plan, setting);

	return is_unset(setting, (uint64_t)ns) ? json_null() : duration_json(ns);
}

json_t *setting_json_enum(const struct plan *plan, const struct setting *setting)
{
	return enum_json(setting, *(const unsigned *)setting_field(plan, setting));
}

json_t *setting_json_root(const struct plan *plan, const struct setting *setting)
{
	_cleanup_(freep) char *image = plan->root.image != NULL ? format(IMAGE_PREFIX "%s", plan->root.image) : NULL;

	if (plan->root.image != NULL)
		return plan_text_json(image);
	return plan->root.dir != NULL ? plan_text_json(plan->root.dir) : setting_json_enum(plan, setting);
}

json_t *setting_json_bool(const struct plan *plan, const struct setting *setting)
{
	return json_boolean(*(const bool *)setting_field(plan, setting));
}

json_t *setting_json_text(const struct plan *plan, const struct setting *setting)
{
	return plan_text_json(*(char *const *)setting_field(plan, setting));
}
