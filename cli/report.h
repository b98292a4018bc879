/* The report of one run: JSON, `--report FILE`; and the list of changes, `--changes FILE`, which is written the same
 * way. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome.h"

/* Where it goes: a file beside the target that replaces it in the end, so that a reader sees the old report or the new
 * one, never half of one; or standard output, where path is NULL. */
struct report {
	const char *what; /* "report", "changes": for errors */
	const char *path;
	const char *name; /* the last component of path */
	char *temporary;  /* beside it */
	int dirfd;        /* of the directory of both */
	int fd;
};

/* Makes sure, before anything runs, that the report can be written: `path` is plan->report or plan->changes, or NULL.
 * With a plan, a path is refused that leads through what the job can write, whatever its names are: the job could put a
 * report of its own in the place of ours. plan_resolve() has compared the names. */
int report_open(struct report *report, const struct plan *plan, const char *what, const char *path, struct error *err);

/* Writes it. `failure` is the text of what kept the launcher from running the command, or NULL. */
int report_write(struct report *report, const struct plan *plan, const struct outcome *outcome, const char *failure,
	struct error *err);

/* Writes the list of changes where there is one; otherwise says why not. */
int report_changes(struct report *report, const struct outcome *outcome, struct error *err);

/* Removes what is left of a report that was not written. */
void report_close(struct report *report);
