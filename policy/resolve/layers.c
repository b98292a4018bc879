#include "policy/resolve/layers.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
#include <string.h>

static const char *variable(char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return (*environment)[len + 1] != '\0' ? *environment + len + 1 : NULL;
	return NULL;
}

/* The variables, in this order, and where in the directory of each the layers lie. */
static const struct {
	const char *name, *below;
} places[] = {
	{"COFFERDAM_LAYERS", ""},
	{"XDG_CACHE_HOME", "/cofferdam/layers"},
	{"HOME", "/.cache/cofferdam/layers"},
};

/* A cache that is named by a relative path is to be ignored (XDG Base Directory Specification). */
static int choose_place(char *const *environment, char **dir, struct error *err)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *value = variable(environment, places[i].name);
		_cleanup_(freep) char *normal = NULL;

		if (value == NULL || (*value != '/' && i > 0))
			continue;
		if (path_normalise(value, &normal, err) < 0) {
			error_context(err, "%s", places[i].name);
			return i == 0 ? -1 : 0;
		}
		*dir = format("%s%s", normal[1] == '\0' ? "" : normal, places[i].below);
		return *dir == NULL ? error_set(err, ENOMEM, "root") : 0;
	}
	return 0;
}

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

	chosen = choose_place(environment, &root->layers, err);
	if (root->layer != PLAN_LAYER_DISK)
		return 0;
	return chosen < 0 ? -1 : check(root, err);
}
