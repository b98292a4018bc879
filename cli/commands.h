/* One function per subcommand: parses its arguments, calls, prints, and returns the exit code of the program. argv[0]
 * is the subcommand's own name. */
#pragma once

#include <stdbool.h>

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* one line; NULL: later work, not listed */
	const char *const
		*words; /* what may come first: subcommands and options of its own; NULL-terminated, or NULL */
	bool settings;  /* takes the options of settings[] */
	bool command;   /* … and then a command with its arguments */
};

/* Ends with a NULL name. */
extern const struct cli_command cli_commands[];

int cli_run(int argc, char **argv);
int cli_policy(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_entrypoint(int argc, char **argv);
int cli_runner(int argc, char **argv);
int cli_seccomp(int argc, char **argv);
int cli_completion(int argc, char **argv);

/* "NAME: not in this version", for what the contract names and later work brings. Returns 125. */
int cli_later(int argc, char **argv);
