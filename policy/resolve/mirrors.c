#include "policy/resolve/mirrors.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "policy/image_name.h"

#include <errno.h>
#include <string.h>

static const char *variable(char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

static bool shows(const struct plan_mount *mount, const char *dir)
{
	return mount->kind == PLAN_MOUNT_BIND && mount->writable &&
	       (path_is_within(mount->source, dir) || path_is_within(dir, mount->source));
}

static int share_mirrors(struct plan *plan, char *const *environment, struct error *err)
{
	const char *runtime = variable(environment, "XDG_RUNTIME_DIR");
	_cleanup_(freep) char *normal = NULL, *dir = NULL;
	struct error ignored; /* without such a directory each sandbox has its own */

	if (runtime == NULL || path_normalise(runtime, &normal, &ignored) < 0)
		return 0;
	dir = format("%s/cofferdam-mirrors", normal);
	if (dir == NULL)
		return error_set(err, ENOMEM, "root");
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
	struct error ignored; /* without such a directory each sandbox has its own; of images there are none */

	if (may_show_images(&plan->root) && image_store_path(environment, &plan->root.images, &ignored) < 0)
		plan->root.images = NULL;
	return share_mirrors(plan, environment, err);
}
