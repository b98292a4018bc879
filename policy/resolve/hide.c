#include "policy/resolve/hide.h"

#include "common/path.h"

/* The mount that `path` lies in, or NULL: the last one around it. One that may be missing does not count. */
static const struct plan_mount *around(const struct plan *plan, const char *path)
{
	const struct plan_mount *last = NULL;

	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];

		if (mount->kind != PLAN_MOUNT_HIDE && !mount->optional && path_is_within(path, mount->target))
			last = mount;
	}
	return last;
}

void hide_resolve(struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		struct plan_mount *mount = &plan->root.mounts[i];
		const struct plan_mount *in = mount->kind == PLAN_MOUNT_HIDE ? around(plan, mount->target) : NULL;

		if (mount->kind == PLAN_MOUNT_HIDE && !mount->optional)
			mount->optional = in == NULL || in->kind != PLAN_MOUNT_BIND || !in->writable;
	}
}
