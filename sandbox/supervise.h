/* Supervises a running command: waits for PID 1, forwards signals, keeps the time limit, kills.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/disk/disk.h"
#include "sandbox/filter/notify.h"
#include "sandbox/process/stdio.h"
#include "sandbox/terminal/terminal.h"
#include "sandbox/watch/watch.h"

/* One job: the loop, and what those have who are called from it. */
struct supervision {
	const struct plan *plan;
	struct watch watch;
	struct disk_watch disk;
	struct notify *notify;      /* NULL: nobody tells of denied calls (yet) */
	struct refusal_scope scope; /* what else refuses calls, where all is to be explained */
	struct terminal *terminal;  /* the job's, while it has one */
	struct stdio *stdio;        /* the caller's descriptors */
};

/* Opens the timer and the signals and makes the table with the sources that every job has. supervise_end() is due also
 * after failure; it closes all four descriptors. */
int supervise_begin(struct supervision *job, struct error *err);
void supervise_end(struct supervision *job);

/* Returns when PID 1 has died, and with it every process of its namespace: the kernel lets PID 1 be waited for only
 * after all others are gone (zap_pid_ns_processes). Reaps it. What it said is collected in job->watch.received;
 * outcome->ended_by becomes why we ended it, where we did. `prepared` < 0: something went wrong on the
 * way here, `err` says what: the job is killed at once. */
int supervise(struct supervision *job, int prepared, struct error *err);
