#include "policy/resolve/layers.h"

#include "common/path.h"
#include "policy/own_dirs.h"

static int refuse_overlap(const char *source, const char *layers, struct error *err)
{
	if (!path_is_within(layers, source) && !path_is_within(source, layers))
		return 0;
	error_set(
		err, 0, "layer disk: %s: lies in %s, over which the layer is mounted, or contains it", layers, source);
	return error_hint(err, "set COFFERDAM_LAYERS to a directory elsewhere");
}

static int check(const struct plan_root *root, struct error *err)
{
	if (!plan_has_layer(root)) {
		error_set(err, 0, "layer disk: requires a throw-away layer");
		return error_hint(err, "use --root overlay or --root DIR, or --layer memory");
	}
	if (root->layers == NULL) {
		error_set(err, 0, "layer disk: requires a directory: neither COFFERDAM_LAYERS nor HOME is set");
		return error_hint(err, "set COFFERDAM_LAYERS to a directory on ext4, xfs or btrfs");
	}
	if (root->dir != NULL && refuse_overlap(root->dir, root->layers, err) < 0)
		return -1;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_LAYER &&
			refuse_overlap(root->mounts[i].source, root->layers, err) < 0)
			return -1;
	return 0;
}

int layers_resolve(struct plan *plan, char *const *environment, struct error *err)
{
	struct plan_root *root = &plan->root;
	int chosen;

	chosen = own_dir_layers(environment, &root->layers, err);
	if (root->layer != PLAN_LAYER_DISK)
		return 0;
	return chosen < 0 ? -1 : check(root, err);
}
