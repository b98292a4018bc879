#include "runner/github/errors.h"

#include <stddef.h>

static const struct {
	long status;
	const char *meaning;
	const char *hint;
} meanings[] = {
	{401, "the credential was not accepted",
		"it is wrong, expired or revoked: set a new ACCESS_TOKEN; a TOKEN is valid for one hour"},
	{403, "not allowed",
		"a token requires administration rights on the repository, or manage_runners on the organization or enterprise"},
	{404, "not found, or not visible to this token",
		"check GITHUB_URL, GITHUB_API_URL if it is set, and that the token may manage its runners: GitHub replies 404 to a token without that right"},
	{409, "a runner with this name exists", "choose another RUNNER_NAME, or set REPLACE_EXISTING=true"},
	{422, "refused", NULL},
	{429, "too many requests", "wait, or use fewer slots"},
};

int github_explain(const char *what, long status, const char *message, struct error *err)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].status == status) {
			error_set(err, 0, "%s: %s: HTTP %ld%s%s", what, meanings[i].meaning, status,
				*message != '\0' ? ": " : "", message);
			return meanings[i].hint != NULL ? error_hint(err, "%s", meanings[i].hint) : -1;
		}
	return error_set(err, 0, "%s: HTTP %ld%s%s", what, status, *message != '\0' ? ": " : "", message);
}

bool github_is_final(long status)
{
	return status == 401 || status == 403 || status == 404 || status == 422;
}
