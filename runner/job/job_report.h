/* reports/ID.json: the launcher's report with the supervisor's findings. */
#pragma once

#include "common/error.h"
#include "runner/job/verdict.h"
#include "runner/state/state.h"
#include "runner/worker/subject.h"

#include <jansson.h>
#include <stdint.h>

struct job_summary {
	const char *id;
	const char *label; /* for log lines: the id, and whose it is */
	const struct subject *subject;
	const char *runner; /* its name */
	const struct verdict *verdict;
	int64_t duration_ns;     /* from the hand-over to the end of the removal, without held_ns */
	int64_t held_ns;         /* how long it was held after it had failed */
	const char *released_by; /* why no longer; NULL: it was not held */
	int64_t ended_ns;        /* when the launcher's end was noticed (CLOCK_MONOTONIC) */
	unsigned orphans;        /* processes that the launcher left to us */
	json_t *residue;         /* leftovers; not owned */
	json_t *removing;        /* leftovers that are being removed; not owned */
	const char *missing;     /* why there is no report of the launcher's, or NULL */
};

/* Writes the launcher's report (or NULL) with "job" and the residue of both. Keeps the 100 newest reports. */
int job_report_write(
	const struct state *state, const struct job_summary *summary, const json_t *launcher, struct error *err);

/* Adds the job's end to the journal. */
void job_report_journal(const struct state *state, const struct job_summary *summary, const json_t *launcher);

/* Logs one line about the job. */
void job_report_log(const struct job_summary *summary, const json_t *launcher);
