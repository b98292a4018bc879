/* Kinds of setting that are text: strings, names, paths, references; variables, and openings of the network. */
#include "policy/setting_kind.h"

#include "common/cleanup.h"
#include "common/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "plan");
}

/* Keeps a string that was just made: takes it over, or frees it. */
static int keep_string(struct plan *plan, const struct setting *setting, char *string, struct error *err)
{
	char **stored;

	if (string == NULL)
		return no_memory(err);
	if (setting->offset == SETTING_NO_FIELD) {
		free(string);
		return 0;
	}
	stored = setting_field(plan, setting);
	free(*stored);
	*stored = string;
	return 0;
}

int setting_apply_string(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return keep_string(plan, setting, strdup(text), err);
}

/* Names go into paths, cgroups and the host name: no '/', and none that is hidden, "..", or looks like an option. */
int setting_apply_name(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(text);

	(void)origin;
	if (len == 0 || len > 64 || strspn(text, allowed) != len || text[0] == '.' || text[0] == '-') {
		error_set(err, 0, "%s: invalid name", len > 0 ? text : "\"\"");
		return error_hint(err, "expected 1 to 64 of A-Z a-z 0-9 . _ -, not starting with . or -");
	}
	return keep_string(plan, setting, strdup(text), err);
}

int setting_apply_reference(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	if (text[0] == '\0')
		return error_set(err, 0, "empty");
	return keep_string(plan, setting, strdup(text), err);
}

int setting_apply_path(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char *const system_dirs[] = {"/proc", "/dev", "/sys", NULL};
	_cleanup_(freep) char *path = NULL;

	(void)origin;
	if ((setting->flags & SETTING_DASH) != 0 && strcmp(text, "-") == 0)
		return keep_string(plan, setting, strdup(text), err);
	if (path_normalise(text, &path, err) < 0)
		return -1;
	if ((setting->flags & SETTING_FILE) != 0 && text[strlen(text) - 1] == '/') {
		error_set(err, 0, "%s: names a directory", text);
		return error_hint(err, "name a file");
	}
	if ((setting->flags & SETTING_NOT_SYSTEM) != 0 && path_refuse_within(path, system_dirs, err) < 0)
		return -1;
	return keep_string(plan, setting, take_ptr(path), err);
}

static void env_clear(struct plan_env *env)
{
	free(env->name);
	free(env->value);
	free(env->origin.text);
	memset(env, 0, sizeof *env);
}

/* The place of the variable with that name, an old one emptied or a new one at the end. */
static struct plan_env *env_slot(struct plan *plan, const char *name, struct error *err)
{
	struct plan_env *found = plan_env_find(&plan->command, name), *grown;

	if (found != NULL) {
		env_clear(found);
		return found;
	}
	if (plan->command.n_env >= SETTING_LIST_MAX) {
		error_set(err, 0, "%s: more than %d variables", name, SETTING_LIST_MAX);
		return NULL;
	}
	grown = reallocarray(plan->command.env, plan->command.n_env + 1, sizeof *grown);
	if (grown == NULL) {
		no_memory(err);
		return NULL;
	}
	plan->command.env = grown;
	return &plan->command.env[plan->command.n_env++];
}

/* "NAME=VALUE" sets; "NAME" leaves the value NULL, which plan_resolve() takes from the caller's environment. */
int setting_apply_env(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(env_clear) struct plan_env env = {0};
	size_t len = strcspn(text, "=");
	struct plan_env *slot;

	if (len == 0)
		return error_set(err, 0, "%s: expected a name before '='", text[0] == '\0' ? "\"\"" : text);
	if ((setting->flags & SETTING_UNSET) != 0 && text[len] == '=')
		return error_set(err, 0, "%.*s: expected a name without a value", (int)len, text);
	env.unset = (setting->flags & SETTING_UNSET) != 0;
	env.name = strndup(text, len);
	env.value = text[len] == '=' ? strdup(text + len + 1) : NULL;
	env.origin.text = origin != NULL ? strdup(origin) : NULL;
	if (env.name == NULL || (text[len] == '=' && env.value == NULL) || (origin != NULL && env.origin.text == NULL))
		return no_memory(err);
	slot = env_slot(plan, env.name, err);
	if (slot == NULL)
		return -1;
	*slot = env;
	memset(&env, 0, sizeof env);
	return 0;
}

int setting_apply_open(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	struct egress *egress = &plan->egress;
	struct egress_open open, *grown;
	char *place;

	(void)setting;
	if (egress_open_parse(text, &open, err) < 0)
		return -1;
	if (egress->n_opens >= SETTING_LIST_MAX)
		return error_set(err, 0, "%s: more than %d", text, SETTING_LIST_MAX);
	grown = reallocarray(egress->opens, egress->n_opens + 1, sizeof *grown);
	if (grown == NULL)
		return no_memory(err);
	egress->opens = grown;
	grown[egress->n_opens++] = open;
	place = origin != NULL ? strdup(origin) : NULL;
	if (origin != NULL && place == NULL)
		return no_memory(err);
	free(egress->opens_origin);
	egress->opens_origin = place;
	return 0;
}
