#include "runner/github/errors.h"

#include <stddef.h>
#include <string.h>

struct meaning {
	long status;
	const char *meaning;
	const char *hint;
};

#define MOVED "the address has changed"
#define MOVED_HINT \
	"the repository or owner may have a new name: set GITHUB_URL to it; check GITHUB_API_URL if it is set"

static const struct meaning meanings[] = {
	{301, MOVED, MOVED_HINT},
	{302, MOVED, MOVED_HINT},
	{307, MOVED, MOVED_HINT},
	{308, MOVED, MOVED_HINT},
	{401, "the credential was not accepted",
		"it is wrong, expired or revoked: set a new ACCESS_TOKEN; a TOKEN is valid for one hour"},
	{403, "not allowed",
		"a token requires administration rights on the repository, or manage_runners on the organization or enterprise"},
	{404, "not found, or not visible to this token",
		"check GITHUB_URL, GITHUB_API_URL if it is set, and that the token may manage its runners: GitHub replies 404 to a token without that right"},
	{409, "a runner with this name exists", "choose another RUNNER_NAME, or set REPLACE_EXISTING=true"},
	{422, "refused", NULL},
};

static const struct meaning limited = {0, "rate limited by GitHub",
	"all that uses the same credential is counted: wait, use fewer slots, or a GitHub App, which has limits of its own"};
static const struct meaning broken = {0, "GitHub's own failure",
	"https://www.githubstatus.com tells of GitHub; else look at the server, or the proxy"};

static const struct meaning *find(long status, const char *message)
{
	if (status == 429 || (status == 403 && strcasestr(message, "rate limit") != NULL))
		return &limited;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return status >= 500 ? &broken : NULL;
}

int github_explain(const char *what, long status, const char *message, struct error *err)
{
	const struct meaning *meaning = find(status, message);

	error_set(err, 0, "%s: %s%sHTTP %ld%s%s", what, meaning != NULL ? meaning->meaning : "",
		meaning != NULL ? ": " : "", status, *message != '\0' ? ": " : "", message);
	return meaning != NULL && meaning->hint != NULL ? error_hint(err, "%s", meaning->hint) : -1;
}

bool github_is_final(long status)
{
	return status == 401 || status == 403 || status == 404 || status == 422 || (status >= 300 && status < 400);
}
