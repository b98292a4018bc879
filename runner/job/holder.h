/* What holds a job that fails, in its sandbox: runner/worker/hold.h. */
#pragma once

#include "runner/launch/launcher.h"

/* Mounts the program, a path on the host that is not owned; NULL: the pool holds nothing. `runner` is the
 * distribution's directory in the sandbox. */
void holder_show(struct launch *launch, const char *program, const char *runner);

/* Makes it the command of the launch, after all options; the caller adds the command that it starts. *ours is our end
 * of its socket, *theirs the one of the launch, which the caller closes when that has begun. -1 with err. */
int holder_command(struct launch *launch, const char *runner, int *ours, int *theirs, struct error *err);
