/* The shim at work: between the Listener, who believes it is Runner.Worker, and the supervisor, who runs the real one.
 */
#pragma once

#include "runner/worker/queue.h"

/* Hands the job over through the socket at `path` and relays until the supervisor says that it is over. `messages` is
 * the pipe from the Listener, whose first frame is in `queue` already. Returns the exit code for the Listener. */
int shim_run(const char *path, int messages, struct frame_queue *queue);

/* Writes "cofferdam: REASON" to standard error: the Listener shows it as the job's annotation. */
void shim_say(const char *reason);
