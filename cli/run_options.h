/* The options of `run`, generated from the table of settings. */
#pragma once

#include "cli/usage.h"
#include "common/error.h"
#include "policy/plan.h"

/* Returned after --help was printed on standard output. */
#define OPTIONS_HELP 0

/* Reads argv[1…] up to the COMMAND into a new plan: first the profile, then the options in their order. argv[0] is the
 * name of the subcommand. Option names cannot be shortened. Returns the index of COMMAND in argv, OPTIONS_HELP, or -1.
 * Initialises the plan; the caller calls plan_free() in every case. plan->command.argv points into argv. */
int options_parse(int argc, char **argv, struct plan *plan, struct error *err);

/* The same for `entrypoint`, whose default profile is `entrypoint`. Also reads options that entrypoint does not take;
 * container_resolve() refuses them. */
int options_parse_entrypoint(int argc, char **argv, struct plan *plan, struct error *err);

/* The same without a COMMAND, which is an error. A subcommand whose operand is a shipped NAME takes that of the profile
 * between the options. Returns argc, OPTIONS_HELP, or -1. `subcommand` is a path such as "policy show"; `own` (or NULL)
 * is called for each of its options that is no setting. */
int options_parse_settings(int argc, char **argv, const char *subcommand, usage_option_fn *own, void *context,
	struct plan *plan, struct error *err);

/* Returns the value of --user, which is required before anything else is read. Points into argv; NULL if there is none
 * or if options_parse() will refuse the options. */
const char *options_user(int argc, char **argv, const char *subcommand);
