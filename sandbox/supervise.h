/* The launcher's side while the command runs: waits for PID 1, hands signals on, keeps the time limit, kills. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup.h"
#include "sandbox/kept.h"
#include "sandbox/message.h"
#include "sandbox/outcome.h"
#include "sandbox/seen.h"
#include "sandbox/stdio.h"
#include "sandbox/usage.h"

struct watch;
struct disk_start; /* sandbox/disk.h */

/* Called when the descriptor of a source is ready, with what poll(2) saw. < 0 ends the job: we cannot watch it. */
typedef int watch_fn(struct watch *watch, int fd, short revents, void *data, struct error *err);

struct watch_source {
	int fd;       /* -1: not watched (any more) */
	short events; /* 0: not now */
	watch_fn *ready;
	void *data;
};

#define WATCH_SOURCES_MAX 14

/* What the child has said, at most one message of each kind; kept when a later one of the kind comes. */
struct told {
	bool starting; /* the command's process got as far as the filter and execve(2) */
	bool going;    /* … and got its byte, in a sandbox that was prepared */
	int withdrawn; /* the signal that came before that */
	bool failed, ended;
	struct message failure, end;
	ino_t pidns; /* 0: it never got that far */
	struct seen_values seen;
	int64_t went_ns; /* when the byte came, on the monotonic clock */
};

/* One job under watch. The caller fills what stands before `timer`, and `disk`. */
struct watch {
	const struct plan *plan;
	pid_t init;
	int pidfd; /* of PID 1 */
	int sock;  /* to the child */
	struct cgroup *cgroup;
	struct outcome *outcome;
	struct told *told;
	struct stdio *stdio;   /* the caller's descriptors */
	int timer;             /* the time limit, then the grace period */
	int signals;           /* those that are handed on */
	struct notify *notify; /* NULL: nobody tells of denied calls (yet) */
	bool stopping;         /* SIGTERM has been sent, the grace period runs */
	bool killed;
	struct terminal *terminal; /* the job's, while it has one */
	struct watch_source sources[WATCH_SOURCES_MAX];
	unsigned n_sources;
	pid_t disk_watcher; /* sandbox/disk.h; 0: none */
	int disk_pipe;      /* from it */
	const struct disk_start *disk;
	bool held;            /* the cgroup is frozen for it */
	int kept[KEPT_COUNT]; /* from the child; the caller sets them to -1 */
};

/* Opens the timer and the signals and makes the table with the sources that every job has. watch_end() is due also
 * after failure; it closes all four descriptors. */
int watch_begin(struct watch *watch, struct error *err);
void watch_end(struct watch *watch);

/* Adds a source to the table, served after those before it. */
int watch_add(struct watch *watch, int fd, short events, watch_fn *ready, void *data, struct error *err);

/* What the sources with this descriptor are asked for from now on; 0: they are left alone. */
void watch_events(struct watch *watch, int fd, short events);

/* Takes every source with this descriptor out of the table. Does not close it. */
void watch_remove(struct watch *watch, int fd);

/* From now on the time that the plan gives the command runs, where it has a limit. */
int watch_limit(struct watch *watch, struct error *err);

/* Kills every process of the job now. */
void watch_kill(struct watch *watch);

/* Returns when PID 1 has died, and with it every process of its namespace: the kernel lets PID 1 be waited for only
 * after all others are gone (zap_pid_ns_processes). Reaps it. What it said is collected in watch->told;
 * outcome->ended_by becomes why we ended it, where we did. `prepared` < 0: something went wrong on the
 * way here, `err` says what: the job is killed at once. */
int supervise(struct watch *watch, int prepared, struct error *err);
