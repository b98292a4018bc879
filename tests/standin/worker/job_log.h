/* The log of a job: masked, sent to the hub in batches, and kept in _diag/Worker_<time>-utc.log. */
#pragma once

#include "common/error.h"
#include "tests/standin/worker/masks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct job_log {
	struct masks masks;
	char *url;                 /* where the batches go; NULL: nowhere */
	const char *authorization; /* borrowed */
	FILE *diag;
	bool print; /* ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT */
	char *batch;
	size_t used;
	size_t lost;
	int64_t flush_at_ms;
};

/* Opens the file below <root>/_diag. */
int job_log_open(struct job_log *log, const char *root, struct error *err);

/* Adds one line. The line has no newline. */
void job_log_line(struct job_log *log, const char *line);
void job_log_print(struct job_log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sends what is waiting when a second has passed or the batch is big; with `all` in any case. */
void job_log_flush(struct job_log *log, bool all);

void job_log_close(struct job_log *log);
