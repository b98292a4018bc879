/* The shim: takes Runner.Worker's place for the Listener, and hands the job to the supervisor. */
#pragma once

#include "runner/worker/queue.h"

/* Hands the job over through the socket at `path` and relays until the supervisor reports its end. `messages` is the
 * Listener's pipe, whose first frame is in `queue`. Returns the exit code for the Listener. */
int shim_run(const char *path, int messages, struct frame_queue *queue);

/* Writes "cofferdam: REASON" to standard error, which the Listener shows as the job's annotation. */
void shim_say(const char *reason);
