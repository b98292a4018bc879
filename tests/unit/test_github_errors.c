#include "runner/github/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALLOW_LIST \
	"Although you appear to have the correct authorization credentials, the `octo` organization has an IP allow list enabled"

static const struct github_reply *reply(enum github_as as, long status, const char *message)
{
	static struct github_reply made;

	made = (struct github_reply){.as = as, .status = status};
	memcpy(made.message, message, strnlen(message, sizeof made.message - 1));
	return &made;
}

static void explained(void **state)
{
	static const struct {
		enum github_as as;
		long status;
		const char *message;
		const char *text;
		const char *hint; /* a part of it, or "" for none */
	} rows[] = {
		{GITHUB_AS_TOKEN, 401, "Bad credentials",
			"register: the credential was not accepted: HTTP 401: Bad credentials", "revoked"},
		{GITHUB_AS_TOKEN, 403, "Must have admin rights to Repository.",
			"register: not allowed: HTTP 403: Must have admin rights to Repository.", "manage_runners"},
		{GITHUB_AS_TOKEN, 404, "Not Found",
			"register: not found, or not visible to this token: HTTP 404: Not Found", "GITHUB_URL"},
		{GITHUB_AS_TOKEN, 409, "Already exists - A runner exists with the same name",
			"register: a runner with this name exists: HTTP 409: Already exists - A runner exists with the same name",
			"REPLACE_EXISTING=true"},
		{GITHUB_AS_TOKEN, 422, "Runner is currently running a job",
			"register: refused: HTTP 422: Runner is currently running a job", ""},
		{GITHUB_AS_TOKEN, 429, "", "register: rate limited by GitHub: HTTP 429", "wait"},
		{GITHUB_AS_TOKEN, 403, "You have exceeded a secondary rate limit. Please wait a few minutes.",
			"register: rate limited by GitHub: HTTP 403: You have exceeded a secondary rate limit. Please wait a few minutes.",
			"GitHub App"},
		{GITHUB_AS_TOKEN, 403, "API rate limit exceeded for user ID 1.",
			"register: rate limited by GitHub: HTTP 403: API rate limit exceeded for user ID 1.", "wait"},
		{GITHUB_AS_TOKEN, 403, "Resource not accessible by integration",
			"register: not allowed: HTTP 403: Resource not accessible by integration", "administration"},
		{GITHUB_AS_TOKEN, 301, "Moved Permanently",
			"register: the address has changed: HTTP 301: Moved Permanently", "set GITHUB_URL"},
		{GITHUB_AS_TOKEN, 302, "", "register: the address has changed: HTTP 302", "GITHUB_API_URL"},
		{GITHUB_AS_TOKEN, 307, "", "register: the address has changed: HTTP 307", "GITHUB_URL"},
		{GITHUB_AS_TOKEN, 308, "", "register: the address has changed: HTTP 308", "GITHUB_URL"},
		{GITHUB_AS_TOKEN, 409, "Already exists - A runner with the name *** already exists.",
			"register: a runner with this name exists: HTTP 409: Already exists - A runner with the name *** already exists.",
			"RUNNER_NAME"},
		{GITHUB_AS_TOKEN, 422,
			"Invalid request.\n\nInvalid input: object is missing required key: runner_group_id.",
			"register: refused: HTTP 422: Invalid request.\n\nInvalid input: object is missing required key: runner_group_id.",
			""},
		{GITHUB_AS_TOKEN, 422, "Bad request - Runner \"r1\" is still running a job\"",
			"register: refused: HTTP 422: Bad request - Runner \"r1\" is still running a job\"", ""},
		{GITHUB_AS_TOKEN, 502, "an HTML page, not an answer of GitHub's API",
			"register: GitHub's own failure: HTTP 502: an HTML page, not an answer of GitHub's API",
			"proxy"},
		{GITHUB_AS_TOKEN, 404, "", "register: not found, or not visible to this token: HTTP 404", "GITHUB_URL"},
		{GITHUB_AS_TOKEN, 400, "Problems parsing JSON", "register: HTTP 400: Problems parsing JSON", ""},
		{GITHUB_AS_TOKEN, 500, "", "register: GitHub's own failure: HTTP 500", "githubstatus"},
		{GITHUB_AS_TOKEN, 503, "%s%n", "register: GitHub's own failure: HTTP 503: %s%n", "githubstatus"},
		{GITHUB_AS_TOKEN, 401, "%s%n", "register: the credential was not accepted: HTTP 401: %s%n", "expired"},
		{GITHUB_AS_TOKEN, 403, "Sorry. Your account was suspended",
			"register: not allowed: HTTP 403: Sorry. Your account was suspended", "lift"},
		{GITHUB_AS_TOKEN, 403, ALLOW_LIST, "register: not allowed: HTTP 403: " ALLOW_LIST, "this host"},
		{GITHUB_AS_APP, 401, "", "register: the credential was not accepted: HTTP 401", "same App"},
		{GITHUB_AS_APP, 403, "This installation has been suspended",
			"register: not allowed: HTTP 403: This installation has been suspended", "unsuspend"},
		{GITHUB_AS_APP, 403, ALLOW_LIST, "register: not allowed: HTTP 403: " ALLOW_LIST, "this host"},
		{GITHUB_AS_APP, 403, "Resource not accessible by integration",
			"register: not allowed: HTTP 403: Resource not accessible by integration",
			"permission to write"},
		{GITHUB_AS_APP, 403, "another", "register: not allowed: HTTP 403: another", ""},
		{GITHUB_AS_APP, 422, "", "register: refused: HTTP 422", "permission to write"},
		{GITHUB_AS_APP, 403, "API rate limit exceeded",
			"register: rate limited by GitHub: HTTP 403: API rate limit exceeded", "wait"},
		{GITHUB_AS_INSTALLATION, 401, "Bad credentials",
			"register: the credential was not accepted: HTTP 401: Bad credentials", "the App"},
		{GITHUB_AS_INSTALLATION, 403, "This installation has been suspended",
			"register: not allowed: HTTP 403: This installation has been suspended", "unsuspend"},
		{GITHUB_AS_INSTALLATION, 403, "Resource not accessible by integration",
			"register: not allowed: HTTP 403: Resource not accessible by integration",
			"permission to write"},
		{GITHUB_AS_INSTALLATION, 403, "", "register: not allowed: HTTP 403", ""},
		{GITHUB_AS_INSTALLATION, 404, "", "register: not found, or not visible to this token: HTTP 404",
			"the App"},
		{GITHUB_AS_INSTALLATION, 422, "", "register: refused: HTTP 422", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error err = {.text = "old", .hint = "old", .errnum = 5};

		assert_true(github_explain("register", reply(rows[i].as, rows[i].status, rows[i].message), &err) == -1);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.errnum, 0);
		if (*rows[i].hint == '\0')
			assert_string_equal(err.hint, "");
		else
			assert_non_null(strstr(err.hint, rows[i].hint));
	}
}

/* A message of any length leaves one error of a bounded length, with the status in it. */
static void long_message(void **state)
{
	char what[2048];
	struct error err;

	(void)state;
	memset(what, 'x', sizeof what - 1);
	what[sizeof what - 1] = '\0';
	assert_true(github_explain("register", reply(GITHUB_AS_TOKEN, 401, what), &err) == -1);
	assert_non_null(strstr(err.text, "HTTP 401: xxx"));
	assert_true(github_explain(what, reply(GITHUB_AS_TOKEN, 401, what), &err) == -1);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
	assert_non_null(strstr(err.hint, "revoked"));
}

static bool is_final(long status, const char *message)
{
	return github_is_final(reply(GITHUB_AS_INSTALLATION, status, message));
}

static void final(void **state)
{
	struct github_reply limited = {.status = 403, .limited = true};

	(void)state;
	assert_true(is_final(401, "") && is_final(403, "") && is_final(404, "") && is_final(422, ""));
	assert_true(is_final(301, "") && is_final(307, ""));
	assert_false(is_final(409, "") || is_final(429, "") || is_final(500, "") || is_final(503, ""));
	assert_false(github_is_final(&limited));
	assert_false(is_final(403, "This installation has been suspended"));
	assert_true(is_final(403, "Resource not accessible by integration"));
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
