/* Sums over all jobs that have ended, by labels whose number is bounded.
 *
 * Repositories and workflows are named by those who write them: each name would be a time series for ever. So a
 * repository has labels for PAIRS_OF_REPOSITORY workflows, and all together PAIRS_MAX pairs; whatever comes later
 * counts as workflow "other" of its repository, and beyond REPOSITORIES_MAX repositories as "other" altogether. */
#pragma once

#include "common/error.h"

#include <sqlite3.h>
#include <stdint.h>

#define TOTALS_PAIRS_MAX 200
#define TOTALS_PAIRS_OF_REPOSITORY 20
#define TOTALS_REPOSITORIES_MAX 100
#define TOTALS_OTHER "other"

#define TOTALS_LABEL_SIZE 256

struct totals_labels {
	char repository[TOTALS_LABEL_SIZE], workflow[TOTALS_LABEL_SIZE];
};

/* Upper limits of the buckets of a histogram, in seconds; the last bucket has none. */
#define TOTALS_BUCKETS 13
extern const double totals_run_s[TOTALS_BUCKETS - 1];
extern const double totals_startup_s[TOTALS_BUCKETS - 1];

/* The labels under which a job of this repository and workflow counts; remembers a new pair while there is room. Within
 * a transaction. */
int totals_label(
	sqlite3 *db, const char *repository, const char *workflow, struct totals_labels *labels, struct error *err);

/* Adds the row `id` of jobs, which has ended. Within a transaction. */
int totals_add(sqlite3 *db, const char *id, struct error *err);
