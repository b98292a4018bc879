#include "runner/job/shown_check.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check_dist(const struct own_files *own, const struct dist *dist, struct error *err)
{
	for (size_t i = 0; i < dist->n_entries; i++) {
		_cleanup_(freep) char *inside = format("%s/%s", dist->dir, dist->entries[i].name);

		if (inside == NULL)
			return error_set(err, ENOMEM, "RUNNER_DIR");
		if (own_files_check(own, dist->entries[i].source, inside, err) < 0)
			return error_context(err, "RUNNER_DIR");
	}
	return 0;
}

static int check_named(const struct own_files *own, const struct world *world, struct error *err)
{
	for (size_t i = 1; i < world->shown.n; i++) {
		const char *value = world->shown.v[i];
		const size_t len = strcspn(value, ":");
		_cleanup_(freep) char *source = strndup(value, len);

		if (strcmp(world->shown.v[i - 1], "--ro") != 0)
			continue;
		if (source == NULL)
			return error_set(err, ENOMEM, "%s", value);
		if (own_files_check(own, source, value[len] == ':' ? value + len + 1 : source, err) < 0)
			return -1;
	}
	return 0;
}

/* A link right below the root is shown as the link that it is (sandbox/root/mounts.c). */
static bool is_toplevel_link(const char *source, const char *target)
{
	char text[1];

	return strcmp(source, target) == 0 && strchr(target + 1, '/') == NULL &&
	       readlink(source, text, sizeof text) > 0;
}

static int check_profile_rows(const struct own_files *own, const struct world *world, struct error *err)
{
	for (size_t i = 0; i + 1 < world->rows.n; i += 2) {
		const char *source = world->rows.v[i], *target = world->rows.v[i + 1];

		if (!is_toplevel_link(source, target) && own_files_check(own, source, target, err) < 0)
			return error_context(err, "%s", world->profile_origin);
	}
	return 0;
}

int shown_check(const struct own_files *own, const struct world *world, const struct dist *dist, struct error *err)
{
	if (check_profile_rows(own, world, err) < 0 || check_dist(own, dist, err) < 0)
		return -1;
	return check_named(own, world, err);
}
