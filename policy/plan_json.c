#include "policy/plan_json.h"

#include "policy/capabilities.h"
#include "policy/container.h"
#include "policy/egress_json.h"
#include "policy/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *plan_text_json(const char *text)
{
	json_t *string;
	char *escaped, *p;

	if (text == NULL)
		return json_null();
	string = json_string(text);
	if (string != NULL)
		return string;
	escaped = malloc(4 * strlen(text) + 1);
	if (escaped == NULL)
		return NULL;
	for (p = escaped; *text != '\0'; text++)
		if ((unsigned char)*text < 0x80)
			*p++ = *text;
		else
			p += sprintf(p, "\\x%02x", (unsigned char)*text);
	*p = '\0';
	string = json_string(escaped);
	free(escaped);
	return string;
}

static json_t *origin_json(const struct origin *origin)
{
	return plan_text_json(origin->text != NULL ? origin->text : "default");
}

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

/* The value of a scalar setting. */
static json_t *value_json(const struct plan *plan, const struct setting *setting)
{
	const char *at = (const char *)plan + setting->offset;

	switch (setting->type) {
	case SETTING_SIZE:
	case SETTING_COUNT:
	case SETTING_CPUS: {
		uint64_t value = *(const uint64_t *)(const void *)at;

		if ((setting->flags & SETTING_NONE) != 0 && value == setting->unset)
			return json_null();
		if (setting->type == SETTING_CPUS && value % 1000 != 0)
			return json_real((double)value / 1000);
		return json_integer((json_int_t)(setting->type == SETTING_CPUS ? value / 1000 : value));
	}
	case SETTING_DURATION: {
		int64_t ns = *(const int64_t *)(const void *)at;

		if ((setting->flags & SETTING_NONE) != 0 && (uint64_t)ns == setting->unset)
			return json_null();
		return duration_json(ns);
	}
	case SETTING_ROOT:
		if (plan->root_dir != NULL)
			return plan_text_json(plan->root_dir);
		return enum_json(setting, *(const unsigned *)(const void *)at);
	case SETTING_ENUM:
		return enum_json(setting, *(const unsigned *)(const void *)at);
	case SETTING_BOOL:
		return json_boolean(*(const bool *)at);
	default:
		return plan_text_json(*(char *const *)(const void *)at);
	}
}

static json_t *settings_json(const struct plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];

		if (setting->offset == SETTING_NO_FIELD || (setting->flags & SETTING_LIST) != 0 ||
			setting->later != NULL || (plan->in_container && !container_takes(setting)))
			continue;
		json_object_set_new(object, setting->key,
			json_pack("{s:o, s:o}", "value", value_json(plan, setting), "origin",
				origin_json(&plan->origins[i])));
	}
	return object;
}

static json_t *mount_json(const struct plan_mount *mount)
{
	static const char *const copied[] = {
		[PLAN_COPY_DIRECTORIES] = "directories", [PLAN_COPY_TOP] = "top", [PLAN_COPY_ALL] = "all"};
	json_t *origin = origin_json(&mount->origin);

	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		return json_pack("{s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:o}", "kind", "bind", "source",
			plan_text_json(mount->source), "target", plan_text_json(mount->target), "writable",
			mount->writable, "view", mount->view, "execute_only", mount->execute_only, "optional",
			mount->optional, "origin", origin);
	case PLAN_MOUNT_TMPFS:
		return json_pack("{s:s, s:o, s:o, s:o}", "kind", "tmpfs", "target", plan_text_json(mount->target),
			"size", mount->size != 0 ? json_integer((json_int_t)mount->size) : json_null(), "origin",
			origin);
	case PLAN_MOUNT_LAYER:
		return json_pack("{s:s, s:o, s:o, s:s, s:b, s:o}", "kind", "layer", "source",
			plan_text_json(mount->source), "target", plan_text_json(mount->target), "copied",
			copied[mount->copy], "optional", mount->optional, "origin", origin);
	case PLAN_MOUNT_HIDE:
		return json_pack("{s:s, s:o, s:b, s:o}", "kind", "hide", "target", plan_text_json(mount->target),
			"optional", mount->optional, "origin", origin);
	}
	json_decref(origin);
	return NULL;
}

static json_t *mounts_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_mounts; i++)
		json_array_append_new(array, mount_json(&plan->mounts[i]));
	return array;
}

static json_t *env_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_env; i++) {
		const struct plan_env *env = &plan->env[i];

		json_array_append_new(
			array, json_pack("{s:o, s:o, s:b, s:o}", "name", plan_text_json(env->name), "value",
				       env->inherited ? json_null() : plan_text_json(env->value), "inherited",
				       (int)env->inherited, "origin", origin_json(&env->origin)));
	}
	return array;
}

static json_t *degradable_json(unsigned bits)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++)
		if ((bits & 1U << i) != 0)
			json_array_append_new(array, json_string(plan_degradable_names[i]));
	return array;
}

static json_t *keep_fds_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_keep_fds; i++)
		json_array_append_new(array, json_integer(plan->keep_fds[i]));
	return array;
}

static json_t *extents_json(const struct idmap *map)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < map->n; i++)
		json_array_append_new(array,
			json_pack("{s:I, s:I, s:I}", "inside", (json_int_t)map->extents[i].inside, "outside",
				(json_int_t)map->extents[i].outside, "count", (json_int_t)map->extents[i].count));
	return array;
}

/* Who the job is, and what it may. */
static json_t *identity_json(const struct plan *plan)
{
	const struct idmap uid = {.n = 1, .extents = {{plan->uid, plan->uid, 1}}};
	const struct idmap gid = {.n = 1, .extents = {{plan->gid, plan->gid, 1}}};
	bool single = plan->identity == PLAN_IDENTITY_SINGLE;
	json_t *capabilities = json_array();

	for (size_t i = 0; i < capabilities_count; i++)
		if ((plan->capabilities & UINT64_C(1) << capabilities_known[i].number) != 0)
			json_array_append_new(capabilities, json_string(capabilities_known[i].name));
	return json_pack("{s:o, s:o, s:o}", "uid_map", extents_json(single ? &uid : &plan->uids), "gid_map",
		extents_json(single ? &gid : &plan->gids), "capabilities", capabilities);
}

static json_t *command_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (char **arg = plan->argv; arg != NULL && *arg != NULL; arg++)
		json_array_append_new(array, plan_text_json(*arg));
	return array;
}

static json_t *devices_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_devices; i++)
		json_array_append_new(
			array, json_pack("{s:i, s:i, s:b}", "major", (int)plan->devices[i].major, "minor",
				       (int)plan->devices[i].minor, "written", (int)plan->devices[i].written));
	return array;
}

json_t *plan_to_json(const struct plan *plan)
{
	return json_pack("{s:s*, s:o, s:o, s:o, s:o, s:{s:o, s:I}, s:o, s:o, s:o, s:o*, s:o, s:o}", "profile_digest",
		plan->profile_digest[0] != '\0' ? plan->profile_digest : NULL, "settings", settings_json(plan),
		"identity", identity_json(plan), "mounts", mounts_json(plan), "env", env_json(plan), "seccomp_filter",
		"policy", plan_text_json(plan->seccomp), "instructions", (json_int_t)plan->filter.len, "keep_fds",
		keep_fds_json(plan), "allow_degraded", degradable_json(plan->allow_degraded), "degraded",
		degradable_json(plan->degraded), "egress", egress_to_json(&plan->egress), "io_devices",
		devices_json(plan), "command", command_json(plan));
}
