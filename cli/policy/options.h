/* Options and output shared by the subcommands that read a seccomp policy. */
#pragma once

#include "common/error.h"
#include "policy/seccomp/seccomp.h"

#include <stdbool.h>
#include <stdio.h>

#define POLICY_FOUND 1

/* The values of the options of cli/subcommands.c that the subcommand has. */
struct policy_options {
	struct seccomp_context context;
	const char *output; /* -o FILE; NULL: standard output */
	const char *format; /* --format */
	const char *table;  /* --table */
	bool json;          /* --json */
};

/* Reads the options of the subcommand `path`, which may stand anywhere, and moves the other arguments after them.
 * Returns the index of the first other argument, 0 after help was printed, or -1. */
int policy_options_read(int argc, char **argv, const char *path, struct policy_options *options, struct error *err);

/* Opens the output: a temporary file in the same directory, or standard output. */
FILE *policy_output_open(const struct policy_options *options, char **temporary, struct error *err);

/* Flushes the output and renames the temporary file to its final name. */
int policy_output_close(const struct policy_options *options, FILE *out, char *temporary, struct error *err);
