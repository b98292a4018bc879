/* How the text of a setting becomes a value in the plan: one function per type of setting. */
#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "policy/container.h"
#include "policy/path.h"
#include "policy/setting_mount.h"
#include "policy/settings.h"

#include <string.h>

typedef int apply_fn(struct plan *, const struct setting *, const char *text, const char *origin, struct error *);

static void *field(struct plan *plan, const struct setting *setting)
{
	return (char *)plan + setting->offset;
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "plan");
}

/* Keeps a string that was just made: takes it over, or frees it. */
static int keep_string(struct plan *plan, const struct setting *setting, char *string, struct error *err)
{
	char **kept;

	if (string == NULL)
		return no_memory(err);
	if (setting->offset == SETTING_NO_FIELD) {
		free(string);
		return 0;
	}
	kept = field(plan, setting);
	free(*kept);
	*kept = string;
	return 0;
}

static int check_range(const struct setting *setting, const char *text, uint64_t value, struct error *err)
{
	if (value < setting->min) {
		if (setting->min == 1)
			error_set(err, 0, "%s: must be more than 0", text);
		else
			error_set(err, 0, "%s: less than %llu", text, (unsigned long long)setting->min);
		return (setting->flags & SETTING_NONE) != 0 ? error_hint(err, "none takes the limit away") : -1;
	}
	if (setting->max != 0 && value > setting->max)
		return error_set(err, 0, "%s: more than %llu", text, (unsigned long long)setting->max);
	return 0;
}

/* Sizes, counts, CPUs and durations: numbers with a range that "none" may take away. */
static int apply_number(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	uint64_t value = 0;
	int64_t ns = 0;
	int r = 0;

	(void)origin;
	if ((setting->flags & SETTING_NONE) != 0 && strcmp(text, "none") == 0)
		value = setting->unset;
	else if (setting->type == SETTING_DURATION) {
		r = parse_duration(text, &ns, err);
		value = (uint64_t)ns;
	} else if (setting->type == SETTING_SIZE)
		r = parse_size(text, &value, err);
	else if (setting->type == SETTING_CPUS)
		r = parse_cpus(text, &value, err);
	else
		r = parse_count(text, UINT64_MAX, &value, err);
	if (r < 0)
		return -1;
	if (((setting->flags & SETTING_NONE) == 0 || strcmp(text, "none") != 0) &&
		check_range(setting, text, value, err) < 0)
		return -1;
	if (setting->type == SETTING_DURATION)
		*(int64_t *)field(plan, setting) = (int64_t)value;
	else
		*(uint64_t *)field(plan, setting) = value;
	return 0;
}

static const struct setting_choice *choose(const struct setting *setting, const char *text, struct error *err)
{
	const struct setting_choice *choice = setting_choice_find(setting, text);
	char names[256];

	if (choice == NULL) {
		setting_choices_text(setting, ", ", names, sizeof names);
		error_set(err, 0, "%s: not one of %s", text, names);
	}
	return choice;
}

static int apply_enum(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const struct setting_choice *choice = choose(setting, text, err);

	(void)origin;
	if (choice == NULL)
		return -1;
	*(unsigned *)field(plan, setting) = choice->value;
	return 0;
}

static int apply_names(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const struct setting_choice *choice = choose(setting, text, err);

	(void)origin;
	if (choice == NULL)
		return -1;
	if (strcmp(choice->name, "none") == 0)
		*(unsigned *)field(plan, setting) = 0;
	else
		*(unsigned *)field(plan, setting) |= 1U << choice->value;
	return 0;
}

static int apply_bool(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	bool yes = strcmp(text, "yes") == 0;

	(void)origin;
	if (!yes && strcmp(text, "no") != 0)
		return error_set(err, 0, "%s: neither yes nor no", text);
	if (setting->offset != SETTING_NO_FIELD)
		*(bool *)field(plan, setting) = yes;
	return 0;
}

static int apply_string(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return keep_string(plan, setting, strdup(text), err);
}

/* Names go into paths, cgroups and the host name: no '/', and none that is hidden, "..", or looks like an option. */
static int apply_name(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(text);

	(void)origin;
	if (len == 0 || len > 64 || strspn(text, allowed) != len || text[0] == '.' || text[0] == '-') {
		error_set(err, 0, "%s: not a name", text);
		return error_hint(err, "1 to 64 of A-Z a-z 0-9 . _ - and neither . nor - in front");
	}
	return keep_string(plan, setting, strdup(text), err);
}

static int apply_reference(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	if (text[0] == '\0')
		return error_set(err, 0, "empty");
	return keep_string(plan, setting, strdup(text), err);
}

static int apply_path(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char *const system_dirs[] = {"/proc", "/dev", "/sys", NULL};
	_cleanup_(freep) char *path = NULL;

	(void)origin;
	if ((setting->flags & SETTING_DASH) != 0 && strcmp(text, "-") == 0)
		return keep_string(plan, setting, strdup(text), err);
	if (path_normalise(text, &path, err) < 0)
		return -1;
	if ((setting->flags & SETTING_NOT_SYSTEM) != 0 && path_refuse_within(path, system_dirs, err) < 0)
		return -1;
	return keep_string(plan, setting, take_ptr(path), err);
}

/* One of the names, or the absolute path of an image. */
static int apply_root(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char *const system_dirs[] = {"/proc", "/dev", "/sys", NULL};
	const struct setting_choice *choice = choose(setting, text, err);
	_cleanup_(freep) char *path = NULL;

	(void)origin;
	if (choice == NULL)
		return error_hint(err, "DIR has a / in it");
	if (choice->form == '/' &&
		(path_normalise(text, &path, err) < 0 || path_refuse_within(path, system_dirs, err) < 0))
		return -1;
	freep(&plan->root_dir);
	plan->root_dir = take_ptr(path);
	*(unsigned *)field(plan, setting) = choice->value;
	return 0;
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
	struct plan_env *grown;

	for (size_t i = 0; i < plan->n_env; i++)
		if (strcmp(plan->env[i].name, name) == 0) {
			env_clear(&plan->env[i]);
			return &plan->env[i];
		}
	if (plan->n_env >= SETTING_LIST_MAX) {
		error_set(err, 0, "%s: more than %d variables", name, SETTING_LIST_MAX);
		return NULL;
	}
	grown = reallocarray(plan->env, plan->n_env + 1, sizeof *grown);
	if (grown == NULL) {
		no_memory(err);
		return NULL;
	}
	plan->env = grown;
	return &plan->env[plan->n_env++];
}

/* "NAME=VALUE" sets; "NAME" leaves the value NULL, which plan_resolve() takes from the caller's environment. */
static int apply_env(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(env_clear) struct plan_env env = {0};
	size_t len = strcspn(text, "=");
	struct plan_env *slot;

	if (len == 0)
		return error_set(err, 0, "%s: no name in front of a '='", text[0] == '\0' ? "\"\"" : text);
	if ((setting->flags & SETTING_UNSET) != 0 && text[len] == '=')
		return error_set(err, 0, "%.*s: a name, without a value", (int)len, text);
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

static int apply_fd(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	uint64_t fd;
	int *grown;

	(void)origin;
	if (parse_count(text, UINT64_MAX, &fd, err) < 0 || check_range(setting, text, fd, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		if ((uint64_t)plan->keep_fds[i] == fd)
			return error_set(err, 0, "%s: given twice", text);
	grown = reallocarray(plan->keep_fds, plan->n_keep_fds + 1, sizeof *grown);
	if (grown == NULL)
		return no_memory(err);
	plan->keep_fds = grown;
	plan->keep_fds[plan->n_keep_fds++] = (int)fd;
	return 0;
}

static int apply_open(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	struct egress *egress = &plan->egress;
	struct egress_open open, *grown;

	(void)setting;
	(void)origin;
	if (egress_open_parse(text, &open, err) < 0)
		return -1;
	if (egress->n_opens >= SETTING_LIST_MAX)
		return error_set(err, 0, "%s: more than %d", text, SETTING_LIST_MAX);
	grown = reallocarray(egress->opens, egress->n_opens + 1, sizeof *grown);
	if (grown == NULL)
		return no_memory(err);
	egress->opens = grown;
	grown[egress->n_opens++] = open;
	return 0;
}

static apply_fn *const appliers[SETTING_TYPE_COUNT] = {
	[SETTING_SIZE] = apply_number,
	[SETTING_DURATION] = apply_number,
	[SETTING_COUNT] = apply_number,
	[SETTING_CPUS] = apply_number,
	[SETTING_ENUM] = apply_enum,
	[SETTING_BOOL] = apply_bool,
	[SETTING_STRING] = apply_string,
	[SETTING_NAME] = apply_name,
	[SETTING_PATH] = apply_path,
	[SETTING_REFERENCE] = apply_reference,
	[SETTING_BIND] = setting_apply_bind,
	[SETTING_TMPFS] = setting_apply_tmpfs,
	[SETTING_HIDE] = setting_apply_hide,
	[SETTING_ENV] = apply_env,
	[SETTING_NAMES] = apply_names,
	[SETTING_ROOT] = apply_root,
	[SETTING_FD] = apply_fd,
	[SETTING_OPEN] = apply_open,
};

static int set_origin(struct plan *plan, const struct setting *setting, const char *origin, struct error *err)
{
	struct origin *kept = &plan->origins[setting_index(setting)];
	char *copy = origin != NULL ? strdup(origin) : NULL;

	if (origin != NULL && copy == NULL)
		return no_memory(err);
	free(kept->text);
	kept->text = copy;
	return 0;
}

int setting_apply(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const struct setting_choice *choice = setting_choice_find(setting, text);
	const char *instead = setting->later;
	char label[512];

	setting_label(setting, origin, label, sizeof label);
	if (plan->in_container && container_admit(setting, label, err) < 0)
		return -1;
	if (instead != NULL)
		error_set(err, 0, "%s: not in this version", label);
	else if (choice != NULL && choice->later != NULL) {
		instead = choice->later;
		if (setting->type == SETTING_BOOL)
			error_set(err, 0, "%s: not in this version", label);
		else
			error_set(err, 0, "%s %s: not in this version", label, text);
	}
	if (instead != NULL)
		return error_hint(err, "%s", instead);
	if (appliers[setting->type](plan, setting, text, origin, err) < 0)
		return error_context(err, "%s", label);
	return (setting->flags & SETTING_LIST) != 0 ? 0 : set_origin(plan, setting, origin, err);
}

int setting_absolute(const struct setting *setting, const char *base, const char *text, char **out, struct error *err)
{
	bool has_path = setting->type == SETTING_PATH || setting->type == SETTING_BIND ||
			(setting->type == SETTING_REFERENCE && path_is_file_reference(text)) ||
			(setting->type == SETTING_ROOT && strchr(text, '/') != NULL);

	if (text[0] == '\0' || ((setting->flags & SETTING_DASH) != 0 && strcmp(text, "-") == 0))
		has_path = false;
	if (has_path && setting->type == SETTING_BIND && text[0] != '/' && strchr(base, ':') != NULL) {
		error_set(err, 0, "%s: relative to %s, which has a ':' in its name", text, base);
		return error_hint(err, "a mount is written PATH:INSIDE");
	}
	*out = has_path ? path_absolute(base, text) : strdup(text);
	return *out == NULL ? no_memory(err) : 0;
}
