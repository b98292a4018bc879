#include "runner/launch/launcher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool has(const struct arguments *arguments, const char *text)
{
	for (size_t i = 0; i < arguments->n; i++)
		if (strcmp(arguments->v[i], text) == 0)
			return true;
	return false;
}

static bool speaks_of(const struct arguments *arguments, const char *part)
{
	for (size_t i = 0; i < arguments->n; i++)
		if (strstr(arguments->v[i], part) != NULL)
			return true;
	return false;
}

static void begin(struct launch *launch)
{
	clearenv();
	setenv("PATH", "/usr/bin", 1);
	setenv("HOME", "/var/lib/runner", 1);
	setenv("XDG_DATA_HOME", "/srv/data", 1);
	launch_init(launch, "/usr/bin/cofferdam", "job", "1-x");
}

/* Where images and layers are, and which libraries are loaded, is not the job's to say. */
static void a_job_does_not_steer_its_launcher(void **state)
{
	static const char *const variables[] = {"HOME=/home/runner", "PATH=/opt/bin", "XDG_DATA_HOME=/d",
		"XDG_CACHE_HOME=/c", "COFFERDAM_IMAGES=/i", "COFFERDAM_CGROUP=/g", "LD_LIBRARY_PATH=/l",
		"LD_PRELOAD=/l.so", "LC_ALL=C", "GLIBC_TUNABLES=a=b", "TMPDIR=/t"};
	struct dist dist = {0};
	struct launch launch;

	(void)state;
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		arguments_add(&dist.env, "%s", variables[i]);
	begin(&launch);
	launch_dist_env(&launch, &dist);
	assert_int_equal(launch.env.n, 3);
	assert_true(has(&launch.env, "HOME=/var/lib/runner"));
	assert_true(has(&launch.env, "PATH=/usr/bin"));
	assert_true(has(&launch.env, "XDG_DATA_HOME=/srv/data"));
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		assert_true(has(&launch.argv, variables[i]));
	launch_free(&launch);
	arguments_free(&dist.env);
}

/* The command line can be read by every user of the host. */
static void other_values_are_not_on_the_command_line(void **state)
{
	struct dist dist = {0};
	struct launch launch;

	(void)state;
	arguments_add(&dist.env, "NPM_TOKEN=secret-of-dotenv");
	arguments_add(&dist.env, "HOMEPAGE=secret-page");
	begin(&launch);
	launch_env(&launch, "https_proxy", "http://u:secret@proxy");
	launch_env(&launch, "https_proxy", "http://u:secret@other");
	launch_dist_env(&launch, &dist);
	assert_true(has(&launch.env, "https_proxy=http://u:secret@other"));
	assert_true(has(&launch.env, "NPM_TOKEN=secret-of-dotenv"));
	assert_true(has(&launch.env, "HOMEPAGE=secret-page"));
	assert_true(has(&launch.argv, "https_proxy"));
	assert_true(has(&launch.argv, "NPM_TOKEN"));
	assert_false(speaks_of(&launch.argv, "secret"));
	launch_free(&launch);
	arguments_free(&dist.env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_does_not_steer_its_launcher),
		cmocka_unit_test(other_values_are_not_on_the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
