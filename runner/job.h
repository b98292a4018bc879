/* One job in its own sandbox, from the shim's hello to the look at what is left. */
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
	bool active;
	struct job_dir dir;
	int shim; /* the connection */
	pid_t launcher;
	enum job_end end;
	struct ending ending;
	int64_t start_ns;
};

/* Makes the job's files and starts its sandbox. `shim` becomes the job's; `fds` stay the caller's. On failure the shim
 * has been told, nothing is left, and the job is not active. */
int job_start(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths, int shim,
	const int fds[HANDOVER_FD_COUNT], struct error *err);

/* Ends it, for the reason `end`. The launcher's exit follows. */
void job_kill(struct job *job, sd_event *event, enum job_end end);

/* After the launcher's exit (`status` as of waitpid(2)): reaps what it left, removes the job's files, looks, writes
 * reports/ID.json, logs one line, tells the shim. `others` are children of ours that live on. */
void job_finish(struct job *job, struct supervisor *supervisor, const char *runner, int status, const pid_t others[],
	unsigned n_others);

/* The job's command line: also for the check at the start, with another command. Adds everything before "--". */
void job_sandbox(
	struct launch *launch, const struct supervisor *supervisor, const struct job_dir *dir, const char *worker);
