/* The disk limit on a workspace of the caller's. A user can set no quota there, and the free space of a file system
 * that others share says nothing about one job: so what lies in the workspace is counted again and again by a process
 * of its own, in the sandbox's user namespace, where it can read what the job has made unreadable. When it is too much,
 * the job is killed at once. It counts at least every second (or every ten times as long as one count takes), and as
 * soon as the file system has lost half of what the job has left; it uses no more than half of one CPU. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/supervise.h"

/* Whether the plan asks for it. */
bool disk_is_watched(const struct plan *plan);

/* Before the launch: an error when the workspace holds too much already. */
int disk_check(const struct plan *plan, struct error *err);

/* Afterwards: what is there in the end, into the outcome. */
void disk_measure(const struct plan *plan, struct outcome *outcome);

/* Starts the watcher, when the user namespace has been handed over. */
int disk_watch(struct watch *watch, struct error *err);
