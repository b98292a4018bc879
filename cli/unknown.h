/* Errors about options and commands that do not exist: each names what was probably meant. */
#pragma once

#include "cli/subcommands.h"
#include "common/error.h"

/* "OPTION: unknown option", with our option for one of another tool, or else the most similar one of the subcommand.
 * `arg` is the argument as given: "--memroy=1G", "-v". Always -1. */
int unknown_option(const struct cli_subcommand *subcommand, const char *arg, struct error *err);

/* "NAME: unknown command". Always -1. */
int unknown_command(const char *name, struct error *err);

/* "COMMAND NAME: unknown subcommand". Always -1. */
int unknown_subcommand(const char *command, const char *name, struct error *err);

/* An option of another tool, and what does here what it does there. */
struct foreign_option {
	const char *name; /* without the dashes; one letter: a short option */
	const char *ours; /* the hint */
};

/* Ends with a NULL name. */
extern const struct foreign_option foreign_options[];
