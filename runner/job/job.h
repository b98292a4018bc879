/* A job in its own sandbox, from preparing the sandbox to checking for residue. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/job/handover.h"
#include "runner/job/job_dir.h"
#include "runner/job/verdict.h"
#include "runner/launch/ending.h"
#include "runner/launch/launcher.h"
#include "runner/state/slot_paths.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct job {
	bool prepared; /* the sandbox waits for a shim */
	bool active;   /* the job runs */
	struct job_dir dir;
	pid_t launcher;
	int start;                   /* a byte here starts the job */
	int ends[HANDOVER_FD_COUNT]; /* the shim's ends of the job's pipes */
	int shim;                    /* the connection; -1: it has been told how the job ended */
	int hold;                    /* what holds the job if it fails, in its sandbox; -1: there is none */
	enum job_end end;
	struct ending ending;
	int64_t start_ns;
	int64_t held_ns;         /* since when it is held; 0: it is not */
	const char *released_by; /* why it is not held any more, or NULL */
	struct subject subject;  /* of an active one */
	char *label;             /* "ID (OWNER/NAME)", for log lines */
};

/* What log lines call it: the id, and once it is active, whose it is. */
const char *job_label(const struct job *job);

/* Creates the job's files and starts its launcher, which sets up the sandbox and waits. A failure leaves nothing. */
int job_prepare(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths, struct error *err);

/* Starts the job in the prepared sandbox. Fails if the sandbox has ended meanwhile. */
int job_start(const struct job *job, struct error *err);

/* Passes the shim its ends of the pipes. The job takes over the connection and is active from here on. After a failure
 * the shim is gone, and the caller discards the job. */
int job_connect(struct job *job, int shim, const struct subject *subject, struct error *err);

/* Ends a prepared sandbox that got no shim, and removes the job's files. `others` are children of ours that live on. */
void job_discard(struct job *job, const pid_t others[], unsigned n_others);

/* Copies the line that the launcher of a prepared sandbox printed before it ended, or "". */
void job_complaint(const struct job *job, char *text, size_t size);

/* Reports a job that has failed, and whose sandbox is held from here on. */
void job_hold(struct job *job);

/* Ends the job for the reason `end`. The launcher's exit follows. */
void job_kill(struct job *job, sd_event *event, enum job_end end);

/* Called after the launcher's exit, with its `status` of waitpid(2): tells the shim, unless it knows, reaps leftover
 * processes, removes the job's files, checks for residue, writes reports/ID.json and logs one line. `others` are
 * children of ours that live on. */
void job_finish(struct job *job, struct supervisor *supervisor, const char *runner, int status, const pid_t others[],
	unsigned n_others);

/* Prepares the programs that a job cannot read. The caller calls dist_closed_free(), also after a failure. */
int job_programs(const struct supervisor *supervisor, struct dist_closed *closed, struct error *err);

/* Adds the job's command line up to "--". The check at the start uses it with another command. -1 with err. */
int job_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct job_dir *dir,
	const struct dist_closed *closed, struct error *err);
