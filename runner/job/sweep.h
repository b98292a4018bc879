/* Sweeps leftovers of jobs after a kill, with the functions shared by all sweeps. runner/sweep.h */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"

#include <jansson.h>
#include <stdbool.h>

#define SWEEP_ALL 0

struct sweeping {
	struct supervisor *supervisor;
	unsigned slot;                     /* or SWEEP_ALL */
	bool left;                         /* something is left, and was logged */
	json_t *deleted;                   /* by the file of its record: when GitHub carried out a DELETE; not owned */
	unsigned registrations;            /* how many there are to be ended together */
	bool in_use[CONFIG_SLOTS_MAX + 1]; /* slots with a process that did not end: their files are kept */
};

typedef void sweep_each(struct sweeping *sweeping, int dirfd, const char *name);

/* Sweeps the leftovers of a job, by its name in jobs/. */
void sweep_job(struct sweeping *sweeping, int dirfd, const char *name);

/* Sweeps the leftovers of a slot's jobs. A running slot may call this itself while none of its jobs runs. */
void sweep_jobs(struct supervisor *supervisor, unsigned slot);

/* Calls `each` for every entry that belongs to the slot in this directory of the state. */
void sweep_for_each(struct sweeping *sweeping, const char *directory, sweep_each *each);

/* Returns the slot in "<slot>…", or 0 if there is none. */
unsigned sweep_slot_of(const char *name);

/* Logs the error that left something behind. */
void sweep_failed(struct sweeping *sweeping, struct error *err);

/* Logs the residue of `name`; `of` is its kind, "job" or "slot". */
void sweep_log_residue(struct sweeping *sweeping, const char *of, const char *name, const json_t *residue);
