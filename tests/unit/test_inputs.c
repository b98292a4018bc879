#include "runner/config/config.h"
#include "runner/config/inputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is said of one variable: how many lines refuse it, and how many tell of it. */
static void check(const char *variable, size_t *refused, size_t *said)
{
	const char *const environment[] = {variable, NULL};
	struct problems first = {0}, second = {0};

	config_check_names((char *const *)environment, &first, &second);
	*refused = first.n;
	*said = second.n;
	problems_free(&first);
	problems_free(&second);
}

/* What is set does something, or is told of, or is refused. */
static void none_is_ignored(void **state)
{
	static const size_t expected[][2] = {
		[INPUT_HONOURED] = {0, 0}, [INPUT_TRANSLATED] = {0, 1}, [INPUT_REFUSED] = {1, 0}};

	(void)state;
	for (const struct input *input = inputs; input->name != NULL; input++) {
		/* Of two names for one thing, both are set here. Those not supported yet are in test_runner_config. */
		const bool twice = input->as != NULL, later = (input->flags & INPUT_LATER) != 0;
		char variable[128];
		size_t refused, said;

		snprintf(variable, sizeof variable, "%s%s=1", input->name,
			(input->flags & INPUT_PREFIX) != 0 ? "X" : "");
		assert_ptr_equal(input_find(input->name), input);
		assert_true(strlen(input->text) > 0);
		check(variable, &refused, &said);
		if (refused != (twice          ? 1
				       : later ? 0
					       : expected[input->kind][0]) ||
			said != (twice || later ? 0 : expected[input->kind][1]))
			fail_msg("%s: %zu refused, %zu said", variable, refused, said);
		snprintf(variable, sizeof variable, "%s=", input->name);
		check(variable, &refused, &said);
		assert_int_equal(refused + said, 0);
	}
	assert_null(input_find("ACTIONS_RUNNER_INPUT_JITCONFIG"));
	assert_null(input_find("REPO_URLS"));
}

static void asked_for_what_is_done(void **state)
{
	static const char *const values[] = {"false", "False", "0", "no"};
	size_t refused, said;
	char variable[64];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		snprintf(variable, sizeof variable, "RUN_AS_ROOT=%s", values[i]);
		check(variable, &refused, &said);
		assert_int_equal(refused + said, 0);
	}
	check("RUN_AS_ROOT=true", &refused, &said);
	assert_int_equal(refused, 1);
	check("ACTIONS_RUNNER_CONTAINER_HOOKS=false", &refused, &said);
	assert_int_equal(refused, 1);
}

static const char *look(void *context, const char *name)
{
	for (const char *const *v = context; *v != NULL; v++)
		if (strncmp(*v, name, strlen(name)) == 0 && (*v)[strlen(name)] == '=')
			return *v + strlen(name) + 1;
	return NULL;
}

static void urls(void **state)
{
	static const struct {
		const char *environment[5];
		const char *url;
	} rows[] = {
		{{"ORG_NAME=o"}, "https://github.com/o"},
		{{"ORG_NAME=o", "RUNNER_SCOPE=org", "ENTERPRISE_NAME=e"}, "https://github.com/o"},
		{{"ORG_NAME=o", "RUNNER_SCOPE=enterprise", "ENTERPRISE_NAME=e", "GITHUB_HOST=ghes.example.org"},
			"https://ghes.example.org/enterprises/e"},
		{{"ENTERPRISE_NAME=e"}, "https://github.com/enterprises/e"},
		{{"ORG_NAME=o", "ENTERPRISE_NAME=e"}, NULL},
		{{"ORG_NAME=o", "RUNNER_SCOPE=repo"}, NULL},
		{{"RUNNER_SCOPE=org"}, NULL},
		{{"GITHUB_HOST=h", "ORG_NAME="}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *url = inputs_github_url(look, (void *)rows[i].environment);

		if (rows[i].url == NULL)
			assert_null(url);
		else
			assert_string_equal(url, rows[i].url);
		free(url);
	}
}

static void names_are_read_as_others(void **state)
{
	struct problems said = {0};

	(void)state;
	clearenv();
	setenv("RUNNER_TOKEN", "t", 1);
	setenv("LABELS", "a,b", 1);
	setenv("RUNNER_LABELS", "c", 1);
	setenv("ORG_NAME", "o", 1);
	setenv("REPO_URL", "", 1);
	inputs_translate(&said);
	assert_string_equal(getenv("TOKEN"), "t");
	assert_null(getenv("RUNNER_TOKEN"));
	assert_string_equal(getenv("RUNNER_LABELS"), "c");
	assert_string_equal(getenv("LABELS"), "a,b");
	assert_string_equal(getenv("GITHUB_URL"), "https://github.com/o");
	assert_null(getenv("ORG_NAME"));
	assert_int_equal(said.n, 2);
	assert_string_equal(said.lines[0], "RUNNER_TOKEN: read as TOKEN");
	assert_string_equal(said.lines[1], "ORG_NAME: read as GITHUB_URL=https://github.com/o");
	problems_free(&said);
}

static void rows_of_dotenv(void **state)
{
	struct dist dist = {.dir = "/opt/runner"};
	struct problems refused = {0}, said = {0};

	(void)state;
	dist_parse_env(
		"ACTIONS_RUNNER_CONTAINER_HOOKS=/h\nRUNNER_LOGSIZE=1\nLABELS=mine\nRUN_AS_ROOT=1\nCOFFERDAM_LAYERS=/l\n",
		&dist.env);
	config_check_dotenv(&dist, &refused, &said);
	assert_int_equal(refused.n, 2);
	assert_string_equal(refused.lines[0],
		"/opt/runner/.env: ACTIONS_RUNNER_CONTAINER_HOOKS: not supported (unset it: jobs have no containers)");
	assert_string_equal(refused.lines[1],
		"/opt/runner/.env: COFFERDAM_LAYERS: has no effect here (set it in the environment of `cofferdam runner start`)");
	assert_int_equal(said.n, 1);
	assert_string_equal(said.lines[0],
		"/opt/runner/.env: RUNNER_LOGSIZE: no effect: a log file of a Listener has at most 4 MiB");
	problems_free(&refused);
	problems_free(&said);
	arguments_free(&dist.env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_ignored),
		cmocka_unit_test(asked_for_what_is_done),
		cmocka_unit_test(urls),
		cmocka_unit_test(names_are_read_as_others),
		cmocka_unit_test(rows_of_dotenv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
