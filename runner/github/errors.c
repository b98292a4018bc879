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

#define APP_PERMISSION                                                                                              \
	"the App requires the permission to write Administration of the repository, or Self-hosted runners of the " \
	"organization"

/* What an answer says to one who asks as this, the first that fits. */
static const struct {
	enum github_as as;
	long status;
	const char *part; /* of the message */
	const char *hint; /* NULL: the message says it */
} remedies[] = {
	{GITHUB_AS_TOKEN, 403, "suspended", "whoever has suspended it can lift that"},
	{GITHUB_AS_TOKEN, 403, "IP allow list", "add the address of this host to that list"},
	{GITHUB_AS_APP, 401, "", "APP_ID and APP_PRIVATE_KEY must be of the same App"},
	{GITHUB_AS_APP, 403, "suspended", "who installed it there can unsuspend it"},
	{GITHUB_AS_APP, 403, "IP allow list", "add the address of this host to that list"},
	{GITHUB_AS_APP, 403, "not accessible by integration", APP_PERMISSION},
	{GITHUB_AS_APP, 403, "", NULL},
	{GITHUB_AS_APP, 404, "", "install the App there, or correct GITHUB_URL"},
	{GITHUB_AS_APP, 422, "", APP_PERMISSION},
	{GITHUB_AS_INSTALLATION, 401, "",
		"GitHub has given this token to the App: see that the App is still installed there"},
	{GITHUB_AS_INSTALLATION, 403, "suspended", "who installed the App there can unsuspend it"},
	{GITHUB_AS_INSTALLATION, 403, "IP allow list", "add the address of this host to that list"},
	{GITHUB_AS_INSTALLATION, 403, "not accessible by integration", APP_PERMISSION},
	{GITHUB_AS_INSTALLATION, 403, "", NULL},
	{GITHUB_AS_INSTALLATION, 404, "",
		"check GITHUB_URL, and GITHUB_API_URL if it is set; " APP_PERMISSION ", and must be installed there"},
};

static const char *hint(const struct github_reply *reply, const struct meaning *meaning)
{
	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
		if (meaning != &limited && remedies[i].as == reply->as && remedies[i].status == reply->status &&
			strcasestr(reply->message, remedies[i].part) != NULL)
			return remedies[i].hint;
	return meaning != NULL ? meaning->hint : NULL;
}

static const struct meaning *find(long status, const char *message)
{
	if (status == 429 || (status == 403 && strcasestr(message, "rate limit") != NULL))
		return &limited;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return status >= 500 ? &broken : NULL;
}

int github_explain(const char *what, const struct github_reply *reply, struct error *err)
{
	const struct meaning *meaning = find(reply->status, reply->message);
	const char *remedy = hint(reply, meaning);

	error_set(err, 0, "%s: %s%sHTTP %ld%s%s", what, meaning != NULL ? meaning->meaning : "",
		meaning != NULL ? ": " : "", reply->status, reply->message[0] != '\0' ? ": " : "", reply->message);
	return remedy != NULL ? error_hint(err, "%s", remedy) : -1;
}

bool github_is_final(const struct github_reply *reply)
{
	const long status = reply->status;

	if (reply->limited || (status == 403 && strcasestr(reply->message, "suspended") != NULL))
		return false;
	return status == 401 || status == 403 || status == 404 || status == 422 || (status >= 300 && status < 400);
}
