/* cofferdam: finds the subcommand. */
#include "cli/commands.h"

#include "common/error.h"
#include "common/standard_fds.h"
#include "common/status.h"
#include "sandbox/title.h"

#include <stdio.h>
#include <string.h>

static int help(FILE *out)
{
	fputs("usage: cofferdam COMMAND [OPTION…]\n\n", out);
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			fprintf(out, "  %-10s %s\n", command->name, command->help);
	fputs("\n`cofferdam COMMAND --help` lists the options of each. `cofferdam --version` prints the version.\n",
		out);
	return 0;
}

int cli_later(int argc, char **argv)
{
	struct error err;

	(void)argc;
	error_set(&err, 0, "%s: not in this version", argv[0]);
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}

int main(int argc, char **argv)
{
	struct error err;

	standard_fds_open();
	if (argc < 2) {
		help(stderr);
		return STATUS_LAUNCHER;
	}
	title_remember(argc, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("cofferdam " COFFERDAM_VERSION);
		return 0;
	}
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (strcmp(argv[1], command->name) == 0)
			return command->run(argc - 1, argv + 1);
	error_set(&err, 0, "%s: no such command", argv[1]);
	error_hint(&err, "`cofferdam --help` lists them");
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}
