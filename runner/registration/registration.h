/* Registers and deregisters the runner of a slot.
 *
 * Implemented in registration.c and runner/registration/deregister.c. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/registration/record.h"
#include "runner/state/slot_paths.h"

/* Registers a runner as configured, with its files in the slot's root: by a given JIT configuration, by one from the
 * API (PAT, ephemeral), or by config.sh. Writes the record before each call that may register the runner and after its
 * answer. 0, -1, or REGISTRATION_REFUSED (runner/registration/api.h). After a failure `record` may name a runner to
 * deregister; record->key is "" if there is none. */
int registration_make(
	struct supervisor *supervisor, const struct slot_paths *paths, struct record *record, struct error *err);

/* Fills id and name from the runner's own file in the slot's root. -1 if the file does not exist or lacks them. */
int registration_recall(int rootfd, struct record *record, struct error *err);

enum registration_state {
	REGISTRATION_GONE,    /* GitHub does not list the runner; record->id is 0 if it never did */
	REGISTRATION_UNKNOWN, /* this credential can neither deregister nor find the runner: left to the runner's
				 creator */
	REGISTRATION_LEFT,    /* registered, or not known to be gone (record->id is 0): the record stays */
};

/* Deregisters the runner within `bound_ns`, and removes the record unless the runner is left. Waits for a registration
 * without an answer until GitHub can no longer carry it out. `after_job`: an ephemeral runner that had its job and
 * deregisters itself. */
enum registration_state registration_end(struct supervisor *supervisor, const struct slot_paths *paths,
	struct record *record, bool after_job, int64_t bound_ns, struct error *err);

/* Sends one DELETE as administrator, where that may work, for a registration that registration_end() is to end in a
 * moment with others: so one list of GitHub's shows of all of them that they are gone. 1 (HTTP 204): it is
 * noted in the record, for registration_end(). 0; -1: GitHub cannot be asked now. */
int registration_delete_ahead(struct supervisor *supervisor, struct record *record, int64_t bound_ns);

/* Sends one DELETE for a persistent runner that is to leave while it may be given a job. 1 (HTTP 204): no job will
 * come, and record->deleted is set. 0 (HTTP 422): the runner has a job. -1: unknown, which includes HTTP 404. With
 * ACCESS_TOKEN or TOKEN. */
int registration_try_delete(struct supervisor *supervisor, struct record *record, int64_t bound_ns, struct error *err);
