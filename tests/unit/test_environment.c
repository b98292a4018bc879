#include "common/cleanup.h"
#include "policy/resolve/environment.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char token[] = "API_TOKEN=secret", bare[] = "TOKEN=secret", path[] = "PATH=/bin", tz[] = "TZ=UTC",
	    twice[] = "TZ=CET", odd[] = "odd", empty[] = "EMPTY=";
static char database[] = "DATABASE=db://u:p@h";
static char *const caller[] = {token, database, path, tz, odd, twice, bare, empty, NULL};

/* The settings are "key=text"; what is passed on must be `expected`, in that order, and `withheld` kept back. */
static void check(const char *const settings_given[], const char *const expected[], const char *withheld)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;
	size_t n = 0;

	assert_int_equal(plan_init(&plan, &err), 0);
	for (; *settings_given != NULL; settings_given += 2)
		if (setting_apply(&plan, setting_find(settings_given[0]), settings_given[1], "p.json:1:1", &err) < 0)
			fail_msg("%s", err.text);
	assert_int_equal(environment_resolve(&plan, caller, &err), 0);
	for (; expected[n] != NULL; n++) {
		char text[128];

		assert_true(n < plan.command.n_env);
		snprintf(text, sizeof text, "%s=%s", plan.command.env[n].name, plan.command.env[n].value);
		assert_string_equal(text, expected[n]);
		assert_string_equal(plan.command.env[n].origin.text, "p.json:1:1");
	}
	assert_int_equal(plan.command.n_env, n);
	if (withheld == NULL)
		assert_null(plan.withheld);
	else
		assert_string_equal(plan.withheld, withheld);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL, NULL})

static void nothing_is_passed_unasked(void **state)
{
	(void)state;
	check(LIST(), LIST(), NULL);
	check(LIST("unset_env", "TOKEN"), LIST(), "withheld: TOKEN");
}

static void a_pattern_passes_all_that_it_matches(void **state)
{
	(void)state;
	check(LIST("env", "*"),
		LIST("API_TOKEN=secret", "DATABASE=db://u:p@h", "PATH=/bin", "TZ=UTC", "TOKEN=secret", "EMPTY="), NULL);
	check(LIST("env", "T*"), LIST("TZ=UTC", "TOKEN=secret"), NULL);
	check(LIST("env", "X=*"), LIST("X=*"), NULL);
}

static void what_is_unset_wins_over_patterns(void **state)
{
	(void)state;
	check(LIST("env", "*", "unset_env", "*TOKEN"), LIST("DATABASE=db://u:p@h", "PATH=/bin", "TZ=UTC", "EMPTY="),
		"withheld: API_TOKEN, TOKEN");
	check(LIST("unset_env", "TOKEN", "env", "*"),
		LIST("API_TOKEN=secret", "DATABASE=db://u:p@h", "PATH=/bin", "TZ=UTC", "EMPTY="), "withheld: TOKEN");
}

static void a_name_wins_over_patterns(void **state)
{
	(void)state;
	check(LIST("env", "*", "unset_env", "*TOKEN", "env", "TOKEN"),
		LIST("DATABASE=db://u:p@h", "PATH=/bin", "TZ=UTC", "TOKEN=secret", "EMPTY="), "withheld: API_TOKEN");
	check(LIST("unset_env", "*", "env", "TOKEN=other"), LIST("TOKEN=other"),
		"withheld: API_TOKEN, DATABASE, PATH, TZ, EMPTY");
}

static void secrets_are_told_by_name_and_value(void **state)
{
	(void)state;
	check(LIST("env", "*", "unset_env", "@secrets"), LIST("PATH=/bin", "TZ=UTC", "EMPTY="),
		"withheld: API_TOKEN, DATABASE, TOKEN");
	check(LIST("env", "*", "unset_env", "@secrets", "env", "DATABASE"),
		LIST("DATABASE=db://u:p@h", "PATH=/bin", "TZ=UTC", "EMPTY="), "withheld: API_TOKEN, TOKEN");
	/* A pattern is not a name. */
	check(LIST("unset_env", "@secrets", "env", "D*", "env", "T*"), LIST("TZ=UTC"),
		"withheld: API_TOKEN, DATABASE, TOKEN");
	check(LIST("unset_env", "@secrets"), LIST(), "withheld: API_TOKEN, DATABASE, TOKEN");
}

static void the_last_word_on_a_name_holds(void **state)
{
	(void)state;
	check(LIST("unset_env", "TOKEN", "env", "TOKEN"), LIST("TOKEN=secret"), NULL);
	check(LIST("env", "TOKEN", "unset_env", "TOKEN"), LIST(), "withheld: TOKEN");
	check(LIST("env", "TOKEN=x", "unset_env", "TOKEN"), LIST(), "withheld: TOKEN");
}

static void an_unset_name_has_no_value(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(setting_apply(&plan, setting_find("unset_env"), "A=1", "--unset-env", &err), -1);
	assert_string_equal(err.text, "--unset-env: A: expected a name without a value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_passed_unasked),
		cmocka_unit_test(a_pattern_passes_all_that_it_matches),
		cmocka_unit_test(what_is_unset_wins_over_patterns),
		cmocka_unit_test(a_name_wins_over_patterns),
		cmocka_unit_test(secrets_are_told_by_name_and_value),
		cmocka_unit_test(the_last_word_on_a_name_holds),
		cmocka_unit_test(an_unset_name_has_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
