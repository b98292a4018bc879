/* cofferdam: dispatches to the command. */
#include "cli/commands.h"

#include "cli/entry.h"
#include "cli/plan.h"
#include "cli/unknown.h"
#include "cli/wrap.h"
#include "common/error.h"
#include "common/standard_fds.h"
#include "common/status.h"
#include "sandbox/process/title.h"

#include <stdio.h>
#include <string.h>

static void help(FILE *out)
{
	fputs("Usage: cofferdam COMMAND [OPTION…]\n\n", out);
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			wrap_print(out, command->help, fprintf(out, "  %-10s ", command->name), 13, wrap_width(out));
	fputc('\n', out);
	wrap_print(out,
		"Start with `cofferdam run --workspace . make test`, and `cofferdam doctor` where that fails. `cofferdam COMMAND --help` lists the options of each. `cofferdam --version` prints the version.",
		0, 0, wrap_width(out));
}

/* `help NAME [SUBCOMMAND]` is `NAME [SUBCOMMAND] --help`. */
static void turn_help_around(int argc, char **argv)
{
	static char help_option[] = "--help";

	if (argc < 3 || strcmp(argv[1], "help") != 0)
		return;
	memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof *argv);
	argv[argc - 1] = help_option;
}

int main(int argc, char **argv)
{
	struct error err;

	entry_populate_heap();
	standard_fds_open();
	if (argc < 2) {
		help(stderr);
		return STATUS_LAUNCHER;
	}
	title_remember(argc, argv);
	turn_help_around(argc, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return cli_printed(0);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("cofferdam " COFFERDAM_VERSION);
		return cli_printed(0);
	}
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (strcmp(argv[1], command->name) == 0)
			return command->run(argc - 1, argv + 1);
	unknown_command(argv[1], &err);
	return cli_failed(&err);
}
