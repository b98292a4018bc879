/* One function per subcommand: parses its arguments, calls, prints, and returns the exit code of the program. argv[0]
 * is the subcommand's own name. */
#pragma once

int cli_run(int argc, char **argv);
int cli_policy(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_runner(int argc, char **argv);

/* "NAME: not in this version", for what the contract names and later work brings. Returns 125. */
int cli_later(int argc, char **argv);
