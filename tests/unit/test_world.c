#include "runner/config/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *nothing(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static const struct world_facts caller = {.home = "/home/ci", .user = "ci", .lookup = nothing};

/* What is decided of this profile, these lines of .env and this RUNNER_WORKDIR; the error's text where it is refused.
 */
static const char *decide(struct world *world, const char *plan, const char *env, const char *workdir)
{
	static struct error err;
	struct dist_entry entries[] = {{.name = "bin"}, {.name = "externals"}};
	struct dist dist = {.dir = "/opt/runner", .entries = entries, .n_entries = 2};
	struct config config = {.workdir = (char *)workdir, .state_dir = "/srv/state"};
	json_t *json = json_loads(plan, 0, NULL);
	int decided;

	assert_non_null(json);
	dist_parse_env(env, &dist.env);
	err = (struct error){.errnum = 0};
	decided = world_decide(world, &config, &dist, json, &caller, &err);
	json_decref(json);
	arguments_free(&dist.env);
	assert_int_equal(decided < 0, err.text[0] != '\0');
	return err.text;
}

#define SETTINGS(root, identity) "{\"root\": {\"value\": \"" root "\"}, \"identity\": {\"value\": \"" identity "\"}}"
#define PLAN(root, identity, home) "{\"settings\": " SETTINGS(root, identity) ", \"env\": [" home "]}"
#define HOME_IS(value) "{\"name\": \"HOME\", \"value\": \"" value "\", \"inherited\": false}"
#define HOME_OF_CALLER "{\"name\": \"HOME\", \"value\": null, \"inherited\": true}"

static void places(void **state)
{
	static const struct {
		const char *plan, *env, *workdir;
		const char *home, *work, *user;
	} rows[] = {
		{PLAN("host", "single", HOME_IS("/home/runner")), "", NULL, "/home/runner", "/home/runner/work", "ci"},
		{PLAN("host", "subuid", HOME_IS("/home/runner")), "", NULL, "/home/runner", "/home/runner/work",
			"root"},
		{PLAN("overlay", "single", HOME_IS("/h")), "A=b\n", "/w", "/h", "/w", "ci"},
		{PLAN("/image", "single", HOME_IS("/h")), "", "_work", "/h", "/opt/runner/_work", NULL},
		{PLAN("image:one", "single", HOME_IS("/h")), "", NULL, "/h", "/home/runner/work", NULL},
		{PLAN("image:one", "subuid", HOME_IS("/h")), "", NULL, "/h", "/home/runner/work", "root"},
		{PLAN("/image", "subuid", HOME_OF_CALLER), "", "a/b", "/home/ci", "/opt/runner/a/b", "root"},
		{PLAN("host", "single", ""), "", "binary", "/home/runner", "/opt/runner/binary", "ci"},
		{PLAN("host", "single", HOME_IS("/h")), "HOME=/x\nHOME=/y\n", "/srv/states", "/y", "/srv/states", "ci"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world world;

		assert_string_equal(decide(&world, rows[i].plan, rows[i].env, rows[i].workdir), "");
		assert_string_equal(world.home, rows[i].home);
		assert_string_equal(world.work, rows[i].work);
		if (rows[i].user != NULL)
			assert_string_equal(world.user, rows[i].user);
		else
			assert_null(world.user);
		world_free(&world);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *home, *env, *workdir;
		const char *error;
	} rows[] = {
		{HOME_IS("relative"), "", NULL,
			"COFFERDAM_PROFILE: HOME: relative: not a path that a job's home can have"},
		{HOME_IS("/a/../b"), "", NULL,
			"COFFERDAM_PROFILE: HOME: /a/../b: not a path that a job's home can have"},
		{HOME_IS("/h"), "HOME=/\n", NULL, ".env of RUNNER_DIR: HOME: /: not a path that a job's home can have"},
		{HOME_IS("/h"), "HOME=/a:b\n", NULL,
			".env of RUNNER_DIR: HOME: /a:b: not a path that a job's home can have"},
		{HOME_IS("/h"), "", "bin", "RUNNER_WORKDIR: bin: has the name of a file of the runner's"},
		{HOME_IS("/h"), "", "bin/x", "RUNNER_WORKDIR: bin/x: has the name of a file of the runner's"},
		{HOME_IS("/h"), "", "_diag", "RUNNER_WORKDIR: _diag: has the name of a file of the runner's"},
		{HOME_IS("/h"), "", ".runner", "RUNNER_WORKDIR: .runner: has the name of a file of the runner's"},
		{HOME_IS("/h"), "", "/srv/state",
			"RUNNER_WORKDIR: /srv/state: lies in the state directory, which jobs do not see"},
		{HOME_IS("/h"), "RUNNER_TOOL_CACHE=/w/t\n", "/w",
			"RUNNER_TOOL_CACHE: /w/t: not a path that a job can see"},
		{HOME_IS("/h"), "RUNNER_TOOL_CACHE=/data\n", "/data/w",
			"RUNNER_TOOL_CACHE: /data: not a path that a job can see"},
		{HOME_IS("/h"), "AGENT_TOOLSDIRECTORY=/opt\n", NULL,
			"AGENT_TOOLSDIRECTORY: /opt: not a path that a job can see"},
		{HOME_IS("/h"), "", "/srv/state/w",
			"RUNNER_WORKDIR: /srv/state/w: lies in the state directory, which jobs do not see"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char plan[256];
		struct world world;

		snprintf(plan, sizeof plan, "{\"settings\": " SETTINGS("host", "single") ", \"env\": [%s]}",
			rows[i].home);
		assert_string_equal(decide(&world, plan, rows[i].env, rows[i].workdir), rows[i].error);
		world_free(&world);
	}
}

static void nobody_has_a_name(void **state)
{
	const struct world_facts nobody = {.home = NULL, .user = NULL, .lookup = nothing};
	struct dist dist = {.dir = "/opt/runner"};
	struct config config = {.state_dir = "/srv/state"};
	json_t *plan = json_loads(PLAN("host", "single", HOME_OF_CALLER), 0, NULL);
	struct world world;
	struct error err;

	(void)state;
	assert_int_equal(world_decide(&world, &config, &dist, plan, &nobody, &err), 0);
	assert_string_equal(world.user, "job");
	assert_string_equal(world.home, "/home/runner");
	assert_true(world_is_within(&world, &dist, "/home"));
	assert_true(world_is_within(&world, &dist, "/home/runner/work"));
	assert_true(world_is_within(&world, &dist, "/opt/runner"));
	assert_false(world_is_within(&world, &dist, "/home/runner/state"));
	world_free(&world);
	json_decref(plan);
}

static bool has_pair(const struct arguments *options, const char *option, const char *value)
{
	for (size_t i = 1; i < options->n; i++)
		if (strcmp(options->v[i - 1], option) == 0 && strcmp(options->v[i], value) == 0)
			return true;
	return false;
}

/* A step could rename it otherwise, and with it what covers the certificates that the Worker trusts. */
static void a_home_stays_where_it_is(void **state)
{
#define MOUNT(kind, target, writable) "{\"kind\": \"" kind "\", \"target\": \"" target "\", \"writable\": " writable "}"
	static const struct {
		const char *home, *workdir;
		size_t n; /* options */
		const char *pinned;
	} rows[] = {
		{"/home/runner", NULL, 0, NULL}, {"/home/runner/me", NULL, 2, "/home/runner/me"},
		{"/home/runner/a/b", NULL, 4, "/home/runner/a"},
		{"/home/runner/work/me", NULL, 2, "/home/runner/work/me"},
		{"/opt/runner/me", NULL, 2, "/opt/runner/me"}, {"/w", "/w", 0, NULL}, {"/usr/me", NULL, 0, NULL},
		{"/data/me", NULL, 0, NULL}, /* the host's own directory, which is to be seen */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world world;
		char env[64];

		snprintf(env, sizeof env, "HOME=%s\n", rows[i].home);
		assert_string_equal(decide(&world,
					    "{\"mounts\": [" MOUNT("tmpfs", "/home/runner", "false") ", " MOUNT(
						    "bind", "/usr", "false") ", " MOUNT("bind", "/data", "true") "]}",
					    env, rows[i].workdir),
			"");
		assert_int_equal(world.shown.n, rows[i].n);
		if (rows[i].pinned != NULL) {
			assert_true(has_pair(&world.shown, "--tmpfs", rows[i].pinned));
			assert_true(has_pair(&world.shown, "--tmpfs", rows[i].home));
		}
		world_free(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(refusals),
		cmocka_unit_test(nobody_has_a_name),
		cmocka_unit_test(a_home_stays_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
