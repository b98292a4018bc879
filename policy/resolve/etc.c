#include "policy/resolve/etc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ETC "/etc"

/* The last row at that very place, which is the one that is seen; or NULL. */
static const struct plan_mount *row_at(const struct plan *plan, const char *path)
{
	for (size_t i = plan->root.n_mounts; i > 0; i--)
		if (strcmp(plan->root.mounts[i - 1].target, path) == 0)
			return &plan->root.mounts[i - 1];
	return NULL;
}

/* Whose /etc is seen inside. */
enum owner {
	OWNER_HOST,   /* the host's, read-only or below a layer */
	OWNER_IMAGE,  /* the image's */
	OWNER_NOBODY, /* no row shows one: it is made */
	OWNER_CALLER, /* something of the caller's choice */
};

static enum owner owner_of(const struct plan *plan, const struct plan_mount *row)
{
	if (row == NULL)
		return plan->root.kind == PLAN_ROOT_DIR ? OWNER_IMAGE : OWNER_NOBODY;
	if ((row->kind == PLAN_MOUNT_BIND && !row->writable) || row->kind == PLAN_MOUNT_LAYER)
		return strcmp(row->source, ETC) == 0 ? OWNER_HOST : OWNER_CALLER;
	return OWNER_CALLER;
}

static enum etc_place place_of(
	const struct plan *plan, const struct plan_mount *row, enum owner owner, const struct facts *facts)
{
	if (row != NULL)
		return row->kind == PLAN_MOUNT_LAYER ? ETC_BELOW : ETC_OVER;
	if (owner == OWNER_IMAGE && facts->etc != NULL && facts->etc->no_directory)
		return ETC_OVER;
	return plan_has_layer(&plan->root) ? ETC_BELOW : ETC_OVER;
}

static const char *home_of(const struct plan *plan)
{
	const struct plan_env *home = plan_env_find(&plan->command, "HOME");

	return home != NULL ? home->value : NULL;
}

static char *make(const struct plan *plan, enum etc_name name, const char *root, const struct etc_user *user)
{
	switch (name) {
	case ETC_PASSWD:
		return etc_passwd(root, user);
	case ETC_GROUP:
		return etc_group(root, user);
	case ETC_HOSTS:
		return etc_hosts(root, plan->hostname);
	case ETC_HOSTNAME:
		return etc_hostname(plan->hostname);
	case ETC_NSSWITCH:
		return etc_nsswitch(root);
	case ETC_RESOLV_CONF:
	case ETC_COUNT:
		break;
	}
	return NULL;
}

/* Whether the file is one to be made. What cannot be read stays: it has rows that would be lost. Over a read-only
 * directory there is no place for a file that it does not have. */
static bool is_due(const struct plan *plan, enum etc_name name, enum owner owner, const struct facts_etc_file *file)
{
	char path[ETC_PATH_MAX];

	etc_path(name, path);
	if (row_at(plan, path) != NULL || (!file->missing && file->text == NULL))
		return false;
	if (name == ETC_NSSWITCH)
		return owner == OWNER_HOST && file->text != NULL;
	return !file->missing || owner != OWNER_HOST || plan->etc.place == ETC_BELOW;
}

static int make_all(struct plan *plan, const struct facts_etc *facts, enum owner owner, struct error *err)
{
	static const struct facts_etc_file none = {.missing = true};
	const bool single = plan->identity.kind == PLAN_IDENTITY_SINGLE;
	const struct etc_account *other = plan->identity.as != NULL ? &plan->identity.user : NULL;
	const struct etc_user user = {.uid = single          ? plan->identity.uid
					     : other != NULL ? other->uid
							     : 0,
		.gid = single          ? plan->identity.gid
		       : other != NULL ? other->gid
				       : 0,
		.name = other != NULL ? other->name : facts->user,
		.shell = other != NULL ? other->shell : NULL,
		.home = home_of(plan)};

	for (enum etc_name name = 0; name < ETC_RESOLV_CONF; name++) {
		const struct facts_etc_file *file = owner == OWNER_NOBODY ? &none : &facts->files[name];
		char **text = &plan->etc.texts[name];

		if (!is_due(plan, name, owner, file))
			continue;
		*text = make(plan, name, file->text, &user);
		if (*text == NULL)
			return error_set(err, ENOMEM, "plan");
		if (file->text != NULL && strcmp(*text, file->text) == 0) {
			free(*text);
			*text = NULL;
		}
	}
	return 0;
}

int etc_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	const struct plan_mount *row = row_at(plan, ETC);
	const enum owner owner = owner_of(plan, row);

	etc_free(&plan->etc);
	plan->etc.place = place_of(plan, row, owner, facts);
	if (plan->egress.resolv_conf != NULL && row_at(plan, ETC "/resolv.conf") == NULL) {
		plan->etc.texts[ETC_RESOLV_CONF] = strdup(plan->egress.resolv_conf);
		if (plan->etc.texts[ETC_RESOLV_CONF] == NULL)
			return error_set(err, ENOMEM, "plan");
	}
	if (facts->etc == NULL || facts->etc->no_directory || owner == OWNER_CALLER)
		return 0;
	return make_all(plan, facts->etc, owner, err);
}
