/* Enforces the disk limit on the workspace and every other directory of the host that the job may write.
 *
 * One limit covers all: the workspace's content counts, and the others may grow by the rest. A user can set no quota
 * there, and the free space of a file system that others share says nothing about one job: so what lies in them is
 * counted again and again by a process of its own, in the sandbox's user namespace, where it can read what the job has
 * made unreadable. When it is too much while the job stands still, the job is killed at once. It counts at least every
 * second (or every ten times as long as one count takes), and as soon as the file system has lost half of what the job
 * has left; it uses no more than half of one CPU. A job that runs can move its files out of the way of a count, or
 * into it. So the job is held still for one when the count before was too much, or when the file system has lost half
 * of what it had left at the last of that kind: frozen where it has a cgroup (there every 30 seconds in any case),
 * else by SIGSTOP. When it has ended, there is one more.
 * Runs in: launcher, PID 1, command, helper */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/disk/trees.h"
#include "sandbox/watch/watch.h"

/* Whether there is anything to watch: a limit (`bytes`, 0: none), and what it is for. */
bool disk_is_watched(const struct plan_root *root, uint64_t bytes);

/* What there was before the job. */
struct disk_start {
	struct disk_trees trees;    /* opened once: their names are the job's to change afterwards */
	struct room base;           /* in them, beside the workspace: all may grow by the limit, not to it */
	struct room limit;          /* disk_limit(): what all of them may hold */
	struct room room;           /* on their file systems */
	bool closed_command;        /* given: sandbox/disk/nameless.h */
	struct timespec layer_made; /* when the directory of a layer on disk was; 0: there is none */
	struct room whole;          /* that, and what is stored, with all that is mounted below */
};

/* While the job runs: the process that counts. */
struct disk_watch {
	const struct disk_start *start;
	pid_t counter; /* 0: none */
	int pipe;      /* from it; -1 */
	bool held;     /* the cgroup is frozen for it */
};

/* Before the launch, for the limit of `bytes` and the workspace (NULL: none of the caller's), while a signal still ends
 * us: an error when the workspace holds too much already, counting takes too long, or a job without a cgroup could not
 * be held still. `layer` is the directory of a layer on disk, or -1, and `made` when it was; without a limit it is
 * counted at the end alone. disk_start_close() is due also after failure. */
int disk_check(const struct plan_root *root, const char *workspace, uint64_t bytes, bool in_cgroup, int layer,
	const struct timespec *made, struct disk_start *start, struct outcome *outcome, struct error *err);
void disk_start_close(struct disk_start *start);

/* Afterwards, in the sandbox's user namespace: what is there in the end, and whether it is too much, into the outcome.
 * After a signal it waits for `grace_ns` at most. */
int disk_measure(const struct disk_start *start, const struct watch *watch, int64_t grace_ns, struct error *err);

/* Starts the process that counts, when the user namespace has been handed over. `disk` is where it is until
 * disk_watch_end(), which is due also after failure, and where nothing was started; a second one does nothing. It knows
 * PID 1 by its number: it has to end before that one is reaped. */
int disk_watch(struct disk_watch *disk, struct watch *watch, struct error *err);
void disk_watch_end(struct disk_watch *disk);
