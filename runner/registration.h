/* A slot's runner at GitHub: how it comes into being, and how it goes. */
#pragma once

#include "common/error.h"
#include "runner/record.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

/* Registers a runner as the configuration says, with its files in the slot's root: by a JIT configuration that was
 * given or that the API makes (PAT, ephemeral), or by config.sh. The record is written before and after. On failure
 * `record` may still name what has to be deregistered; record->key is "" when there is nothing. */
int registration_make(
	struct supervisor *supervisor, const struct slot_paths *paths, struct record *record, struct error *err);

enum registration_state {
	REGISTRATION_GONE,    /* and looked at, where the credential can look */
	REGISTRATION_UNKNOWN, /* this credential can neither deregister nor look */
	REGISTRATION_LEFT,    /* not deregistered; the record stays for the next start */
};

/* Deregisters within `bound_ns`, and removes the record unless the runner is left. `after_job`: an ephemeral runner
 * that had its job, which deregisters itself. */
enum registration_state registration_end(struct supervisor *supervisor, const struct slot_paths *paths,
	struct record *record, bool after_job, int64_t bound_ns, struct error *err);

/* For a persistent runner that is to leave while it may be given a job: one DELETE. 204 and 404 return 1: no job will
 * come any more. 422: 0, it has one. -1: not known. Only with ACCESS_TOKEN. */
int registration_try_delete(
	struct supervisor *supervisor, const struct record *record, int64_t bound_ns, struct error *err);
