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

/* Runs config.sh with these arguments (NULL-terminated) and the token, which goes in by a pipe: only config.sh itself
 * has it in its environment. Its exit code; -1 when it was not run to its end. */
int config_sh(struct supervisor *supervisor, const struct slot_paths *paths, const char *const arguments[],
	const struct secret *token, int64_t limit_ns, struct error *err);
