/* The sandbox of the official Listener and of config.sh, which use the same files. */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"
#include "runner/config/context.h"
#include "runner/launch/launcher.h"
#include "runner/launch/listener_start.h"
#include "runner/state/slot_paths.h"

/* Begins a launch in the slot's listener sandbox: the slot's root is writable at the distribution's path, and over it
 * are mounted the distribution, our shim as bin/Runner.Worker, and the slot's socket. */
void listener_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct slot_paths *paths);

/* Adds the command: the shim, which becomes bin/Runner.Listener run. */
void listener_command(struct launch *launch, const struct supervisor *supervisor, const struct listener_start *start);
