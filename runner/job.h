/* One job in its own sandbox, from the sandbox that is prepared for it to the look at what is left. */
#pragma once

#include "common/error.h"
#include "runner/ending.h"
#include "runner/handover.h"
#include "runner/job_dir.h"
#include "runner/launcher.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"
#include "runner/verdict.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct job {
	bool prepared; /* its sandbox is there, and no shim yet */
	bool active;   /* it runs */
	struct job_dir dir;
	pid_t launcher;
	int start;                   /* a byte here starts it */
	int ends[HANDOVER_FD_COUNT]; /* of its pipes, for the shim */
	int shim;                    /* the connection */
	enum job_end end;
	struct ending ending;
	int64_t start_ns;
};

/* Makes the job's files and starts its launcher, which sets everything up and waits. On failure nothing is left. */
int job_prepare(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths, struct error *err);

/* Starts what was prepared. On failure it has ended meanwhile. */
int job_start(const struct job *job, struct error *err);

/* Gives the shim its ends of the pipes; the connection becomes the job's, which is active from here on. On failure the
 * shim is gone, and the job still to be discarded. */
int job_connect(struct job *job, int shim, struct error *err);

/* Ends a sandbox that no shim has got, and removes the job's files. `others` are children of ours that live on. */
void job_discard(struct job *job, const pid_t others[], unsigned n_others);

/* What the launcher of a sandbox that was prepared has said before it ended: a line, "" when it said nothing. */
void job_complaint(const struct job *job, char *text, size_t size);

/* Ends it, for the reason `end`. The launcher's exit follows. */
void job_kill(struct job *job, sd_event *event, enum job_end end);

/* After the launcher's exit (`status` as of waitpid(2)): reaps what it left, removes the job's files, looks, writes
 * reports/ID.json, logs one line, tells the shim. `others` are children of ours that live on. */
void job_finish(struct job *job, struct supervisor *supervisor, const char *runner, int status, const pid_t others[],
	unsigned n_others);

/* What of the distribution a job cannot read. dist_closed_free() is due also after failure. */
int job_programs(const struct supervisor *supervisor, struct dist_closed *closed, struct error *err);

/* The job's command line: also for the check at the start, with another command. Adds everything before "--". */
void job_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct job_dir *dir,
	const struct dist_closed *closed);
