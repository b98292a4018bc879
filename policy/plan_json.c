#include "policy/plan_json.h"

#include "policy/capabilities.h"
#include "policy/egress/json.h"
#include "policy/limits.h"
#include "policy/setting_container.h"
#include "policy/setting_kind.h"

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

static json_t *settings_json(const struct plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);

		if (setting->offset == SETTING_NO_FIELD || (setting->flags & SETTING_LIST) != 0 ||
			setting->later != NULL || (plan->in_container && !container_takes(setting)))
			continue;
		json_object_set_new(object, setting->key,
			json_pack("{s:o, s:o}", "value", setting_kind(setting)->to_json(plan, setting), "origin",
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

	for (size_t i = 0; i < plan->root.n_mounts; i++)
		json_array_append_new(array, mount_json(&plan->root.mounts[i]));
	return array;
}

/* Which files of /etc are made, and how the root gets them. Their other rows may be the host's. */
static json_t *etc_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (enum etc_name name = 0; name < ETC_COUNT; name++) {
		char path[ETC_PATH_MAX];

		if (plan->etc.texts[name] == NULL)
			continue;
		etc_path(name, path);
		json_array_append_new(
			array, json_pack("{s:s, s:b}", "target", path, "writable", plan->etc.place == ETC_BELOW));
	}
	return array;
}

static json_t *env_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->command.n_env; i++) {
		const struct plan_env *env = &plan->command.env[i];

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
			json_array_append_new(array, json_string(limit_degradable_name(i)));
	return array;
}

static json_t *keep_fds_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->fds.n_keep; i++)
		json_array_append_new(array, json_integer(plan->fds.keep[i]));
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

static json_t *user_json(const struct etc_account *user)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < user->n_groups; i++)
		json_array_append_new(groups, json_integer(user->groups[i]));
	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:b}", "name", plan_text_json(user->name), "uid",
		(json_int_t)user->uid, "gid", (json_int_t)user->gid, "groups", groups, "home",
		plan_text_json(user->home), "shell", plan_text_json(user->shell), "made", (int)user->made);
}

/* Who the job is, and what it may. */
static json_t *identity_json(const struct plan *plan)
{
	const struct idmap uid = {.n = 1, .extents = {{plan->identity.uid, plan->identity.uid, 1}}};
	const struct idmap gid = {.n = 1, .extents = {{plan->identity.gid, plan->identity.gid, 1}}};
	bool single = plan->identity.kind == PLAN_IDENTITY_SINGLE;
	json_t *capabilities = json_array();

	for (size_t i = 0; i < capabilities_count; i++)
		if ((plan->identity.capabilities & UINT64_C(1) << capabilities_known[i].number) != 0)
			json_array_append_new(capabilities, json_string(capabilities_known[i].name));
	return json_pack("{s:o, s:o, s:o, s:o*}", "uid_map", extents_json(single ? &uid : &plan->identity.uids),
		"gid_map", extents_json(single ? &gid : &plan->identity.gids), "capabilities", capabilities, "user",
		plan->identity.as != NULL ? user_json(&plan->identity.user) : NULL);
}

static json_t *command_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (char **arg = plan->command.argv; arg != NULL && *arg != NULL; arg++)
		json_array_append_new(array, plan_text_json(*arg));
	return array;
}

static json_t *devices_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->limits.n_devices; i++)
		json_array_append_new(array,
			json_pack("{s:i, s:i, s:b}", "major", (int)plan->limits.devices[i].major, "minor",
				(int)plan->limits.devices[i].minor, "written", (int)plan->limits.devices[i].written));
	return array;
}

static json_t *granted_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->n_granted; i++)
		json_array_append_new(array, json_pack("{s:o, s:o}", "path", plan_text_json(plan->granted[i].path),
						     "origin", origin_json(&plan->granted[i].origin)));
	return array;
}

/* The image that has a name, and where it is. NULL: the root is none. */
static json_t *image_json(const struct plan_root *root)
{
	if (root->image == NULL)
		return NULL;
	return json_pack("{s:s, s:s?, s:o}", "name", root->image, "digest", root->image_digest, "dir",
		plan_text_json(root->dir));
}

json_t *plan_to_json(const struct plan *plan)
{
	return json_pack(
		"{s:s*, s:o, s:o, s:o, s:o*, s:o, s:o, s:o, s:{s:o, s:I}, s:o, s:o, s:o, s:o*, s:o, s:o, s:o*}",
		"profile_digest", plan->profile_digest[0] != '\0' ? plan->profile_digest : NULL, "settings",
		settings_json(plan), "identity", identity_json(plan), "mounts", mounts_json(plan), "layers",
		plan->root.layer == PLAN_LAYER_DISK ? plan_text_json(plan->root.layers) : NULL, "devices",
		granted_json(plan), "etc", etc_json(plan), "env", env_json(plan), "seccomp_filter", "policy",
		plan_text_json(plan->seccomp), "instructions", (json_int_t)plan->filter.len, "keep_fds",
		keep_fds_json(plan), "allow_degraded", degradable_json(plan->allow_degraded), "degraded",
		degradable_json(plan->degraded), "egress", egress_to_json(&plan->egress), "io_devices",
		devices_json(plan), "command", command_json(plan), "image", image_json(&plan->root));
}
