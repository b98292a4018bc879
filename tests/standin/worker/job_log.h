/* The log of a job: masked, kept in _diag/Worker_<time>-utc.log, sent line by line to the live log, and uploaded: of
 * each step when it ends, of the job at the end. */
#pragma once

#include "common/error.h"
#include "tests/standin/worker/live_log.h"
#include "tests/standin/worker/masks.h"
#include "tests/standin/worker/results.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What is to be uploaded: a byte order mark, and lines with the time before each. */
struct log_text {
	char *data;
	size_t used;
	size_t lost; /* lines that were too much */
};

struct job_log {
	struct masks masks;
	struct results results;
	struct live_log live;
	FILE *diag;
	bool print; /* ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT */
	struct log_text job, step;
	char step_id[37]; /* of the lines that come; empty: none has begun */
	int64_t flush_at_ms;
};

/* Opens the file below <root>/_diag. */
int job_log_open(struct job_log *log, const char *root, struct error *err);

/* The lines that follow are this step's (a UUID). */
void job_log_begin_step(struct job_log *log, const char *id);

/* Uploads the step's log. */
void job_log_end_step(struct job_log *log);

/* Uploads the job's log, once. */
void job_log_upload(struct job_log *log);

/* Adds one line. The line has no newline. */
void job_log_line(struct job_log *log, const char *line);
void job_log_print(struct job_log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Notes in the file alone what went wrong with the service. */
void job_log_failed(struct job_log *log, const struct error *err);

/* Sends what is waiting for the live log when a moment has passed or it is much; with `all` in any case. */
void job_log_flush(struct job_log *log, bool all);

void job_log_close(struct job_log *log);
