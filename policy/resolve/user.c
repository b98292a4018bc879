#include "policy/resolve/user.h"

#include "common/path.h"
#include "policy/profile.h"
#include "policy/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MADE "runner" /* as on hosted runners */
#define NAMES_SIZE 256

/* "--as", or "FILE:LINE:COLUMN: user". */
static const char *label(const struct plan *plan, char text[], size_t size)
{
	const struct setting *setting = setting_find("as");

	setting_label(setting, plan->origins[setting_index(setting)].text, text, size);
	return text;
}

static int refuse(const struct plan *plan, const char *why, const char *remedy, struct error *err)
{
	char text[512];

	error_set(err, 0, "%s: %s: %s", label(plan, text, sizeof text), plan->identity.as, why);
	return error_hint(err, "%s", remedy);
}

/* Whose accounts the sandbox has: the image's. */
static int check_kind(const struct plan *plan, struct error *err)
{
	if (plan->identity.kind != PLAN_IDENTITY_SUBUID)
		return refuse(plan, "requires users beside the caller's", "use --identity subuid", err);
	if (plan->root.kind != PLAN_ROOT_DIR)
		return refuse(plan, "requires the users of an image",
			"use --root DIR; in the host's system the command is root of its own map", err);
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (path_is_within("/etc/passwd", plan->root.mounts[i].target) ||
			path_is_within("/etc/group", plan->root.mounts[i].target))
			return refuse(plan, "a row of the mount table covers the image's passwd or group",
				"leave the row out, or the user", err);
	return 0;
}

/* Of an image, which may have anything there. */
static int check_file(const struct plan *plan, enum etc_name name, const struct facts_etc *facts, struct error *err)
{
	const struct facts_etc_file *file = &facts->files[name];
	char path[ETC_PATH_MAX];

	etc_path(name, path);
	if (!facts->no_directory && (file->missing || file->text != NULL))
		return 0;
	error_set(err, 0, "root: %s%s: cannot be read, or is larger than 1 MiB", plan->root.dir, path);
	return error_hint(err, "a user of the image is looked up there");
}

static int unknown(const struct plan *plan, const char *passwd, struct error *err)
{
	char names[NAMES_SIZE], text[512];

	etc_passwd_names(passwd != NULL ? passwd : "", names, sizeof names);
	error_set(err, 0, "%s: %s: not in /etc/passwd of %s", label(plan, text, sizeof text), plan->identity.as,
		plan->root.dir);
	return error_hint(
		err, "it has %s%s" MADE " is made where it is missing", names, names[0] != '\0' ? "; " : "no user; ");
}

static int check_ids(const struct plan *plan, struct error *err)
{
	const struct etc_account *user = &plan->identity.user;
	unsigned largest = user->uid > user->gid ? user->uid : user->gid;

	for (size_t i = 0; i < user->n_groups; i++)
		largest = user->groups[i] > largest ? user->groups[i] : largest;
	return largest < IDMAP_IDS ? 0
				   : refuse(plan, "has an id above 65535, which is not mapped inside",
					     "change it in the image", err);
}

/* An image must not say that a command is root which was to be somebody else: only `root` and 0 ask for that. */
static int check_root(const struct plan *plan, struct error *err)
{
	const char *as = plan->identity.as;

	if (plan->identity.user.uid != 0 || strcmp(as, "root") == 0 || as[strspn(as, "0123456789")] == '\0')
		return 0;
	return refuse(plan, "has uid 0 in the image's /etc/passwd, which is root",
		"give it an id of its own in the image; --as root for root", err);
}

static int find(struct plan *plan, const struct facts_etc *facts, struct error *err)
{
	const char *passwd = facts->files[ETC_PASSWD].text, *group = facts->files[ETC_GROUP].text;
	struct etc_account *user = &plan->identity.user;
	int found;

	found = etc_account_find(passwd, group, plan->identity.as, user);
	if (found == 0 && strcmp(plan->identity.as, MADE) == 0) {
		etc_account_free(user);
		found = etc_account_make(passwd, group, MADE, user) == 0 ? 1 : -1;
	}
	if (found == 0)
		return unknown(plan, passwd, err);
	if (found == -2)
		return refuse(plan, "is in more than 256 groups of the image", "use another user", err);
	if (found < 0)
		return error_set(err, ENOMEM, "plan");
	return check_root(plan, err) < 0 || check_ids(plan, err) < 0 ? -1 : 0;
}

int user_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	if (plan->identity.as == NULL)
		return 0;
	if (check_kind(plan, err) < 0)
		return -1;
	etc_account_free(&plan->identity.user);
	if (facts->etc == NULL) { /* a plan that is only shown */
		if (etc_account_make(NULL, NULL, plan->identity.as, &plan->identity.user) < 0)
			return error_set(err, ENOMEM, "plan");
	} else if (check_file(plan, ETC_PASSWD, facts->etc, err) < 0 ||
		   check_file(plan, ETC_GROUP, facts->etc, err) < 0 || find(plan, facts->etc, err) < 0) {
		return -1;
	}
	plan->root.owner = plan->identity.user.uid;
	plan->root.group = plan->identity.user.gid;
	return 0;
}

static int set_value(struct plan_env *env, const char *value, struct error *err)
{
	char *copy = strdup(value), *origin = strdup("user");

	if (copy == NULL || origin == NULL) {
		free(copy);
		free(origin);
		return error_set(err, ENOMEM, "environment");
	}
	free(env->value);
	free(env->origin.text);
	env->value = copy;
	env->origin.text = origin;
	return 0;
}

/* A value in a shipped profile stands for no user. */
static int follow(struct plan *plan, const char *name, const char *value, struct error *err)
{
	struct plan_env *env = plan_env_find(&plan->command, name), *grown;

	if (env != NULL)
		return env->origin.text != NULL && !env->inherited && profile_is_shipped(env->origin.text)
			       ? set_value(env, value, err)
			       : 0;
	grown = reallocarray(plan->command.env, plan->command.n_env + 1, sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "environment");
	plan->command.env = grown;
	env = &grown[plan->command.n_env];
	*env = (struct plan_env){.name = strdup(name)};
	plan->command.n_env++;
	return env->name == NULL ? error_set(err, ENOMEM, "environment") : set_value(env, value, err);
}

/* The image has none for it. */
static int add_home(struct plan *plan, const char *home, struct error *err)
{
	struct plan_mount *mount;

	if (home[0] != '/' || home[1] == '\0')
		return 0;
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (path_is_within(home, plan->root.mounts[i].target))
			return 0;
	if (plan_reserve_mounts(plan, 1, err) < 0)
		return -1;
	mount = &plan->root.mounts[plan->root.n_mounts++];
	*mount = (struct plan_mount){.kind = PLAN_MOUNT_TMPFS, .target = strdup(home), .origin.text = strdup("user")};
	return mount->target == NULL || mount->origin.text == NULL ? error_set(err, ENOMEM, "plan") : 0;
}

int user_environment(struct plan *plan, struct error *err)
{
	const struct etc_account *user = &plan->identity.user;

	if (plan->identity.as == NULL)
		return 0;
	if (follow(plan, "HOME", user->home[0] == '/' ? user->home : "/", err) < 0 ||
		follow(plan, "USER", user->name, err) < 0 || follow(plan, "LOGNAME", user->name, err) < 0 ||
		follow(plan, "SHELL", user->shell[0] != '\0' ? user->shell : "/bin/sh", err) < 0)
		return -1;
	return user->made ? add_home(plan, plan_env_find(&plan->command, "HOME")->value, err) : 0;
}
