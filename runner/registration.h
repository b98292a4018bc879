/* A slot's runner at GitHub: how it comes into being, and how it goes. */
#pragma once

#include "common/error.h"
#include "runner/record.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

/* Registers a runner as the configuration says, with its files in the slot's root: by a JIT configuration that was
 * given or that the API makes (PAT, ephemeral), or by config.sh. The record is written before each call that may
 * register and after its answer. 0, -1, or REGISTRATION_REFUSED (runner/registration_api.h). On failure `record` may
 * still name what has to be deregistered; record->key is "" when there is nothing. */
int registration_make(
	struct supervisor *supervisor, const struct slot_paths *paths, struct record *record, struct error *err);

/* What the runner's own file says of it, in the slot's root: fills id and name. -1: there is no such file, or it does
 * not say. */
int registration_recall(int rootfd, struct record *record, struct error *err);

enum registration_state {
	REGISTRATION_GONE,    /* GitHub does not list it; record->id is 0 when it never did */
	REGISTRATION_UNKNOWN, /* this credential can neither deregister nor look: the runner is its maker's */
	REGISTRATION_LEFT,    /* registered, or not known to be gone (record->id is 0): the record stays */
};

/* Deregisters within `bound_ns`, and removes the record unless the runner is left. A registration whose answer never
 * came is waited for until GitHub cannot carry it out any more. `after_job`: an ephemeral runner that had its job,
 * which deregisters itself. */
enum registration_state registration_end(struct supervisor *supervisor, const struct slot_paths *paths,
	struct record *record, bool after_job, int64_t bound_ns, struct error *err);

/* For a persistent runner that is to leave while it may be given a job: one DELETE. 204 and 404 return 1: no job will
 * come any more. 422: 0, it has one. -1: not known. With ACCESS_TOKEN or TOKEN. */
int registration_try_delete(
	struct supervisor *supervisor, const struct record *record, int64_t bound_ns, struct error *err);
