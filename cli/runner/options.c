#include "cli/runner/options.h"

#include "cli/subcommands.h"
#include "common/phrases.h"

#include <string.h>

static const struct cli_option *find_option(const char *path, const char *argument, size_t len)
{
	const struct cli_option *const *option = cli_subcommand(path)->options;

	if (len < 2 || strncmp(argument, "--", 2) != 0)
		return NULL;
	while (*option != NULL &&
		(strlen((*option)->name) != len - 2 || strncmp((*option)->name, argument + 2, len - 2) != 0))
		option++;
	return *option;
}

int runner_read_options(
	const char *path, int argc, char **argv, usage_option_fn *read, void *context, struct error *err)
{
	for (int i = 1; i < argc; i++) {
		const size_t len = strcspn(argv[i], "=");
		const struct cli_option *option = find_option(path, argv[i], len);
		const char *value = NULL;

		if (option == NULL && argv[i][0] != '-' && cli_subcommand(path)->operand != SETTING_VALUE_NONE) {
			if (read(0, argv[i], context, err) < 0)
				return -1;
			continue;
		}
		if (option == NULL) {
			error_set(err, 0, "%s: %s", argv[i],
				argv[i][0] == '-' ? PHRASE_UNKNOWN_OPTION : PHRASE_UNEXPECTED_ARGUMENT);
			return error_hint(err, "see `cofferdam %s --help`", path);
		}
		if (option->arg == NULL && argv[i][len] == '=')
			return error_set(err, 0, "--%s: " PHRASE_TAKES_NO_VALUE, option->name);
		if (option->arg != NULL)
			value = argv[i][len] == '=' ? argv[i] + len + 1 : argv[++i];
		if (option->arg != NULL && (value == NULL || *value == '\0'))
			return error_set(err, 0, "--%s: " PHRASE_REQUIRES_VALUE, option->name);
		if (read(option->id, value, context, err) < 0)
			return error_context(err, "--%s", option->name);
	}
	return 0;
}
