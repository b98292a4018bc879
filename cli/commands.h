/* A function for each command: parses its arguments, calls, prints, and returns the exit code.
 *
 * argv[0] is the command's own name. */
#pragma once

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* one line; NULL: not supported yet, not listed */
};

/* Ends with a NULL name. */
extern const struct cli_command cli_commands[];

int cli_run(int argc, char **argv);
int cli_policy(int argc, char **argv);
int cli_image(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_entrypoint(int argc, char **argv);
int cli_runner(int argc, char **argv);
int cli_seccomp(int argc, char **argv);
int cli_completion(int argc, char **argv);

/* Prints "NAME: not supported yet". Returns 125. */
int cli_later(int argc, char **argv);
