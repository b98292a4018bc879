#include "policy/setting_mount.h"

#include "common/cleanup.h"
#include "common/parse.h"
#include "policy/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void mount_clear(struct plan_mount *mount)
{
	free(mount->source);
	free(mount->target);
	free(mount->origin.text);
	memset(mount, 0, sizeof *mount);
}

/* Appends the mount, which goes over to the plan, and drops the one that had its target. */
static int add_mount(struct plan *plan, struct plan_mount *mount, const char *origin, struct error *err)
{
	struct plan_mount *mounts;

	if (plan->n_mounts >= SETTING_LIST_MAX)
		return error_set(err, 0, "%s: more than %d mounts", mount->target, SETTING_LIST_MAX);
	if (plan_reserve_mounts(plan, 1, err) < 0)
		return -1;
	mounts = plan->mounts;
	if (origin != NULL && (mount->origin.text = strdup(origin)) == NULL)
		return error_set(err, ENOMEM, "plan");
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (strcmp(mounts[i].target, mount->target) == 0) {
			mount_clear(&mounts[i]);
			memmove(&mounts[i], &mounts[i + 1], (plan->n_mounts - i - 1) * sizeof *mounts);
			plan->n_mounts--;
			break;
		}
	mounts[plan->n_mounts++] = *mount;
	memset(mount, 0, sizeof *mount);
	return 0;
}

/* /proc and /dev are the sandbox's own: a mount there could put the host's in their place. */
static int mount_target(const char *text, char **target, struct error *err)
{
	static const char *const own[] = {"/proc", "/dev", NULL};

	if (path_normalise(text, target, err) < 0 || path_refuse_within(*target, own, err) < 0)
		return error_context(err, "target");
	return 0;
}

/* The host's /proc shows the host's processes, and "/" shows everything, /proc included. */
static int mount_source(const char *text, char **source, struct error *err)
{
	static const char *const never[] = {"/proc", NULL};

	if (path_normalise(text, source, err) < 0 || path_refuse_within(*source, never, err) < 0)
		return error_context(err, "source");
	return 0;
}

/* Splits "A[:B]". *second is NULL when there is no B. */
static int split_pair(const char *text, char **first, const char **second, struct error *err)
{
	size_t len = strcspn(text, ":");

	*second = text[len] == ':' ? text + len + 1 : NULL;
	if (*second != NULL && strchr(*second, ':') != NULL)
		return error_set(err, 0, "%s: more than one ':'", text);
	*first = strndup(text, len);
	return *first == NULL ? error_set(err, ENOMEM, "plan") : 0;
}

int setting_apply_bind(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(mount_clear) struct plan_mount mount = {
		.kind = PLAN_MOUNT_BIND,
		.writable = (setting->flags & SETTING_WRITABLE) != 0,
		.view = (setting->flags & SETTING_VIEW) != 0,
		.execute_only = (setting->flags & SETTING_EXECUTE_ONLY) != 0,
		.optional = (setting->flags & SETTING_OPTIONAL) != 0,
	};
	_cleanup_(freep) char *source = NULL;
	const char *target;

	if (split_pair(text, &source, &target, err) < 0)
		return -1;
	/* Of an entrypoint it is no mount but a rule: any path may have one. */
	if (plan->in_container) {
		if (path_normalise(source, &mount.source, err) < 0 ||
			path_normalise(target != NULL ? target : source, &mount.target, err) < 0)
			return -1;
		return add_mount(plan, &mount, origin, err);
	}
	if (mount_source(source, &mount.source, err) < 0 ||
		mount_target(target != NULL ? target : source, &mount.target, err) < 0)
		return -1;
	return add_mount(plan, &mount, origin, err);
}

int setting_apply_tmpfs(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(mount_clear) struct plan_mount mount = {.kind = PLAN_MOUNT_TMPFS};
	_cleanup_(freep) char *target = NULL;
	const char *size;

	(void)setting;
	if (split_pair(text, &target, &size, err) < 0 || mount_target(target, &mount.target, err) < 0)
		return -1;
	if (size != NULL && parse_size(size, &mount.size, err) < 0)
		return -1;
	if (size != NULL && mount.size == 0)
		return error_set(err, 0, "%s: must be more than 0", size);
	return add_mount(plan, &mount, origin, err);
}

int setting_apply_hide(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(mount_clear) struct plan_mount mount = {
		.kind = PLAN_MOUNT_HIDE,
		.optional = (setting->flags & SETTING_OPTIONAL) != 0,
	};

	if (mount_target(text, &mount.target, err) < 0)
		return -1;
	return add_mount(plan, &mount, origin, err);
}
