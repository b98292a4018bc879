#include "runner/config/shown.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "runner/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ELSEWHERE "put it below /etc, /opt or /usr, and not into a tool cache"

static const char *text(const json_t *row, const char *key)
{
	const char *value = json_string_value(json_object_get(row, key));

	return value != NULL ? value : "";
}

/* The row of the mount table that the path lies in: the one closest to it. NULL: none does, and the root is read-only.
 */
static const json_t *mount_around(const json_t *plan, const char *path)
{
	const json_t *row, *closest = NULL;
	size_t i;

	json_array_foreach (json_object_get(plan, "mounts"), i, row) {
		const char *target = text(row, "target");

		if (strcmp(text(row, "kind"), "hide") != 0 && *target == '/' && path_is_within(path, target) &&
			(closest == NULL || path_is_within(target, text(closest, "target"))))
			closest = row;
	}
	return closest;
}

static bool is_of_dist(const struct dist *dist, const char *path)
{
	const char *name = path + strlen(dist->dir);
	const size_t len = path_is_within(path, dist->dir) && *name == '/' ? strcspn(++name, "/") : 0;

	for (size_t i = 0; len > 0 && i < dist->n_entries; i++)
		if (strlen(dist->entries[i].name) == len && strncmp(dist->entries[i].name, name, len) == 0)
			return true;
	return false;
}

/* In a directory that each job has of its own. */
static bool is_of_job(const struct shown_places *places, const char *path)
{
	return path_is_within(path, places->work) || (places->tools != NULL && path_is_within(path, places->tools));
}

/* The host's own, and read-only. */
static bool is_visible(const struct shown_places *places, const char *path)
{
	const json_t *row = mount_around(places->plan, path);
	const char *kind = text(row, "kind");

	if (is_of_dist(places->dist, path))
		return true;
	if (path_is_within(path, places->dist->dir) || is_of_job(places, path) || row == NULL)
		return false;
	return strcmp(text(row, "source"), text(row, "target")) == 0 &&
	       (strcmp(kind, "layer") == 0 ||
		       (strcmp(kind, "bind") == 0 && !json_is_true(json_object_get(row, "writable"))));
}

/* The directory around the path that a step can write, or NULL; "/" and what is read-only is none. */
static const char *writable_around(const struct shown_places *places, const char *path)
{
	const json_t *row = mount_around(places->plan, path);

	if (path_is_within(path, places->dist->dir))
		return places->dist->dir;
	if (row != NULL && (strcmp(text(row, "kind"), "tmpfs") == 0 || json_is_true(json_object_get(row, "writable"))))
		return text(row, "target");
	return NULL;
}

/* Each directory between becomes a mount of its own: a step could rename it otherwise, and make another. */
static void pin(struct arguments *options, const char *top, const char *path)
{
	for (const char *p = path + strlen(top) + 1; (p = strchr(p, '/')) != NULL; p++)
		arguments_add_pair(options, "--tmpfs", "%.*s", (int)(p - path), path);
}

/* What lies below the home is covered under this path: a step could rename a home that is no mount. One in a writable
 * directory of the host is left as it is. */
static void pin_home(struct arguments *options, const struct shown_places *places)
{
	const char *home = places->home;
	const char *top = writable_around(places, home);

	if (path_is_within(home, places->work))
		top = places->work;
	else if (top != NULL && json_is_true(json_object_get(mount_around(places->plan, home), "writable")))
		return;
	if (top == NULL || strcmp(top, home) == 0)
		return;
	pin(options, top, home);
	arguments_add_pair(options, "--tmpfs", "%s", home);
}

static int show(struct arguments *options, const struct shown_places *places, const char *name, const char *source,
	const char *path, struct error *err)
{
	const char *top = writable_around(places, path);

	if (is_of_job(places, path) ||
		(top != NULL && json_is_true(json_object_get(mount_around(places->plan, path), "writable")))) {
		error_set(err, 0, "%s: %s: lies where steps could replace it", name, path);
		return error_hint(err, ELSEWHERE);
	}
	if (top != NULL)
		pin(options, top, path);
	arguments_add_pair(options, "--ro", "%s:%s", source, path);
	return 0;
}

static bool has_hook_ending(const char *path)
{
	static const char *const endings[] = {".sh", ".ps1", ".js"};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
		if (strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* actions/runner src/Runner.Worker/JobHookProvider.cs: another name is an error of each job. */
static int check_hook(const struct input *input, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(err, errno, "%s: %s", input->name, path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, 0, "%s: %s: not a file", input->name, path);
	if (!has_hook_ending(path)) {
		error_set(err, 0, "%s: %s: the runner would not run it", input->name, path);
		return error_hint(err, "a hook's name ends in .sh, .ps1 or .js");
	}
	return 0;
}

static int show_one(struct arguments *options, const struct shown_places *places, const struct input *input,
	const char *path, struct error *err)
{
	_cleanup_(freep) char *real = NULL;

	if (*path != '/' || path[1] == '\0' || !is_clean_path(path, true)) {
		error_set(err, 0, "%s: %s: not a path that a job can see", input->name, path);
		return error_hint(err, "an absolute path without an empty component, \".\", \"..\" or a colon");
	}
	real = realpath(path, NULL);
	if (real == NULL || access(real, R_OK) < 0) {
		const int why = errno;

		error_set(err, why, "%s: %s", input->name, path);
		return error_hint(err, "%s",
			why == EACCES ? "let the user that runs cofferdam-runner read it"
				      : "name a file of this host, or unset the variable");
	}
	if ((input->flags & INPUT_HOOK) != 0 && check_hook(input, path, err) < 0)
		return -1;
	if (!is_visible(places, path))
		return show(options, places, input->name, real, path, err);
	return is_visible(places, real) ? 0 : show(options, places, input->name, real, real, err);
}

/* SSL_CERT_DIR may name several, as OpenSSL has it. */
static int show_all(struct arguments *options, const struct shown_places *places, const struct input *input,
	const char *value, struct error *err)
{
	_cleanup_(freep) char *copy = strdup(value);
	const bool is_list = strcmp(input->name, "SSL_CERT_DIR") == 0;
	char *rest = copy;

	if (copy == NULL)
		return error_set(err, ENOMEM, "%s", input->name);
	while (rest != NULL) {
		const char *path = is_list ? strsep(&rest, ":") : copy;

		if (*path != '\0' && show_one(options, places, input, path, err) < 0)
			return -1;
		if (!is_list)
			break;
	}
	return 0;
}

int shown_decide(struct arguments *options, const struct shown_places *places, input_lookup *lookup, void *context,
	struct error *err)
{
	pin_home(options, places);
	for (const struct input *input = inputs; input->name != NULL; input++) {
		const char *value = (input->flags & INPUT_SHOWN) != 0 ? dist_env(places->dist, input->name) : NULL;

		if (value == NULL && (input->flags & INPUT_SHOWN) != 0)
			value = lookup(context, input->name);
		if (value != NULL && *value != '\0' && show_all(options, places, input, value, err) < 0)
			return -1;
	}
	return options->failed ? error_set(err, ENOMEM, "arguments") : 0;
}
