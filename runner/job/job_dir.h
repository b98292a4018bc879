/* The files of one job: jobs/ID/ in the state directory, and its work directory. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/state/slot_paths.h"

#include <jansson.h>
#include <sys/types.h>

struct job_dir {
	char *id;     /* "<slot>-<random>" */
	char *path;   /* $STATE/jobs/ID */
	char *work;   /* the work directory on the host; in the sandbox it is world.work, the same for every job */
	char *outer;  /* to remove besides `path`: RUNNER_WORKDIR/ID if that is absolute, or NULL */
	char *runner; /* the copy of .runner */
	char *diag;   /* _diag */
	char *report; /* the launcher's */
};

/* Creates the files and a first note of them. The caller calls job_dir_remove() and job_dir_free(), also after a
 * failure.
 */
int job_dir_make(
	struct job_dir *dir, const struct supervisor *supervisor, const struct slot_paths *paths, struct error *err);

/* Records the job's launcher (0: none yet), for a sweep after our own death. */
int job_dir_note(const struct job_dir *dir, const struct state *state, pid_t launcher, struct error *err);

/* Removes the files within `limit_ns`, then adds remaining files and mounts to `residue`, an array of strings. */
void job_dir_remove(const struct job_dir *dir, int64_t limit_ns, json_t *residue);

/* The same within `quick_ns`. If that is too short, sets the files aside (runner/job/trash.h) and adds their path to
 * `removing`, since they still exist. If they cannot be set aside, removes them here within two minutes, or until a
 * stop: then they are set aside in any case. */
void job_dir_end(
	const struct job_dir *dir, const struct state *state, int64_t quick_ns, json_t *residue, json_t *removing);
#define JOB_DIR_QUICK_NS (INT64_C(3) * 1000000000)

/* Fills path and outer of `dir` for a job whose files were set aside. */
int job_dir_recall_set_aside(struct job_dir *dir, const struct state *state, const char *id, struct error *err);

/* Reads the note of job_dir_note() for the job `id` and ends its launcher if that still runs. Fills path and outer of
 * `dir`. */
int job_dir_recall(struct job_dir *dir, const struct state *state, const char *id, int64_t limit_ns, struct error *err);

void job_dir_free(struct job_dir *dir);
