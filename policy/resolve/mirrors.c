#include "policy/resolve/mirrors.h"

#include "common/cleanup.h"
#include "common/path.h"
#include "policy/own_dirs.h"

#include <errno.h>

static bool shows(const struct plan_mount *mount, const char *dir)
{
	return mount->kind == PLAN_MOUNT_BIND && mount->writable &&
	       (path_is_within(mount->source, dir) || path_is_within(dir, mount->source));
}

static int share_mirrors(struct plan *plan, char *const *environment, struct error *err)
{
	_cleanup_(freep) char *dir = NULL;

	if (own_dir_mirrors(environment, &dir, err) < 0)
		return err->errnum == ENOMEM ? -1 : 0; /* without such a directory each sandbox has its own */
	if (dir == NULL)
		return 0;
	plan->root.shares_mirrors = plan->root.kind == PLAN_ROOT_OVERLAY && plan->changes == NULL;
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		plan->root.shares_mirrors &= !shows(&plan->root.mounts[i], dir);
	plan->root.mirrors = take_ptr(dir);
	return 0;
}

/* A launch that shows nothing but the system does not show them. */
static bool may_show_images(const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_BIND && !path_is_of_the_system(root->mounts[i].source))
			return true;
	return false;
}

int mirrors_resolve(struct plan *plan, char *const *environment, struct error *err)
{
	struct error ignored; /* without such a directory there are no images */

	if (may_show_images(&plan->root) && own_dir_images(environment, &plan->root.images, &ignored) < 0)
		plan->root.images = NULL;
	return share_mirrors(plan, environment, err);
}
