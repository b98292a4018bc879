#include "runner/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIST(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void expect_lines(const char *what, const struct problems *problems, const char *const *lines)
{
	size_t n = 0;

	for (; n < problems->n && lines[n] != NULL; n++)
		assert_string_equal(problems->lines[n], lines[n]);
	if (lines[n] != NULL)
		fail_msg("not %s: %s", what, lines[n]);
	if (n < problems->n)
		fail_msg("%s, too: %s", what, problems->lines[n]);
}

static void expect_names(const char *const *environment, const char *const *refused, const char *const *ignored)
{
	struct problems first = {0}, second = {0};

	config_check_names((char *const *)environment, &first, &second);
	expect_lines("refused", &first, refused);
	expect_lines("ignored", &second, ignored);
	problems_free(&first);
	problems_free(&second);
}

static void misspelt_names(void **state)
{
	(void)state;
	expect_names(LIST("COFFERDAM_SLOT=2", "COFFERDAM_=1", "COFFERDAM_METRICS=1", "cofferdam_slots=1"),
		LIST("COFFERDAM_SLOT: unknown variable (did you mean COFFERDAM_SLOTS?)",
			"COFFERDAM_: unknown variable (unset it; `cofferdam runner start --help` lists all)",
			"COFFERDAM_METRICS: unknown variable (unset it; `cofferdam runner start --help` lists all)"),
		LIST("cofferdam_slots: unknown variable, ignored (did you mean COFFERDAM_SLOTS?)"));
	expect_names(LIST("GITHUB_UR=https://x", "RUNNER_LABEL=a", "RUNNER_LABLES=a", "ACCES_TOKEN=hush",
			     "ACCESS_TOKEN_FILES=/x"),
		LIST(NULL),
		LIST("GITHUB_UR: unknown variable, ignored (did you mean GITHUB_URL?)",
			"RUNNER_LABEL: unknown variable, ignored (did you mean RUNNER_LABELS?)",
			"RUNNER_LABLES: unknown variable, ignored (did you mean RUNNER_LABELS?)",
			"ACCES_TOKEN: unknown variable, ignored (did you mean ACCESS_TOKEN?)",
			"ACCESS_TOKEN_FILES: unknown variable, ignored (did you mean ACCESS_TOKEN_FILE?)"));
}

static void names_of_other_images(void **state)
{
	(void)state;
	/* What is left of them is not to be renamed: inputs_translate(). */
	expect_names(LIST("REPO_URL=https://x", "RUNNER_TOKEN=hush", "RUNNER_SCOPE=org", "RUN_AS_ROOT=true",
			     "DOCKER_HOST=unix:///x", "ACTIONS_RUNNER_HOOK_JOB_STARTED=/x"),
		LIST("REPO_URL: GITHUB_URL is set, too (unset one of them)",
			"RUNNER_TOKEN: TOKEN is set, too (unset one of them)",
			"RUNNER_SCOPE: GITHUB_URL is set, too (unset one of them)",
			"RUN_AS_ROOT: not supported (set it to false: root is refused)"),
		LIST("DOCKER_HOST: no effect: jobs have no Docker"));
}

/* What is known, what GitHub's jobs have, what Kubernetes sets, and what resembles nothing. */
static void names_that_are_right(void **state)
{
	(void)state;
	for (const struct config_variable *v = config_variables; v->name != NULL; v++)
		expect_names(LIST(v->name), LIST(NULL), LIST(NULL));
	expect_names(LIST("COFFERDAM_CGROUP=/c", "COFFERDAM_SCOPE=1", "COFFERDAM_SECRETS_FD=9", "COFFERDAM_LISTEN=:1",
			     "COFFERDAM_PORT=tcp://1:2", "COFFERDAM_SERVICE_HOST=1", "COFFERDAM_RUNNER_SERVICE_PORT=1",
			     "COFFERDAM_PORT_80_TCP_ADDR=1", "COFFERDAM=1", "TOKEN_FILE=/t", "APP_ID=1"),
		LIST(NULL), LIST(NULL));
	expect_names(LIST("GITHUB_API_URL=1", "GITHUB_GRAPHQL_URL=1", "GITHUB_SERVER_URL=1", "GITHUB_TOKEN=1",
			     "GITHUB=1", "RUNNER_OS=1", "RUNNER_TEMP=1", "RUNNER_ARCH=1", "RUNNER_HOME=1", "RUNNER=1",
			     "TERM=1", "PATH=1", "HOME=1", "TOKE=1", "", "="),
		LIST(NULL), LIST(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt_names),
		cmocka_unit_test(names_of_other_images),
		cmocka_unit_test(names_that_are_right),
	};

	return cmocka_run_group_tests_name("config_names", tests, NULL, NULL);
}
