#include "runner/config/config.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/nearest.h"
#include "runner/config/credentials.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OURS "COFFERDAM_"
#define SHORTEST 6 /* of the names that may be misspelt: shorter ones resemble too much */

/* Read by the launcher, or by ourselves before the configuration. */
static const char *const others[] = {"COFFERDAM_CGROUP", "COFFERDAM_SCOPE", "COFFERDAM_SECRETS_FD", NULL};

/* Names of other runner images, and what does the same here. */
static const struct config_variable foreign[] = {
	{"DISABLE_AUTOMATIC_DEREGISTRATION", "not offered: a runner is always deregistered"},
	{"ENTERPRISE_NAME", "use GITHUB_URL=https://github.com/enterprises/NAME"},
	{"GITHUB_PAT", "use ACCESS_TOKEN"},
	{"ORG_NAME", "use GITHUB_URL=https://github.com/NAME"},
	{"REPO_URL", "use GITHUB_URL"},
	{"RUNNER_NAME_PREFIX", "use RUNNER_NAME"},
	{"RUNNER_REPOSITORY_URL", "use GITHUB_URL"},
	{"RUNNER_SCOPE", "GITHUB_URL decides"},
	{"RUNNER_TOKEN", "use TOKEN"},
	{"RUNNER_URL", "use GITHUB_URL"},
	{"RUN_AS_ROOT", "not offered: root is refused"},
};

static bool is_ours(const char *name)
{
	return strncmp(name, OURS, strlen(OURS)) == 0;
}

static bool has_ending(const char *name, const char *ending)
{
	const size_t len = strlen(name), n = strlen(ending);

	return len >= n && strcmp(name + len - n, ending) == 0;
}

/* What Kubernetes sets in every container for a service named cofferdam or cofferdam-…. */
static bool is_service(const char *name)
{
	return has_ending(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT") != NULL ||
	       has_ending(name, "_PORT") || strstr(name, "_PORT_") != NULL;
}

/* Names of ours are compared behind what they have in common. */
static bool offer(struct nearest *nearest, const char *known, const char *name)
{
	if (!is_ours(name))
		nearest_offer(nearest, known);
	else if (is_ours(known))
		nearest_offer(nearest, known + strlen(OURS));
	return strcmp(known, name) == 0;
}

/* Offers every variable that is read. True if `name` is one of them. */
static bool offer_all(struct nearest *nearest, const char *name)
{
	bool known = config_refuses(name);

	for (const struct config_variable *v = config_variables; v->name != NULL; v++)
		known |= offer(nearest, v->name, name);
	for (const char *const *other = others; is_ours(name) && *other != NULL; other++)
		known |= offer(nearest, *other, name);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
		_cleanup_(freep) char *file = format("%s_FILE", credential_name((enum credential)i));

		known |= file != NULL && offer(nearest, file, name);
	}
	return known;
}

/* One letter wrong, missing or superfluous, or two exchanged. */
static bool is_slip(const struct nearest *nearest, const char *name)
{
	const char *meant = nearest_name(nearest);
	const size_t len = strlen(name), n = meant != NULL ? strlen(meant) : 0;

	return meant != NULL && len >= SHORTEST && nearest->distance <= 1 && (len > n ? len - n : n - len) <= 1;
}

static const char *foreign_hint(const char *name)
{
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (strcmp(foreign[i].name, name) == 0)
			return foreign[i].help;
	return NULL;
}

static void check_name(const char *name, struct problems *refused, struct problems *ignored)
{
	_cleanup_(freep) char *hint = NULL;
	struct nearest nearest;

	nearest_start(&nearest, is_ours(name) ? name + strlen(OURS) : name);
	if (offer_all(&nearest, name))
		return;
	if (nearest_name(&nearest) != NULL)
		hint = format("did you mean %s%s?", is_ours(name) ? OURS : "", nearest_name(&nearest));
	if (is_ours(name) && !is_service(name))
		problem(refused, hint != NULL ? hint : "unset it; `cofferdam runner start --help` lists all",
			"%.100s: unknown variable", name);
	else if (!is_ours(name) && is_slip(&nearest, name))
		problem(ignored, hint, "%s: unknown variable, ignored", name);
	else if (foreign_hint(name) != NULL)
		problem(ignored, foreign_hint(name), "%s: unknown variable, ignored", name);
}

void config_check_names(char *const *environment, struct problems *refused, struct problems *ignored)
{
	for (; *environment != NULL; environment++) {
		_cleanup_(freep) char *name = strndup(*environment, strcspn(*environment, "="));

		if (name != NULL)
			check_name(name, refused, ignored);
	}
}
