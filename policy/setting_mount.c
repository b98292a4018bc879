/* Kinds of setting that are rows of a plan's mount table: "PATH[:INSIDE]", "INSIDE[:SIZE]" and "INSIDE". Each appends
 * one mount, and drops the one that had its target. */
#include "policy/setting_kind.h"

#include "common/cleanup.h"
#include "common/parse.h"
#include "common/path.h"
#include "policy/advice.h"
#include "policy/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLON "a ':' in a path is written '\\:'"

static void mount_clear(struct plan_mount *mount)
{
	free(mount->source);
	free(mount->target);
	free(mount->origin.text);
	memset(mount, 0, sizeof *mount);
}

/* Of two in one place the later counts, and what a profile hides the command line may show. But who has hidden a path
 * there himself would show it without a word. */
static int refuse_to_show(
	const struct plan_mount *had, const struct plan_mount *mount, const char *origin, struct error *err)
{
	if (had->kind != PLAN_MOUNT_HIDE || mount->kind != PLAN_MOUNT_BIND || !advice_is_by_option(had->origin.text) ||
		!advice_is_by_option(origin))
		return 0;
	error_set(err, 0, "%s: hidden by %s", mount->target, had->origin.text);
	return error_hint(err, "show it or hide it, not both");
}

/* Appends the mount, which goes over to the plan, and drops the one that had its target. */
static int add_mount(struct plan *plan, struct plan_mount *mount, const char *origin, struct error *err)
{
	struct plan_mount *mounts;

	if (plan->root.n_mounts >= SETTING_LIST_MAX)
		return error_set(err, 0, "%s: more than %d mounts", mount->target, SETTING_LIST_MAX);
	if (plan_reserve_mounts(plan, 1, err) < 0)
		return -1;
	mounts = plan->root.mounts;
	if (origin != NULL && (mount->origin.text = strdup(origin)) == NULL)
		return error_set(err, ENOMEM, "plan");
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (strcmp(mounts[i].target, mount->target) == 0) {
			if (refuse_to_show(&mounts[i], mount, origin, err) < 0)
				return -1;
			mount_clear(&mounts[i]);
			memmove(&mounts[i], &mounts[i + 1], (plan->root.n_mounts - i - 1) * sizeof *mounts);
			plan->root.n_mounts--;
			break;
		}
	mounts[plan->root.n_mounts++] = *mount;
	memset(mount, 0, sizeof *mount);
	return 0;
}

/* A mount is nodev, so nobody could open a device through it. */
static int refuse_device(const char *path, struct error *err)
{
	if (device_find(path) == NULL)
		return 0;
	error_set(err, 0, "%s: a device", path);
	return error_hint(err, "use --device %s", path);
}

/* The job's home directory, as far as the plan has one by now. */
static const char *home_inside(const struct plan *plan)
{
	const struct plan_env *home = plan_env_find(&plan->command, "HOME");

	return home != NULL ? home->value : NULL;
}

/* /proc and /dev are the sandbox's own: a mount there could put the host's in their place. */
static int mount_target(const struct plan *plan, const char *text, char **target, struct error *err)
{
	static const char *const own[] = {"/proc", "/dev", NULL};

	if (path_normalise(text, target, err) < 0) {
		const char *home = home_inside(plan);

		if ((text[0] == '~' || text[0] == '$') && home != NULL)
			error_hint(err, "~ and variables are not expanded here; HOME is %.200s inside", home);
		else if (text[0] != '/')
			error_hint(err, "INSIDE is an absolute path; " COLON);
		return error_context(err, "target");
	}
	if (refuse_device(*target, err) < 0 || path_refuse_within(*target, own, err) < 0)
		return error_context(err, "target");
	return 0;
}

/* The host's /proc shows the host's processes, and "/" shows everything, /proc included. */
static int mount_source(const char *text, char **source, struct error *err)
{
	static const char *const never[] = {"/proc", NULL};

	if (path_normalise(text, source, err) < 0) {
		if (text[0] != '/')
			error_hint(err, "expected an absolute path; ~ and variables are not expanded here");
		return error_context(err, "source");
	}
	if (refuse_device(*source, err) < 0 || path_refuse_within(*source, never, err) < 0)
		return error_context(err, "source");
	return 0;
}

/* Copies `text` up to the first ':' that is not written "\\:", and moves it to what follows; NULL: nothing does. */
static char *take_part(const char **text)
{
	char *part = malloc(strlen(*text) + 1), *to = part;
	const char *p = *text;

	if (part == NULL)
		return NULL;
	for (; *p != '\0' && *p != ':'; p++) {
		if (p[0] == '\\' && p[1] == ':')
			p++;
		*to++ = *p;
	}
	*to = '\0';
	*text = *p == ':' ? p + 1 : NULL;
	return part;
}

/* Splits "A[:B]". *second is NULL when there is no B. */
static int split_pair(const char *text, char **first, char **second, struct error *err)
{
	const char *rest = text;

	*first = take_part(&rest);
	*second = rest != NULL ? take_part(&rest) : NULL;
	if (*first == NULL || (*second == NULL && rest != NULL))
		return error_set(err, ENOMEM, "plan");
	if (*second == NULL || rest == NULL)
		return 0;
	error_set(err, 0, "%s: more than one ':'", text);
	return error_hint(err, COLON);
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
	_cleanup_(freep) char *target = NULL;

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
		mount_target(plan, target != NULL ? target : source, &mount.target, err) < 0)
		return -1;
	return add_mount(plan, &mount, origin, err);
}

int setting_apply_tmpfs(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(mount_clear) struct plan_mount mount = {.kind = PLAN_MOUNT_TMPFS};
	_cleanup_(freep) char *target = NULL;
	_cleanup_(freep) char *size = NULL;

	(void)setting;
	if (split_pair(text, &target, &size, err) < 0 || mount_target(plan, target, &mount.target, err) < 0)
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

	if (mount_target(plan, text, &mount.target, err) < 0)
		return -1;
	return add_mount(plan, &mount, origin, err);
}
