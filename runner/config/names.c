#include "runner/config/config.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/nearest.h"
#include "runner/config/credentials.h"
#include "runner/config/inputs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OURS "COFFERDAM_"
#define SHORTEST 6 /* of the names that may be misspelt: shorter ones resemble too much */

/* Read by the launcher, or by ourselves before the configuration. */
static const char *const others[] = {"COFFERDAM_CGROUP", "COFFERDAM_SCOPE", "COFFERDAM_SECRETS_FD", NULL};

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
	bool known = false;

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

/* What a row says of a variable that is set. */
static void report(const struct input *input, const char *where, const char *value, struct problems *refused,
	struct problems *said)
{
	if (*value == '\0' || (input->flags & INPUT_LATER) != 0)
		return; /* config_read() reports the latter */
	if (input_is_refused(input, value))
		input_refuse(input, where, refused);
	else if (input->as != NULL) /* else it would have been renamed: inputs_translate() */
		problem(refused, "unset one of them", "%s: %s is set, too", input->name, input->as);
	else if (input->kind == INPUT_TRANSLATED)
		problem(said, NULL, "%s%s: %s", where, input->name, input->text);
}

static void check_name(const char *name, const char *value, struct problems *refused, struct problems *said)
{
	const struct input *input = input_find(name);
	_cleanup_(freep) char *hint = NULL;
	struct nearest nearest;

	if (input != NULL)
		report(input, "", value, refused, said);
	nearest_start(&nearest, is_ours(name) ? name + strlen(OURS) : name);
	if (input != NULL || offer_all(&nearest, name))
		return;
	if (nearest_name(&nearest) != NULL)
		hint = format("did you mean %s%s?", is_ours(name) ? OURS : "", nearest_name(&nearest));
	if (is_ours(name) && !is_service(name))
		problem(refused, hint != NULL ? hint : "unset it; `cofferdam runner start --help` lists all",
			"%.100s: unknown variable", name);
	else if (!is_ours(name) && is_slip(&nearest, name))
		problem(said, hint, "%s: unknown variable, ignored", name);
}

void config_check_names(char *const *environment, struct problems *refused, struct problems *said)
{
	for (; *environment != NULL; environment++) {
		const size_t len = strcspn(*environment, "=");
		_cleanup_(freep) char *name = strndup(*environment, len);

		if (name != NULL)
			check_name(name, (*environment)[len] == '=' ? *environment + len + 1 : "", refused, said);
	}
}

void config_check_dotenv(const struct dist *dist, struct problems *refused, struct problems *said)
{
	_cleanup_(freep) char *where = format("%s/.env: ", dist->dir);

	for (const struct input *input = inputs; where != NULL && input->name != NULL; input++) {
		const char *value = (input->flags & INPUT_DOTENV) != 0 ? dist_env(dist, input->name) : NULL;

		if (value != NULL)
			report(input, where, value, refused, said);
	}
	for (size_t i = 0; where != NULL && i < dist->env.n; i++)
		if (is_ours(dist->env.v[i]))
			problem(refused, "set it in the environment of `cofferdam runner start`",
				"%s%.*s: has no effect here", where, (int)strcspn(dist->env.v[i], "="), dist->env.v[i]);
}
