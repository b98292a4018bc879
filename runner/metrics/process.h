/* The metrics process, as the supervisor sees it: started, started again, ended. */
#pragma once

#include "common/error.h"
#include "runner/config/listen.h"
#include "runner/state/state.h"

#include <stdint.h>
#include <sys/types.h>

struct metrics {
	int fd; /* the listening socket; -1: nothing is served */
	bool is_remote;
	char address[LISTEN_TEXT_SIZE];
	pid_t pid;           /* 0: not running */
	int64_t start_at_ns; /* when not running: when to start it */
	unsigned restarts;
};

/* Opens the socket. A default port that is in use, by another supervisor of this host say, is logged, and nothing is
 * served; a port that was asked for is an error. The caller calls metrics_end(), also after a failure. */
int metrics_open(struct metrics *metrics, const struct listen *listen, struct error *err);

/* Starts the process when it is due, and reaps it. Time until the next call is due, or -1: a child's end is waited for
 * anyway. */
int64_t metrics_tend(struct metrics *metrics, const struct state *state);

/* Ends the process and closes the socket. */
void metrics_end(struct metrics *metrics);
