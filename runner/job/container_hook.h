/* What a job reads that comes to a container while it runs.
 *
 * Jobs have no Docker. Whether an image comes from an expression, or an action from elsewhere is one of a Dockerfile,
 * only the Worker finds out. For a container it calls a script instead of Docker, if the variable
 * ACTIONS_RUNNER_CONTAINER_HOOKS names one; ours says why there is none, as an annotation, and fails. Without the hook,
 * and where the server does not allow hooks, the Worker would look for a Docker daemon.
 * actions/runner: src/Runner.Worker/Container/ContainerHooks/ContainerHookManager.cs */
#pragma once

#include "common/error.h"
#include "runner/launch/launcher.h"

/* Writes the script into the job's directory `dir`. -1 with err. */
int container_hook_make(const char *dir, struct error *err);

/* Shows the script of `dir` to the job, read-only beside the runner in `runner`, and names it to the Worker. */
void container_hook_show(struct launch *launch, const char *dir, const char *runner);
