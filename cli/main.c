/* cofferdam: finds the subcommand. */
#include "cli/commands.h"

#include "common/error.h"
#include "sandbox/title.h"

#include <stdio.h>
#include <string.h>

#define STATUS_LAUNCHER 125

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"run", cli_run, "run one command in a sandbox"},
	{"runner", cli_runner, "register a GitHub Actions runner; each job in its own sandbox"},
	{"policy", cli_policy, "show and check profiles and seccomp policies"},
	{"doctor", cli_doctor, "what this host lacks for a profile, and how to mend it"},
	{"seccomp", cli_later, NULL},
	{"entrypoint", cli_later, NULL},
	{"docker", cli_later, NULL},
};

static int help(FILE *out)
{
	fputs("usage: cofferdam COMMAND [OPTION…]\n\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (commands[i].help != NULL)
			fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
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
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	error_set(&err, 0, "%s: no such command", argv[1]);
	error_hint(&err, "`cofferdam --help` lists them");
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}
