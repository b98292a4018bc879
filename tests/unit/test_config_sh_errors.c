#include "runner/registration/config_sh_errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Lines as config.sh of 2.336.0 prints them, by its sources. */
static void known(void **state)
{
	static const struct {
		const char *line;
		enum config_sh_end end;
		const char *ours; /* a part of meaning or hint */
	} rows[] = {
		{"A runner exists with the same name", CONFIG_SH_NAME_TAKEN, "REPLACE_EXISTING=true"},
		{"A runner exists with the same name box.", CONFIG_SH_NAME_TAKEN, "RUNNER_NAME"},
		{"Could not find any self-hosted runner group named \"big\".", CONFIG_SH_REFUSED, "RUNNER_GROUP"},
		{"Could not find any self-hosted runner groups. Contact support.", CONFIG_SH_REFUSED, "group"},
		{"Http response code: NotFound from 'POST https://api.github.com/actions/runner-registration' (Request Id: A:B:1)",
			CONFIG_SH_REFUSED, "TOKEN"},
		{"Http response code: Unauthorized from 'POST https://h/api/v3/actions/runner-registration' (Request Id: )",
			CONFIG_SH_REFUSED, "one hour"},
		{"Http response code: Forbidden from 'POST https://h/api/v3/actions/runner-registration' (Request Id: )",
			CONFIG_SH_REFUSED, "HTTP 403"},
		{"'https://github.com/' should point to an org or repository.", CONFIG_SH_REFUSED, "GITHUB_URL"},
		{"The GitHub server does not support configuring a self-hosted runner with 'Ephemeral' flag.",
			CONFIG_SH_REFUSED, "EPHEMERAL=false"},
		{"Libicu's dependencies is missing for Dotnet Core 6.0", CONFIG_SH_REFUSED, "installdependencies.sh"},
		{"{\"message\":\"You have exceeded a secondary rate limit. Please wait\"}", CONFIG_SH_LIMITED,
			"rate limited"},
		{"Http response code: TooManyRequests from 'POST https://h/api/v3/actions/runner-registration' (Request Id: )",
			CONFIG_SH_LIMITED, "fewer slots"},
		{"Failed to connect.  Try again or ctrl-c to quit", CONFIG_SH_NOT_BEGUN, "unreachable"},
		{"Failed to add the runner. Try again or ctrl-c to quit", CONFIG_SH_OPEN, "did not confirm"},
		{"Failed to replace the runner.  Try again or ctrl-c to quit", CONFIG_SH_OPEN, "RUNNER_NAME"},
		{"The local machine's clock may be out of sync with the server time by more than five minutes. Please sync your clock with your domain or internet time and try again.",
			CONFIG_SH_OPEN, "clock"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct config_sh_error *error = config_sh_error(rows[i].line, strlen(rows[i].line));
		char ours[1024];

		if (error == NULL) {
			fail_msg("not known: %s", rows[i].line);
			return; /* it does not, but lint cannot know */
		}
		assert_int_equal(error->end, rows[i].end);
		snprintf(ours, sizeof ours, "%s (%s)", error->meaning, error->hint != NULL ? error->hint : "");
		assert_non_null(strstr(ours, rows[i].ours));
		assert_null(strstr(ours, "--")); /* an option of config.sh's is nobody's here */
		assert_null(strstr(ours, "config.cmd"));
	}
}

/* What is not known may have registered: the answer to the registration itself above all. */
static void not_known(void **state)
{
	static const char *const lines[] = {"", "# Authentication", "Connected to GitHub", "Runner successfully added",
		"Http response code: NotFound from 'POST https://api.github.com/actions/runners/register' (Request Id: A)",
		"Http response code: Conflict from 'POST https://api.github.com/actions/runners/register' (Request Id: A)",
		"Http response code: InternalServerError from 'POST https://h/actions/runner-registration'"};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_null(config_sh_error(lines[i], strlen(lines[i])));
}

static void progress(void **state)
{
	static const char *const quiet[] = {"", "  ", "\r", "# Authentication", "\xe2\x88\x9a Connected to GitHub",
		"? Runner successfully added", "\xe2\x88\x9a Settings Saved.\r",
		"--------------------------------------------------------------------------------",
		"|        ____ _ _   _   _       _          _        _   _                      |",
		"|                       Self-hosted runner registration                        |",
		"This runner will have the following labels: 'self-hosted', 'Linux'"};
	static const char *const passed_on[] = {"| pipe", "# Authentication failed", "\xe2\x88\x9a",
		"Connected to GitHub", "Failed to replace the runner", "A runner exists with the same name",
		"Unhandled exception. System.OutOfMemoryException", "- what failed"};

	(void)state;
	for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++)
		assert_true(config_sh_is_progress(quiet[i], strlen(quiet[i])));
	for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
		assert_false(config_sh_is_progress(passed_on[i], strlen(passed_on[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(not_known),
		cmocka_unit_test(progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
