#include "policy/resolve/environment.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/resolve/secret_like.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static bool is_pattern(const struct plan_env *entry)
{
	return entry->value == NULL &&
	       (strchr(entry->name, '*') != NULL || (entry->unset && strcmp(entry->name, ENVIRONMENT_SECRETS) == 0));
}

static bool matches(const struct plan_env *pattern, const char *name, const char *value)
{
	if (strchr(pattern->name, '*') == NULL)
		return secret_like(name, value);
	return fnmatch(pattern->name, name, 0) == 0;
}

/* The entry that names the variable itself, or NULL. */
static const struct plan_env *named(const struct plan *plan, const char *name)
{
	const struct plan_env *found = plan_env_find(&plan->command, name);

	return found != NULL && !is_pattern(found) ? found : NULL;
}

/* The entry that decides about a variable of the caller's: its own, else a pattern that keeps it back, else one that
 * passes it on. NULL: nobody asked for it. */
static const struct plan_env *decider(const struct plan *plan, const char *name, const char *value)
{
	const struct plan_env *found = named(plan, name);

	for (size_t i = 0; found == NULL && i < plan->command.n_env; i++)
		if (plan->command.env[i].unset && is_pattern(&plan->command.env[i]) &&
			matches(&plan->command.env[i], name, value))
			found = &plan->command.env[i];
	for (size_t i = 0; found == NULL && i < plan->command.n_env; i++)
		if (!plan->command.env[i].unset && is_pattern(&plan->command.env[i]) &&
			matches(&plan->command.env[i], name, value))
			found = &plan->command.env[i];
	return found;
}

struct result {
	struct plan_env *env;
	size_t n;
	char *withheld;
};

static void result_free(struct result *result)
{
	for (size_t i = 0; i < result->n; i++) {
		free(result->env[i].name);
		free(result->env[i].value);
		free(result->env[i].origin.text);
	}
	free(result->env);
	free(result->withheld);
}

static int pass(struct result *result, const struct plan_env *by, const char *name, const char *value, bool inherited,
	struct error *err)
{
	struct plan_env *env = &result->env[result->n++];

	*env = (struct plan_env){.name = strdup(name),
		.value = strdup(value),
		.inherited = inherited,
		.origin.text = by->origin.text != NULL ? strdup(by->origin.text) : NULL};
	if (env->name == NULL || env->value == NULL || (by->origin.text != NULL && env->origin.text == NULL))
		return error_set(err, ENOMEM, "environment");
	return 0;
}

static int withhold(struct result *result, const char *name, struct error *err)
{
	char *grown =
		result->withheld == NULL ? format("withheld: %s", name) : format("%s, %s", result->withheld, name);

	if (grown == NULL)
		return error_set(err, ENOMEM, "environment");
	free(result->withheld);
	result->withheld = grown;
	return 0;
}

/* Of two variables of one name the first is the one that getenv(3) finds. */
static bool stands_before(char *const *environment, char *const *variable, size_t len)
{
	for (; environment != variable; environment++)
		if (strncmp(*environment, *variable, len + 1) == 0)
			return true;
	return false;
}

/* One variable of the caller's. */
static int resolve_variable(const struct plan *plan, char *const *environment, char *const *variable,
	struct result *result, struct error *err)
{
	size_t len = strcspn(*variable, "=");
	_cleanup_(freep) char *name = strndup(*variable, len);
	const struct plan_env *by;

	if (name == NULL)
		return error_set(err, ENOMEM, "environment");
	if ((*variable)[len] == '\0')
		return 0; /* no variable: execve(2) takes any string */
	by = decider(plan, name, *variable + len + 1);
	if (by == NULL || by->value != NULL || stands_before(environment, variable, len))
		return 0;
	/* Who names it on the command line knows. */
	if (by->unset && !is_pattern(by) && by->origin.text != NULL && strncmp(by->origin.text, "--", 2) == 0)
		return 0;
	return by->unset ? withhold(result, name, err) : pass(result, by, name, *variable + len + 1, true, err);
}

int environment_resolve(struct plan *plan, char *const *environment, struct error *err)
{
	_cleanup_(result_free) struct result result = {0};
	struct result old = {.env = plan->command.env, .n = plan->command.n_env};
	size_t most = plan->command.n_env;

	for (char *const *variable = environment; variable != NULL && *variable != NULL; variable++)
		most++;
	result.env = calloc(most + 1, sizeof *result.env);
	if (result.env == NULL)
		return error_set(err, ENOMEM, "environment");
	for (size_t i = 0; i < plan->command.n_env; i++) {
		const struct plan_env *entry = &plan->command.env[i];

		if (entry->value != NULL && pass(&result, entry, entry->name, entry->value, false, err) < 0)
			return -1;
	}
	for (char *const *variable = environment; variable != NULL && *variable != NULL; variable++)
		if (resolve_variable(plan, environment, variable, &result, err) < 0)
			return -1;
	plan->command.env = take_ptr(result.env);
	plan->command.n_env = result.n;
	free(plan->withheld);
	plan->withheld = take_ptr(result.withheld);
	result = (struct result){0};
	result_free(&old);
	return 0;
}
