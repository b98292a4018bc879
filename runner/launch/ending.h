/* Ends a launcher by timers, without blocking the loop.
 *
 * Sends SIGTERM, then a second SIGTERM, which tells the launcher not to wait for its command, then SIGKILL. */
#pragma once

#include "common/error.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

struct ending {
	pid_t pid;
	int step;
	sd_event_source *timer;
};

/* Begins the steps; a second call does nothing. The process must be our child and not be reaped before ending_stop().
 */
int ending_begin(struct ending *ending, sd_event *event, pid_t pid, struct error *err);

/* Stops the steps. Called when the child is gone. */
void ending_stop(struct ending *ending);
