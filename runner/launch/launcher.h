/* Starts `cofferdam run …` with its command line, environment and descriptors.
 *
 * Implemented in launcher.c and launcher_wait.c. */
#pragma once

#include "common/error.h"
#include "runner/common/arguments.h"
#include "runner/common/lines.h"
#include "runner/common/stop.h"
#include "runner/config/dist.h"

#include <stdint.h>
#include <sys/types.h>

/* Descriptors besides 0 to 2 that are passed to the launcher, as 3, 4, … */
#define LAUNCH_FDS_MAX 5
#define LAUNCH_FIRST_FD 3

struct launch {
	const char *launcher; /* path; not owned */
	struct arguments argv;
	struct arguments env;    /* of the launcher itself: the supervisor's, and what --env NAME inherits */
	int out, err;            /* -1: /dev/null; not owned */
	int fds[LAUNCH_FDS_MAX]; /* not owned */
	int n_fds;
	/* For launch_and_wait(). */
	int64_t finish_ns; /* the time to finish after a stop */
	lines_each *each;  /* called for its lines; NULL: log_line() */
	void *context;
};

/* Begins a command line with profile and id. The caller calls launch_free(). */
void launch_init(struct launch *launch, const char *launcher, const char *profile, const char *id);

void launch_ro(struct launch *launch, const char *source, const char *inside);
void launch_rw(struct launch *launch, const char *source, const char *inside);

/* Sets a variable in the sandbox, and not for the launcher. By inheritance, so that its value is not on the command
 * line; but a variable that would steer the launcher itself (HOME, PATH, LD_…) is there with its value. */
void launch_env(struct launch *launch, const char *name, const char *value);

/* Passes on the variables whose row of runner/config/inputs.h has a flag of `to`. */
void launch_inputs(struct launch *launch, unsigned to);

/* Adds the administrator's .env and .path. */
void launch_dist_env(struct launch *launch, const struct dist *dist);

/* Mounts the distribution's entries below dist->dir, read-only, with `worker` instead of each bin/Runner.Worker. */
void launch_dist(struct launch *launch, const struct dist *dist, const char *worker);

/* The same for a job, with programs that it cannot read; otherwise the launch fails. `plugin_host` is mounted instead
 * of each bin/Runner.PluginHost; NULL: the distribution's own. */
void launch_dist_closed(struct launch *launch, const struct dist *dist, const char *worker, const char *plugin_host);

/* Passes a descriptor on to the command. Returns its number in the sandbox. */
int launch_fd(struct launch *launch, int fd);

/* Makes the command wait until a byte arrives on this descriptor. */
void launch_start_fd(struct launch *launch, int fd);

/* Makes the launcher write a line for each kind of denied call to this file. */
void launch_denials_fd(struct launch *launch, int fd);

/* Starts the launcher. It is killed when we die (PR_SET_PDEATHSIG) and has only the descriptors given. */
int launch_start(const struct launch *launch, pid_t *pid, struct error *err);

/* Starts the launcher and waits at most `limit_ns`. Each line of its output goes to log_line() after `what`, or to
 * launch->each. `status` is set as by waitpid(2). -1 if it could not be started, the limit was reached or `stop`
 * interrupted, and then at once at its next step. Nothing of the launch is left, or the error names it. */
int launch_and_wait(
	struct launch *launch, const char *what, int64_t limit_ns, struct stop *stop, int *status, struct error *err);

void launch_free(struct launch *launch);
