#include "policy/resolve/root.h"

#include "common/path.h"
#include "policy/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The directories that a system is made of, and what its package manager knows of them. /etc is copied whole: programs
 * write to its files in place, and a container has mounts in it that a layer cannot have below it. */
static const struct {
	const char *path;
	enum plan_copy copy;
} system_directories[] = {
	{"/bin", PLAN_COPY_DIRECTORIES},
	{"/etc", PLAN_COPY_ALL},
	{"/lib", PLAN_COPY_DIRECTORIES},
	{"/lib32", PLAN_COPY_DIRECTORIES},
	{"/lib64", PLAN_COPY_DIRECTORIES},
	{"/libx32", PLAN_COPY_DIRECTORIES},
	{"/nix", PLAN_COPY_DIRECTORIES},
	{"/opt", PLAN_COPY_DIRECTORIES},
	{"/sbin", PLAN_COPY_DIRECTORIES},
	{"/usr", PLAN_COPY_DIRECTORIES},
	{"/var/lib/dpkg", PLAN_COPY_TOP},
};

/* What packages keep outside of those and need when another is installed. Nothing else of the host's /var is shown:
 * caches and lists can be fetched again, spools, logs and other programs' data are nobody's business. */
static const struct {
	const char *path;
	enum plan_copy copy;
} databases[] = {
	{"/var/cache/debconf", PLAN_COPY_ALL},
	{"/var/lib/dpkg", PLAN_COPY_TOP},
	{"/var/lib/pam", PLAN_COPY_ALL},
	{"/var/lib/ucf", PLAN_COPY_ALL},
};

#define N_SYSTEM_DIRECTORIES (sizeof system_directories / sizeof system_directories[0])
#define N_DATABASES (sizeof databases / sizeof databases[0])

/* The row's place in system_directories, or the end: a directory of the system, shown as it is because a profile says
 * so. */
static size_t system_directory(const struct plan_mount *mount)
{
	size_t i = 0;

	if (mount->kind != PLAN_MOUNT_BIND || mount->writable || strcmp(mount->source, mount->target) != 0)
		return N_SYSTEM_DIRECTORIES;
	if (mount->origin.text != NULL && strncmp(mount->origin.text, "--", 2) == 0)
		return N_SYSTEM_DIRECTORIES;
	while (i < N_SYSTEM_DIRECTORIES && strcmp(system_directories[i].path, mount->target) != 0)
		i++;
	return i;
}

static void layer_system(struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		struct plan_mount *mount = &plan->root.mounts[i];
		size_t at = system_directory(mount);

		if (at == N_SYSTEM_DIRECTORIES)
			continue;
		mount->kind = PLAN_MOUNT_LAYER;
		mount->copy = system_directories[at].copy;
	}
}

/* Whether the table has a row at that place or says what is to be seen of it: a database is then not added. */
static bool is_spoken_for(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (path_is_within(path, plan->root.mounts[i].target))
			return true;
	return false;
}

static int add_databases(struct plan *plan, struct error *err)
{
	if (plan_reserve_mounts(plan, N_DATABASES, err) < 0)
		return -1;
	for (size_t i = 0; i < N_DATABASES; i++) {
		struct plan_mount *mount = &plan->root.mounts[plan->root.n_mounts];

		if (is_spoken_for(plan, databases[i].path))
			continue;
		*mount = (struct plan_mount){.kind = PLAN_MOUNT_LAYER,
			.copy = databases[i].copy,
			.optional = true,
			.source = strdup(databases[i].path),
			.target = strdup(databases[i].path),
			.origin.text = strdup("root overlay")};
		plan->root.n_mounts++;
		if (mount->source == NULL || mount->target == NULL || mount->origin.text == NULL)
			return error_set(err, ENOMEM, "plan");
	}
	return 0;
}

/* What the shipped profiles hide are secrets of the host. An image's files of those names are its own: its package
 * manager and its sudo need them. */
static bool is_for_the_host(const struct plan_mount *mount)
{
	if (mount->kind == PLAN_MOUNT_HIDE)
		return mount->origin.text != NULL && profile_is_shipped(mount->origin.text);
	return system_directory(mount) != N_SYSTEM_DIRECTORIES;
}

static void drop_system(struct plan *plan)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		struct plan_mount *mount = &plan->root.mounts[i];

		if (!is_for_the_host(mount)) {
			plan->root.mounts[n_kept++] = *mount;
			continue;
		}
		free(mount->source);
		free(mount->target);
		free(mount->origin.text);
	}
	plan->root.n_mounts = n_kept;
}

int root_resolve(struct plan *plan, struct error *err)
{
	if (plan->changes != NULL && !plan_has_layer(&plan->root)) {
		error_set(err, 0, "--changes: requires a throw-away layer");
		return error_hint(err, "use --root overlay or --root DIR");
	}
	switch (plan->root.kind) {
	case PLAN_ROOT_HOST:
		return 0;
	case PLAN_ROOT_OVERLAY:
		layer_system(plan);
		return add_databases(plan, err);
	case PLAN_ROOT_DIR:
		drop_system(plan);
		return 0;
	}
	return error_set(err, EINVAL, "root: %d", (int)plan->root.kind);
}
