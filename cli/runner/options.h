/* Reads the options of a subcommand of cofferdam-runner, from its row in cli/subcommands.c. */
#pragma once

#include "cli/usage.h"
#include "common/error.h"

/* argv[0] is the subcommand's name, `path` that of its row. Calls `read` for each option; `value` is NULL for a flag.
 * If the row has an operand, it is called for that too, with id 0. 0, or -1. */
int runner_read_options(
	const char *path, int argc, char **argv, usage_option_fn *read, void *context, struct error *err);
