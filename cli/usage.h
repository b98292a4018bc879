/* Usage texts (usage.c) and option parsing (usage_read.c) of subcommands, from the rows of cli/subcommands.c.
 * getopt_long(3) */
#pragma once

#include "cli/subcommands.h"
#include "common/error.h"

#include <stdio.h>

/* Prints how to call the subcommand, and what it does. */
void usage_print_head(const struct cli_subcommand *subcommand, FILE *out);

/* Prints the options that are no settings of a launch. */
void usage_print_options(const struct cli_subcommand *subcommand, FILE *out);

/* Prints what stands behind the options, if there is anything. */
void usage_print_tail(const struct cli_subcommand *subcommand, FILE *out);

/* All of that, and the options between. */
void usage_print(const struct cli_subcommand *subcommand, FILE *out);

/* Prints how to call each subcommand of the command, and what each does. */
void usage_print_command(const char *command, FILE *out);

/* Called for each option: `id` is the row's, `value` is NULL for a flag. 0, or -1 with err. */
typedef int usage_option_fn(int id, const char *value, void *context, struct error *err);

/* Returned after --help was printed on standard output. */
#define USAGE_HELP 0

/* Reads the options of argv[1…]; argv[0] is the subcommand's name. Option names cannot be shortened. If no command
 * follows, options may stand anywhere, and the other arguments are moved after them. Returns the index of the first
 * other argument, USAGE_HELP, or -1. */
int usage_read(const struct cli_subcommand *subcommand, int argc, char **argv, usage_option_fn *read, void *context,
	struct error *err);
