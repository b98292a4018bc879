/* Runs the launcher's loop: one poll(2) for all events while a job runs, and what is known of the job.
 * The loop knows no mechanism: each finds its state by the `data` of its sources.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/watch/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup;
struct watch;

/* Called when the descriptor of a source is ready, with what poll(2) saw. < 0 ends the job: we cannot watch it. */
typedef int watch_fn(struct watch *watch, int fd, short revents, void *data, struct error *err);

struct watch_source {
	int fd;       /* -1: not watched (any more) */
	short events; /* 0: not now */
	watch_fn *ready;
	void *data;
};

#define WATCH_SOURCES_MAX 14

/* What PID 1 has said of the command (MESSAGE_ENDED). */
struct ended {
	int code, value; /* as waitid(2) gives them */
	uint64_t killed; /* processes that it left behind */
};

/* What was received from the child: of each kind of message the first. */
struct received {
	bool starting; /* the command's process got as far as the filter and execve(2) */
	bool going;    /* … and got its byte, in a sandbox that was prepared */
	int withdrawn; /* the signal that came before that */
	bool failed, ended;
	struct message failure;
	struct ended end;
	ino_t pidns; /* 0: it never got that far */
	struct seen_values seen;
	int64_t went_ns; /* when the byte came, on the monotonic clock */
};

/* One job under watch. The first source is the socket to the child: what it says may change what is asked of the
 * others. The caller fills what stands before `timer`. */
struct watch {
	pid_t init;
	int pidfd; /* of PID 1 */
	int sock;  /* to the child */
	struct cgroup *cgroup;
	const struct cgroup *helpers; /* sandbox/cgroup/helpers.h */
	struct outcome *outcome;
	struct received *received;
	int timer;     /* the time limit, then the grace period */
	int signals;   /* those that are handed on */
	bool stopping; /* SIGTERM has been sent, the grace period runs */
	bool killed;
	struct watch_source sources[WATCH_SOURCES_MAX];
	unsigned n_sources;
	int pinned[PINNED_COUNT]; /* from the child; the caller sets them to -1 */
};

/* Adds a source to the table, served after those before it. */
int watch_add(struct watch *watch, int fd, short events, watch_fn *ready, void *data, struct error *err);

/* What the sources with this descriptor are asked for from now on; 0: they are left alone. */
void watch_events(struct watch *watch, int fd, short events);

/* Takes every source with this descriptor out of the table. Does not close it. */
void watch_remove(struct watch *watch, int fd);

/* Sets the timer of the time limit, or of the grace period, to go off after `ns`. */
int watch_arm(struct watch *watch, int64_t ns, struct error *err);

/* Reads a timer that was made with TFD_NONBLOCK. Whoever was served before it may have set it anew after poll(2) saw it
 * go off, and that must not be waited for. 1: it has gone off; 0: it has not; -1 with err. */
int watch_timer(int timer, struct error *err);

/* Sends PID 1 a signal. */
void watch_tell(const struct watch *watch, int sig);

/* Kills every process of the job now. */
void watch_kill(struct watch *watch);

/* Serves the sources until PID 1 has died. What it said last may still lie in its socket. */
int watch_loop(struct watch *watch, struct error *err);
