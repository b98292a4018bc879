#include "policy/advice.h"

#include "common/path.h"

#include <string.h>

bool advice_is_by_option(const char *origin)
{
	return origin != NULL && strncmp(origin, "--", 2) == 0;
}

static bool is_chosen(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND && advice_is_by_option(mount->origin.text);
}

bool advice_shows_home(const struct plan_mount *mount, const char *home)
{
	return home != NULL && is_chosen(mount) && path_is_within(home, mount->source);
}

static bool is_told(const struct plan_command *command, const char *path)
{
	for (size_t i = 0; i < command->n_env; i++)
		if (command->env[i].value != NULL && strstr(command->env[i].value, path) != NULL)
			return true;
	for (char **argument = command->argv; *argument != NULL; argument++)
		if (strstr(*argument, path) != NULL)
			return true;
	return false;
}

const char *advice_other_home(
	const struct plan *plan, const struct plan_mount *mount, const char *home, const char **inside)
{
	const struct plan_env *own = plan_env_find(&plan->command, "HOME");
	const size_t len = home != NULL ? strlen(home) : 0;

	*inside = own != NULL ? own->value : NULL;
	if (len < 2 || *inside == NULL || strcmp(home, *inside) == 0 || !is_chosen(mount))
		return NULL;
	if (!path_is_within(mount->target, home) || strncmp(mount->target + len, "/.", 2) != 0 ||
		(plan->workspace != NULL && path_is_within(plan->workspace, mount->target)) ||
		is_told(&plan->command, mount->target))
		return NULL;
	return mount->target + len;
}
