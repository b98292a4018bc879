/* The options of `run`, generated from the table of settings. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Returned when --help was asked for and has been printed on standard output. */
#define OPTIONS_HELP 0

/* Reads argv[1…] up to the COMMAND into a fresh plan: first the profile, then the options in their order. argv[0] is
 * the name of the subcommand. Option names are not to be shortened. Returns the index of COMMAND in argv, OPTIONS_HELP,
 * or -1. The plan is initialised here; plan_free() is due in every case. plan->argv points into argv. */
int options_parse(int argc, char **argv, struct plan *plan, struct error *err);

/* The same for `entrypoint`, whose profile is `entrypoint` unless given. Options that it does not take are read; what
 * was given of them container_resolve() refuses. */
int options_parse_entrypoint(int argc, char **argv, struct plan *plan, struct error *err);

/* The same where no COMMAND is wanted: one is an error. Returns argc, OPTIONS_HELP, or -1. `subcommand` is what the
 * usage line of the help calls it. */
int options_parse_settings(int argc, char **argv, const char *subcommand, struct plan *plan, struct error *err);

/* The value of --user, which counts before anything else is read: points into argv, or NULL where there is none, or
 * where options_parse() will find the options wrong. */
const char *options_user(int argc, char **argv);
