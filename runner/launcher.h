/* Starting `cofferdam run …`: its command line, its environment, its descriptors. */
#pragma once

#include "common/error.h"
#include "runner/arguments.h"
#include "runner/dist.h"
#include "runner/lines.h"
#include "runner/stop.h"

#include <stdint.h>
#include <sys/types.h>

/* Descriptors beyond 0 to 2 that reach the launcher, as 3, 4, … */
#define LAUNCH_FDS_MAX 3
#define LAUNCH_FIRST_FD 3

struct launch {
	const char *launcher; /* path; not owned */
	struct arguments argv;
	struct arguments env;    /* of the launcher itself: what --env NAME inherits from */
	int out, err;            /* -1: /dev/null; not owned */
	int fds[LAUNCH_FDS_MAX]; /* not owned */
	int n_fds;
	/* For launch_and_wait(). */
	int64_t finish_ns; /* what it may still take after a stop */
	lines_each *each;  /* gets its lines; NULL: they go to log_line() */
	void *context;
};

/* Begins a command line: profile, id, and the environment that every sandbox of ours gets: proxies, and what a .NET
 * program needs to keep its neighbours out. launch_free() is due. */
void launch_init(struct launch *launch, const char *launcher, const char *profile, const char *id);

void launch_ro(struct launch *launch, const char *source, const char *inside);
void launch_rw(struct launch *launch, const char *source, const char *inside);

/* Sets a variable inside, by inheritance: its value is never on the command line. */
void launch_env(struct launch *launch, const char *name, const char *value);

/* Adds the administrator's .env. */
void launch_dist_env(struct launch *launch, const struct dist *dist);

/* Mounts the distribution's entries below dist->dir, read-only, with `worker` in place of each bin/Runner.Worker. */
void launch_dist(struct launch *launch, const struct dist *dist, const char *worker);

/* The same for a job: with programs that it cannot read, or there is no sandbox. `plugin_host` stands in place of each
 * bin/Runner.PluginHost; NULL: the distribution's own. */
void launch_dist_closed(struct launch *launch, const struct dist *dist, const char *worker, const char *plugin_host);

/* Hands a descriptor through to the command; returns the number it has inside. */
int launch_fd(struct launch *launch, int fd);

/* The command starts when a byte comes through this one. */
void launch_start_fd(struct launch *launch, int fd);

/* Starts it. The child is killed when we die (PR_SET_PDEATHSIG) and has no descriptor but those given. */
int launch_start(const struct launch *launch, pid_t *pid, struct error *err);

/* Starts it and waits at most `limit_ns`, with each line of its output passed to log_line() behind `what`, or to
 * launch->each. `status` is as of waitpid(2). -1 when it could not be started, the limit was reached or `stop`
 * interrupted, and then at once at its next step; nothing of it is left, or the error names it. */
int launch_and_wait(
	struct launch *launch, const char *what, int64_t limit_ns, struct stop *stop, int *status, struct error *err);

void launch_free(struct launch *launch);
