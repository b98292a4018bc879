/* The supervisor's state directory, mode 0700.
 *
 *   lock                     locked while a supervisor runs
 *   control                  the socket of commands: runner/control/server.h
 *   slots/N/root             the Listener's root: .runner, .credentials*, _diag, _work
 *   slots/N/socket           the directory that the listener sandbox sees as /run/cofferdam
 *   jobs/ID                  one job: work, _diag, .runner, hooks, job.json, the launcher's report
 *   jobs/ID/held             its socket, while it is held: runner/hold/place.h
 *   trash/ID                 one job's files that are being removed, see runner/job/trash.h
 *   journal.db               what slots and jobs do and did, see runner/journal/journal.h
 *   reports/ID.json          the report of a job
 *   registrations/KEY.json   runners to be deregistered
 *   worker-KEY/Runner.Worker the execute-only copy, see dist.h
 *   closed                   replacements of what a Worker trusts, see worker_trust.h
 */
#pragma once

#include "common/error.h"

#include <stdbool.h>

struct state {
	char *dir; /* real path */
	int dirfd;
	int lockfd; /* -1: not held */
};

/* Creates missing directories. Refuses a directory that another user owns or that others can write. The caller calls
 * state_close(), also after a failure. */
int state_open(struct state *state, const char *dir, struct error *err);

/* Takes the lock. If another supervisor holds it, the error names its process. */
int state_lock(struct state *state, struct error *err);

void state_close(struct state *state);

/* Creates "a/b/c" below `dirfd`, each with mode 0700, independent of the umask. */
int make_directories(int dirfd, const char *path, struct error *err);
