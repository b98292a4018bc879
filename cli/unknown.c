#include "cli/unknown.h"

#include "cli/commands.h"
#include "cli/offers.h"
#include "common/nearest.h"
#include "common/phrases.h"

#include <stdio.h>
#include <string.h>

static void consider(const struct offer *offer, void *context)
{
	nearest_offer(context, offer->name);
}

static const char *foreign_hint(const char *name, size_t len)
{
	for (const struct foreign_option *foreign = foreign_options; foreign->name != NULL; foreign++)
		if (strlen(foreign->name) == len && memcmp(foreign->name, name, len) == 0)
			return foreign->ours;
	return NULL;
}

int unknown_option(const struct cli_subcommand *subcommand, const char *arg, struct error *err)
{
	const size_t dashes = strncmp(arg, "--", 2) == 0 ? 2 : 1, len = dashes == 1 ? 1 : strcspn(arg + 2, "=");
	const char *hint = subcommand->settings != CLI_SETTINGS_NONE ? foreign_hint(arg + dashes, len) : NULL;
	char name[NEAREST_NAME_MAX + 1], help[64];
	struct nearest nearest;

	error_set(err, 0, "%.*s: " PHRASE_UNKNOWN_OPTION, (int)strcspn(arg, "="), arg);
	if (hint != NULL)
		return error_hint(err, "%s", hint);
	snprintf(name, sizeof name, "%.*s", (int)len, arg + dashes);
	nearest_start(&nearest, name);
	if (dashes == 2 && len <= NEAREST_NAME_MAX)
		offers(subcommand, consider, &nearest);
	snprintf(help, sizeof help, "see `cofferdam %s --help`", subcommand->path);
	return nearest_hint(&nearest, "--", nearest_name(&nearest) != NULL ? "" : help, err);
}

static bool is_policy_subcommand(const char *name)
{
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, "policy") != NULL &&
			strcmp(cli_subcommand_below(row, "policy"), name) == 0)
			return true;
	return false;
}

int unknown_command(const char *name, struct error *err)
{
	struct nearest nearest;

	nearest_start(&nearest, name);
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			nearest_offer(&nearest, command->name);
	if (name[0] == '-') {
		error_set(err, 0, "%s: " PHRASE_UNKNOWN_OPTION, name);
		return error_hint(err, "options stand behind the command: `cofferdam run %.100s …`", name);
	}
	error_set(err, 0, "%s: unknown command", name);
	if (nearest_name(&nearest) != NULL)
		return nearest_hint(&nearest, "cofferdam ", "", err);
	if (is_policy_subcommand(name))
		return error_hint(err,
			"did you mean cofferdam policy %.100s? `cofferdam run %.100s` runs it in a sandbox", name,
			name);
	return error_hint(err, "see `cofferdam --help`; `cofferdam run %.100s` runs it in a sandbox", name);
}

int unknown_subcommand(const char *command, const char *name, struct error *err)
{
	struct nearest nearest;
	char prefix[64], help[80];

	nearest_start(&nearest, name);
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, command) != NULL)
			nearest_offer(&nearest, cli_subcommand_below(row, command));
	error_set(err, 0, "%s %s: unknown subcommand", command, name);
	snprintf(prefix, sizeof prefix, "cofferdam %s ", command);
	snprintf(help, sizeof help, "see `cofferdam %s --help`", command);
	return nearest_hint(&nearest, prefix, nearest_name(&nearest) != NULL ? "" : help, err);
}
