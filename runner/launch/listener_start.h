/* Lets nothing run in a listener sandbox whose bin/Runner.Worker is not the shim.
 *
 * That program is what the launcher executes there. The shim says so on a pipe, and becomes the program that is to run;
 * any other program says nothing, and the Listener has not been started. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/launch/launcher.h"

#include <stdbool.h>

struct listener_start {
	int said; /* read by us; does not block */
	int say;  /* of the launch; closed by listener_start_begun() */
};

/* The caller calls listener_start_free(), also after a failure. */
int listener_start_make(struct listener_start *start, struct error *err);
void listener_start_free(struct listener_start *start);

/* Adds the command that starts another one, which the caller adds after it. */
void listener_start_command(
	struct launch *launch, const struct supervisor *supervisor, const struct listener_start *start);

/* Called when the launch has begun. */
void listener_start_begun(struct listener_start *start);

/* Whether the shim has said that it is the shim. Once that is so, nothing changes it. */
bool listener_start_is_shim(struct listener_start *start);

/* What is wrong if it has not, and the remedy, after "the Listener". */
#define LISTENER_START_REFUSED                                                  \
	"was not started: bin/Runner.Worker in its sandbox is another program " \
	"(install the cofferdam-worker that belongs to this cofferdam-runner)"
