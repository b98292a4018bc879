#include "common/cleanup.h"
#include "common/io.h"
#include "common/phrases.h"
#include "runner/config/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void input_refuse(const struct input *input, const char *where, struct problems *problems)
{
	problem(problems, input->text, "%s%s: %s", where, input->name,
		(input->flags & INPUT_LATER) != 0 ? PHRASE_NOT_YET : "not supported");
}

static const char *set(input_lookup *lookup, void *context, const char *name)
{
	const char *value = lookup(context, name);

	return value != NULL && *value != '\0' ? value : NULL;
}

char *inputs_github_url(input_lookup *lookup, void *context)
{
	const char *scope = set(lookup, context, "RUNNER_SCOPE"), *host = set(lookup, context, "GITHUB_HOST");
	const char *org = set(lookup, context, "ORG_NAME"), *enterprise = set(lookup, context, "ENTERPRISE_NAME");
	const bool of_org = scope == NULL ? enterprise == NULL : strncasecmp(scope, "org", 3) == 0;
	const bool of_enterprise = scope == NULL ? org == NULL : strncasecmp(scope, "ent", 3) == 0;

	if (host == NULL)
		host = "github.com";
	if (of_org && org != NULL)
		return format("https://%s/%s", host, org);
	return of_enterprise && enterprise != NULL ? format("https://%s/enterprises/%s", host, enterprise) : NULL;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static void compose_url(struct problems *said)
{
	_cleanup_(freep) char *url = inputs_github_url(environment, NULL);
	const char *given = getenv("GITHUB_URL");

	if (url == NULL || (given != NULL && *given != '\0') || setenv("GITHUB_URL", url, 1) < 0)
		return;
	for (const struct input *input = inputs; input->name != NULL; input++) {
		const char *value = (input->flags & INPUT_URL) != 0 ? getenv(input->name) : NULL;

		if (value == NULL)
			continue;
		if (*value != '\0')
			problem(said, NULL, "%s: read as GITHUB_URL=%s", input->name, url);
		unsetenv(input->name);
	}
}

void inputs_translate(struct problems *said)
{
	const char *scope;

	for (const struct input *input = inputs; input->name != NULL; input++) {
		const char *value = getenv(input->name), *other = input->as != NULL ? getenv(input->as) : NULL;

		if (input->as == NULL || (input->flags & INPUT_URL) != 0 || value == NULL || *value == '\0' ||
			(other != NULL && *other != '\0') || setenv(input->as, value, 1) < 0)
			continue;
		problem(said, NULL, "%s: read as %s", input->name, input->as);
		unsetenv(input->name);
	}
	/* A scope of "repo" names what REPO_URL is. */
	scope = getenv("RUNNER_SCOPE");
	if (scope != NULL && getenv("GITHUB_URL") != NULL && strncasecmp(scope, "repo", 4) == 0)
		unsetenv("RUNNER_SCOPE");
	compose_url(said);
}
