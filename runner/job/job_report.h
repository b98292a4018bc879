/* reports/ID.json: the launcher's report, and what the supervisor saw. */
#pragma once

#include "common/error.h"
#include "runner/state.h"
#include "runner/verdict.h"

#include <jansson.h>
#include <stdint.h>

struct job_summary {
	const char *id;
	const char *runner; /* its name */
	const struct verdict *verdict;
	int64_t duration_ns; /* from the hand-over to the end of the removal */
	unsigned orphans;    /* processes that the launcher left to us */
	json_t *residue;     /* what is left; not owned */
	json_t *removing;    /* what is left too, but is being removed; not owned */
};

/* Writes it: the launcher's report (NULL when there is none) with "job", and the residue of both together. Keeps the
 * 100 newest. */
int job_report_write(
	const struct state *state, const struct job_summary *summary, const json_t *launcher, struct error *err);

/* Logs the job's one line. */
void job_report_log(const struct job_summary *summary, const json_t *launcher);
