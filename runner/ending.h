/* Making a launcher end without waiting for it in one place: SIGTERM, a second one, which tells it not to wait for its
 * command, and SIGKILL if it does not obey that either. */
#pragma once

#include "common/error.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

struct ending {
	pid_t pid;
	int step;
	sd_event_source *timer;
};

/* Begins; a second call does nothing. The process must be our child and not be reaped before ending_stop(). */
int ending_begin(struct ending *ending, sd_event *event, pid_t pid, struct error *err);

/* To be called when the child is gone. */
void ending_stop(struct ending *ending);
