/* The files of one job: jobs/ID/ in the state directory, and its work directory. */
#pragma once

#include "common/error.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

#include <jansson.h>
#include <sys/types.h>

struct job_dir {
	char *id;     /* "<slot>-<random>" */
	char *path;   /* $STATE/jobs/ID */
	char *work;   /* the work directory: the same path inside and outside */
	char *outer;  /* what to remove beside `path`: RUNNER_WORKDIR/ID when that is absolute, or NULL */
	char *runner; /* the copy of .runner */
	char *diag;   /* _diag */
	char *report; /* the launcher's */
};

/* Makes them, with a first note of them. job_dir_free() is due also after failure, and job_dir_remove() too. */
int job_dir_make(
	struct job_dir *dir, const struct supervisor *supervisor, const struct slot_paths *paths, struct error *err);

/* Notes which launcher belongs to the job (0: none yet), for a sweep after our own death. */
int job_dir_note(const struct job_dir *dir, const struct state *state, pid_t launcher, struct error *err);

/* Removes all of it within `limit_ns`, then looks: what is still there, or still mounted below it, is added to
 * `residue`, an array of strings. */
void job_dir_remove(const struct job_dir *dir, int64_t limit_ns, json_t *residue);

/* The same, but within `quick_ns`: what takes longer is set aside (runner/trash.h) where it can be, and its path added
 * to `removing`: it is still there. Else it is removed here and now, within two minutes. */
void job_dir_end(
	const struct job_dir *dir, const struct state *state, int64_t quick_ns, json_t *residue, json_t *removing);
#define JOB_DIR_QUICK_NS (INT64_C(3) * 1000000000)

/* Of a job that was set aside: fills path and outer of `dir`. */
int job_dir_recall_set_aside(struct job_dir *dir, const struct state *state, const char *id, struct error *err);

/* What job_dir_note() wrote for the job `id`: ends its launcher if that still runs. Fills path and outer of `dir`. */
int job_dir_recall(struct job_dir *dir, const struct state *state, const char *id, int64_t limit_ns, struct error *err);

void job_dir_free(struct job_dir *dir);
