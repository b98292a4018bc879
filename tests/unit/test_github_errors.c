#include "runner/github/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void explained(void **state)
{
	static const struct {
		long status;
		const char *message;
		const char *text;
		const char *hint; /* a part of it, or "" for none */
	} rows[] = {
		{401, "Bad credentials", "register: the credential was not accepted: HTTP 401: Bad credentials",
			"revoked"},
		{403, "Must have admin rights to Repository.",
			"register: not allowed: HTTP 403: Must have admin rights to Repository.", "manage_runners"},
		{404, "Not Found", "register: not found, or not visible to this token: HTTP 404: Not Found",
			"GITHUB_URL"},
		{409, "Already exists - A runner exists with the same name",
			"register: a runner with this name exists: HTTP 409: Already exists - A runner exists with the same name",
			"REPLACE_EXISTING=true"},
		{422, "Runner is currently running a job",
			"register: refused: HTTP 422: Runner is currently running a job", ""},
		{429, "", "register: rate limited by GitHub: HTTP 429", "wait"},
		{403, "You have exceeded a secondary rate limit. Please wait a few minutes.",
			"register: rate limited by GitHub: HTTP 403: You have exceeded a secondary rate limit. Please wait a few minutes.",
			"GitHub App"},
		{403, "API rate limit exceeded for user ID 1.",
			"register: rate limited by GitHub: HTTP 403: API rate limit exceeded for user ID 1.", "wait"},
		{403, "Resource not accessible by integration",
			"register: not allowed: HTTP 403: Resource not accessible by integration", "administration"},
		{301, "Moved Permanently", "register: the address has changed: HTTP 301: Moved Permanently",
			"set GITHUB_URL"},
		{302, "", "register: the address has changed: HTTP 302", "GITHUB_API_URL"},
		{307, "", "register: the address has changed: HTTP 307", "GITHUB_URL"},
		{308, "", "register: the address has changed: HTTP 308", "GITHUB_URL"},
		{409, "Already exists - A runner with the name *** already exists.",
			"register: a runner with this name exists: HTTP 409: Already exists - A runner with the name *** already exists.",
			"RUNNER_NAME"},
		{422, "Invalid request.\n\nInvalid input: object is missing required key: runner_group_id.",
			"register: refused: HTTP 422: Invalid request.\n\nInvalid input: object is missing required key: runner_group_id.",
			""},
		{422, "Bad request - Runner \"r1\" is still running a job\"",
			"register: refused: HTTP 422: Bad request - Runner \"r1\" is still running a job\"", ""},
		{502, "an HTML page, not an answer of GitHub's API",
			"register: GitHub's own failure: HTTP 502: an HTML page, not an answer of GitHub's API",
			"proxy"},
		{404, "", "register: not found, or not visible to this token: HTTP 404", "GITHUB_URL"},
		{400, "Problems parsing JSON", "register: HTTP 400: Problems parsing JSON", ""},
		{500, "", "register: GitHub's own failure: HTTP 500", "githubstatus"},
		{503, "%s%n", "register: GitHub's own failure: HTTP 503: %s%n", "githubstatus"},
		{401, "%s%n", "register: the credential was not accepted: HTTP 401: %s%n", "expired"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error err = {.text = "old", .hint = "old", .errnum = 5};

		assert_true(github_explain("register", rows[i].status, rows[i].message, &err) == -1);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.errnum, 0);
		if (*rows[i].hint == '\0')
			assert_string_equal(err.hint, "");
		else
			assert_non_null(strstr(err.hint, rows[i].hint));
	}
}

/* A body of any length leaves one error of a bounded length, with the status in it. */
static void long_message(void **state)
{
	char message[8192];
	struct error err;

	(void)state;
	memset(message, 'x', sizeof message - 1);
	message[sizeof message - 1] = '\0';
	assert_true(github_explain("register", 401, message, &err) == -1);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
	assert_non_null(strstr(err.text, "HTTP 401: xxx"));
	assert_non_null(strstr(err.hint, "revoked"));
}

static void final(void **state)
{
	(void)state;
	assert_true(github_is_final(401) && github_is_final(403) && github_is_final(404) && github_is_final(422));
	assert_true(github_is_final(301) && github_is_final(307));
	assert_false(github_is_final(409) || github_is_final(429) || github_is_final(500) || github_is_final(503));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explained),
		cmocka_unit_test(long_message),
		cmocka_unit_test(final),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
