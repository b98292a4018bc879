/* cofferdam completion: prints completion scripts for bash, zsh and fish, from the tables of the option parser. */
#include "cli/completion/completion.h"

#include "cli/commands.h"
#include "cli/plan.h"
#include "cli/usage.h"
#include "common/error.h"
#include "common/phrases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void completion_quoted(const char *text, bool zsh)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (zsh && strchr("[]:", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text == '\n' ? ' ' : *text);
	}
}

const char *completion_operands(const struct cli_subcommand *row)
{
	if (row->images)
		return "_cofferdam_images";
	return row->slots ? "_cofferdam_slots" : row->held ? "_cofferdam_held" : "";
}

void completion_below(const char *command)
{
	const char *separator = "";

	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, command) != NULL) {
			printf("%s%s", separator, cli_subcommand_below(row, command));
			separator = " ";
		}
}

void completion_parents(void)
{
	const char *separator = "";

	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (cli_has_subcommands(command->name)) {
			printf("%s%s", separator, command->name);
			separator = "|";
		}
}

static const struct {
	const char *shell;
	void (*print)(void);
} scripts[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

static int print_script(const char *shell, struct error *err)
{
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
		if (strcmp(shell, scripts[i].shell) == 0) {
			scripts[i].print();
			return fflush(stdout) == 0 && !ferror(stdout) ? 0 : error_set(err, errno, "standard output");
		}
	error_set(err, 0, "completion: %s: unknown shell", shell);
	return error_hint(err, "expected bash, zsh or fish");
}

int cli_completion(int argc, char **argv)
{
	struct error err;
	int at = usage_read(cli_subcommand("completion"), argc, argv, NULL, NULL, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at == argc) {
		error_set(&err, 0, "completion: no shell");
		at = error_hint(&err, "expected bash, zsh or fish");
	} else if (at > 0 && at + 1 < argc)
		at = error_set(&err, 0, "completion: %s: " PHRASE_UNEXPECTED_ARGUMENT, argv[at + 1]);
	return at < 0 || print_script(argv[at], &err) < 0 ? cli_failed(&err) : 0;
}
