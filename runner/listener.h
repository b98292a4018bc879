/* The sandbox of the official Listener, and of config.sh, which needs the same files. */
#pragma once

#include "common/error.h"
#include "runner/launcher.h"
#include "runner/secret.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

/* Begins a launch in the slot's listener sandbox: the slot's root writable in the distribution's place, the
 * distribution over it, our shim as bin/Runner.Worker, the slot's socket. */
void listener_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct slot_paths *paths);

/* Adds the command: bin/Runner.Listener run. */
void listener_command(struct launch *launch, const struct supervisor *supervisor);
