#include "runner/config/world.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "policy/image_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_NAME "job" /* whom nobody has a name for: policy/etc/users.c */

/* A profile's own value, or the caller's that it passes on. */
static const char *of_plan(const json_t *plan, const char *name, const char *callers)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(plan, "env"), i, row) {
		if (strcmp(json_string_value(json_object_get(row, "name")) ?: "", name) != 0)
			continue;
		return json_is_true(json_object_get(row, "inherited"))
			       ? callers
			       : json_string_value(json_object_get(row, "value"));
	}
	return NULL;
}

static int decide_home(struct world *world, const struct dist *dist, const json_t *plan,
	const struct world_facts *facts, struct error *err)
{
	const char *home = dist_env(dist, "HOME");
	const char *from = home != NULL ? ".env of RUNNER_DIR" : world->profile_origin;

	if (home == NULL)
		home = of_plan(plan, "HOME", facts->home);
	if (home == NULL)
		home = WORLD_HOME;
	if (*home != '/' || home[1] == '\0' || !is_clean_path(home, true)) {
		error_set(err, 0, "%s: HOME: %s: not a path that a job's home can have", from, home);
		return error_hint(err, "an absolute path without an empty component, \".\", \"..\" or a colon");
	}
	world->home = strdup(home);
	return world->home != NULL ? 0 : error_set(err, ENOMEM, "HOME");
}

/* Below the runner's own directory, as config.sh has it; what lies there must stay visible. */
static int decide_relative(struct world *world, const char *workdir, const struct dist *dist, struct error *err)
{
	const size_t len = strcspn(workdir, "/");
	bool taken = workdir[0] == '.' || (len == 5 && strncmp(workdir, "_diag", len) == 0);

	for (size_t i = 0; i < dist->n_entries; i++)
		taken |= strlen(dist->entries[i].name) == len && strncmp(dist->entries[i].name, workdir, len) == 0;
	if (taken) {
		error_set(err, 0, "RUNNER_WORKDIR: %s: has the name of a file of the runner's", workdir);
		return error_hint(err, "use another name, such as _work, or unset it: jobs then have " WORLD_WORK);
	}
	world->work = format("%s/%s", dist->dir, workdir);
	return world->work != NULL ? 0 : error_set(err, ENOMEM, "RUNNER_WORKDIR");
}

static int decide_work(struct world *world, const struct config *config, const struct dist *dist, struct error *err)
{
	const char *workdir = config->workdir != NULL ? config->workdir : WORLD_WORK;

	if (*workdir != '/')
		return decide_relative(world, workdir, dist, err);
	if (config->workdir != NULL && path_is_within(workdir, config->state_dir)) {
		error_set(err, 0, "RUNNER_WORKDIR: %s: lies in the state directory, which jobs do not see", workdir);
		return error_hint(
			err, "use a directory elsewhere; with none, a job's files lie in the state directory");
	}
	world->work = strdup(workdir);
	return world->work != NULL ? 0 : error_set(err, ENOMEM, "RUNNER_WORKDIR");
}

static const char *setting(const json_t *plan, const char *key)
{
	return json_string_value(json_object_get(json_object_get(json_object_get(plan, "settings"), key), "value"));
}

/* As the sandbox's passwd(5) has it. Which names an image has is not looked up here. */
static int decide_user(struct world *world, const json_t *plan, const struct world_facts *facts, struct error *err)
{
	const char *root = setting(plan, "root"), *identity = setting(plan, "identity");
	const char *as = setting(plan, "as");
	const bool is_root = identity != NULL && strcmp(identity, "subuid") == 0;

	world->lent = as != NULL && strcmp(as, "root") != 0 && strcmp(as, "0") != 0;
	if (world->lent) {
		if (isdigit((unsigned char)as[0]))
			return 0; /* the launcher says its name */
		world->user = strdup(as);
		return world->user != NULL ? 0 : error_set(err, ENOMEM, "USER");
	}
	if (!is_root && root != NULL && image_is_root(root))
		return 0;
	world->user = strdup(is_root ? "root" : facts->user != NULL ? facts->user : NO_NAME);
	return world->user != NULL ? 0 : error_set(err, ENOMEM, "USER");
}

/* actions/runner src/Runner.Common/HostContext.cs, GetDirectory(): the first that is set. */
static int decide_tools(
	struct world *world, const struct dist *dist, const struct world_facts *facts, struct error *err)
{
	static const char *const names[] = {"RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY"};
	const char *path = NULL, *name = NULL;

	for (size_t i = 0; path == NULL && i < sizeof names / sizeof names[0]; i++) {
		name = names[i];
		path = dist_env(dist, name);
		if (path == NULL)
			path = facts->lookup(facts->context, name);
		if (path != NULL && *path == '\0')
			path = NULL;
	}
	if (path == NULL)
		return 0;
	/* Around one of them, its directories would be taken for tools, and mounted over what is there. */
	if (*path != '/' || path[1] == '\0' || !is_clean_path(path, true) || path_is_within(path, world->work) ||
		path_is_within(world->work, path) || path_is_within(dist->dir, path)) {
		error_set(err, 0, "%s: %s: not a path that a job can see", name, path);
		return error_hint(err,
			"an absolute path, not in or around the work directory nor around RUNNER_DIR, without an empty component, \".\", \"..\" or a colon");
	}
	world->tools = strdup(path);
	return world->tools != NULL ? 0 : error_set(err, ENOMEM, "%s", name);
}

/* The kinds of rows that have one are those that show it. */
static int note_rows(struct world *world, const json_t *plan, struct error *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(plan, "mounts"), i, row) {
		const char *source = json_string_value(json_object_get(row, "source"));
		const char *target = json_string_value(json_object_get(row, "target"));

		if (source == NULL || target == NULL)
			continue;
		arguments_add(&world->rows, "%s", source);
		arguments_add(&world->rows, "%s", target);
	}
	return world->rows.failed ? error_set(err, ENOMEM, "arguments") : 0;
}

int world_decide(struct world *world, const struct config *config, const struct dist *dist, const json_t *plan,
	const struct world_facts *facts, struct error *err)
{
	memset(world, 0, sizeof *world);
	world->profile_origin = facts->profile_origin != NULL ? facts->profile_origin : "COFFERDAM_PROFILE";
	if (decide_home(world, dist, plan, facts, err) < 0 || decide_work(world, config, dist, err) < 0 ||
		decide_user(world, plan, facts, err) < 0 || decide_tools(world, dist, facts, err) < 0 ||
		note_rows(world, plan, err) < 0)
		return -1;
	return shown_decide(&world->shown,
		&(struct shown_places){
			.home = world->home, .work = world->work, .tools = world->tools, .dist = dist, .plan = plan},
		facts->lookup, facts->context, err);
}

bool world_is_within(const struct world *world, const struct dist *dist, const char *dir)
{
	return path_is_within(world->home, dir) || path_is_within(world->work, dir) || path_is_within(dist->dir, dir);
}

void world_free(struct world *world)
{
	free(world->home);
	free(world->work);
	free(world->user);
	free(world->tools);
	free(world->plan);
	arguments_free(&world->shown);
	arguments_free(&world->rows);
	memset(world, 0, sizeof *world);
}

void worlds_free(struct world *worlds, size_t n)
{
	for (size_t i = 0; worlds != NULL && i < n; i++)
		world_free(&worlds[i]);
	free(worlds);
}
