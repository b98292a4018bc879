/* How long the journal keeps the row of a job, and how many rows. Sums over all jobs stay. Pure. */
#pragma once

#include "common/error.h"

#include <stdint.h>

#define JOURNAL_KEEP_NS (INT64_C(90) * 24 * 3600 * 1000000000)
#define JOURNAL_KEEP_ROWS 100000
#define JOURNAL_KEEP_ROWS_MAX 10000000

struct journal_keep {
	int64_t ns;
	uint64_t rows;
};

/* Parses "DURATION", "ROWS" with a comma before it, or both: "30d", ",5000", "30d,5000". What is not given stays. */
int journal_keep_parse(const char *text, struct journal_keep *keep, struct error *err);
