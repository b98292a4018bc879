/* Metrics in the text format of Prometheus, version 0.0.4, from the journal.
 *
 * Names that begin with gha_ are those of GitHub's Actions Runner Controller, where what is counted is the same. Sums
 * come from the journal's totals, so they go on after a restart and never back. Labels that a workflow's author chooses
 * are bounded: runner/journal/totals.h. prometheus.io/docs/instrumenting/exposition_formats */
#pragma once

#include "common/error.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What is no journal's: -1 is not known. */
struct host_level {
	int64_t state_free;       /* bytes, on the file system of the state directory */
	int64_t memory_available; /* bytes */
	double load;              /* of the last minute */
};

/* Prints all metrics. 0, or -1 with err: what is printed then is not complete. */
int text_print(FILE *out, sqlite3 *db, const struct host_level *host, struct error *err);

/* Prints a label's value without its quotes: backslash, quote and newline escaped. */
void text_label(FILE *out, const char *value);
