/* The disk limit on a workspace of the caller's, and on every other directory of the host that the job may write: one
 * limit for all, of which the workspace's own content is a part, and the others may grow by what is left. A user can
 * set no quota there, and the free space of a file system
 * that others share says nothing about one job: so what lies in them is counted again and again by a process
 * of its own, in the sandbox's user namespace, where it can read what the job has made unreadable. When it is too much
 * while the job stands still, the job is killed at once. It counts at least every second (or every ten times as long as
 * one count takes), and as soon as the file system has lost half of what the job has left; it uses no more than half of
 * one CPU. A job that runs can move its files out of the way of a count, or into it. So the job is held still for one
 * when the count before was too much, or when the file system has lost half of what it had left at the last of that
 * kind: frozen where it has a cgroup (there every 30 seconds in any case), else by SIGSTOP. When it has ended, there is
 * one more. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/disk_trees.h"
#include "sandbox/supervise.h"

/* Whether the plan asks for it. */
bool disk_is_watched(const struct plan *plan);

/* What there was before the job. */
struct disk_start {
	struct disk_trees trees; /* opened once: their names are the job's to change afterwards */
	struct room base;        /* in them, beside the workspace: all may grow by the limit, not to it */
	struct room room;        /* on their file systems */
	struct room whole;       /* that, and what is stored, with all that is mounted below */
};

/* Before the launch, while a signal still ends us: an error when the workspace holds too much already, counting takes
 * too long, or a job without a cgroup could not be held still. disk_start_close() is due also after failure. */
int disk_check(
	const struct plan *plan, bool in_cgroup, struct disk_start *start, struct outcome *outcome, struct error *err);
void disk_start_close(struct disk_start *start);

/* Afterwards, in the sandbox's user namespace: what is there in the end, and whether it is too much, into the outcome.
 */
int disk_measure(const struct watch *watch, struct error *err);

/* Starts the watcher, when the user namespace has been handed over. */
int disk_watch(struct watch *watch, struct error *err);
