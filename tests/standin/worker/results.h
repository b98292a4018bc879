/* The results service: states of steps, and logs as blobs. Best effort, as in the official runner: a failure is not the
 * job's. */
#pragma once

#include "common/error.h"

#include <jansson.h>

struct results {
	char *url;                                    /* with a slash at its end; NULL: there is none */
	const char *authorization, *plan_id, *job_id; /* borrowed */
};

/* Uploads `text` as the log of a step (a UUID) or, with NULL, of the job. */
int results_log(const struct results *results, const char *step, const char *text, struct error *err);

/* Uploads the summary of a step. */
int results_summary(const struct results *results, const char *step, const char *text, struct error *err);

/* Says how a step goes: {external_id, number, name, status, conclusion, started_at, completed_at}, consumed. */
int results_step(const struct results *results, json_t *step, struct error *err);
