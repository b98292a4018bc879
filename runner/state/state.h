/* The supervisor's own directory, mode 0700:
 *   lock                     held while a supervisor runs
 *   slots/N/root             the Listener's root: .runner, .credentials*, _diag, _work
 *   slots/N/socket           the directory that the listener sandbox sees as /run/cofferdam
 *   jobs/ID                  one job: work/RUNNER_WORKDIR, _diag, .runner, job.json, the launcher's report
 *   reports/ID.json          what is kept of it
 *   registrations/KEY.json   runners that are to be deregistered
 *   worker-KEY/Runner.Worker the execute-only copy, see dist.h
 *   closed                   what stands in place of what a Worker trusts, see worker_trust.h
 */
#pragma once

#include "common/error.h"

#include <stdbool.h>

struct state {
	char *dir; /* real path */
	int dirfd;
	int lockfd; /* -1: not held */
};

/* Makes what is missing. Refuses a directory that is another user's or that others can write.
 * state_close() is due also after failure. */
int state_open(struct state *state, const char *dir, struct error *err);

/* Takes the lock. When another supervisor has it, the error names its process. */
int state_lock(struct state *state, struct error *err);

void state_close(struct state *state);

/* Makes "a/b/c" below `dirfd`, each mode 0700, whatever the umask. */
int make_directories(int dirfd, const char *path, struct error *err);
