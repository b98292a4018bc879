/* What the policy subcommands that read a seccomp policy have in common: for whom it is read, and where output goes. */
#pragma once

#include "common/error.h"
#include "policy/seccomp.h"

#include <stdbool.h>
#include <stdio.h>

#define POLICY_FOUND 1

struct policy_options {
	struct seccomp_context context;
	const char *output;   /* -o FILE; NULL: standard output */
	const char *format;   /* --format */
	const char *table;    /* --table */
	bool json;            /* --json */
	const char *accepted; /* which of "oftj" the subcommand takes, by their first letters; set by the caller */
};

/* Reads the options, which may stand anywhere, and moves the other arguments behind them. Returns the index of the
 * first of those in argv, 0 when help was printed, or -1. */
int policy_options_read(int argc, char **argv, const char *usage, struct policy_options *options, struct error *err);

/* Opens the output: a temporary file beside it, or standard output. */
FILE *policy_output_open(const struct policy_options *options, char **temporary, struct error *err);

/* Writes out what is left and puts the file in its place. */
int policy_output_close(const struct policy_options *options, FILE *out, char *temporary, struct error *err);
