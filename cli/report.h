/* Writes the report of a run (JSON, `--report FILE`) and the list of changes (`--changes FILE`). */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

/* The output: a temporary file that replaces the target at the end, so that a reader sees the old or the new report,
 * never a partial one; or, if path is NULL, what standard output was. REPORT_NONE before. */
struct report {
	const char *what; /* "report", "changes": for errors */
	const char *path;
	const char *name; /* the last component of path */
	char *temporary;  /* the temporary file's name; NULL: it has none, and a crash leaves nothing (O_TMPFILE) */
	int dirfd;        /* the directory of both */
	int fd;
};

#define REPORT_NONE                   \
	(struct report)               \
	{                             \
		.dirfd = -1, .fd = -1 \
	}

/* Where the plan's report goes to standard output, the report has that to itself: what the command prints there, and
 * the launcher, goes to standard error from now on. Before descriptors 0-2 are looked at for the job. */
int report_divert(struct report *report, const struct plan *plan, struct error *err);

/* Checks, before anything runs, that the report can be written. `path` is plan->report, plan->changes or NULL. With a
 * plan, refuses a path through directories that the job can write, by whatever name: the job could replace the report.
 * plan_resolve() has compared the names. */
int report_open(struct report *report, const struct plan *plan, const char *what, const char *path, struct error *err);

/* Writes the report. On standard output, a reader that does not read for some seconds is an error, and so is a signal
 * that ends a launcher meanwhile. Signals are blocked, as launch() leaves them. `failure` says why the launcher did not
 * run the command, or is NULL. */
int report_write(struct report *report, const struct plan *plan, const struct outcome *outcome, const char *failure,
	struct error *err);

/* Writes the report of a launch that is refused before it begins: nothing of it was set up, so there is no member about
 * that. `why` is the error's text. */
int report_write_refusal(struct report *report, const struct plan *plan, const char *why, struct error *err);

/* Writes the list of changes; if there is none, the error says why. */
int report_changes(struct report *report, const struct outcome *outcome, struct error *err);

/* Removes the temporary file of a report that was not written. */
void report_close(struct report *report);
