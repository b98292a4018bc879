/* The directory in which a slot's Listener writes: its configuration, its keys, its log. The rest of what it sees there
 * is the distribution, mounted over it. */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* The Listener's own log: files of so many MiB each (RUNNER_LOGSIZE), and so many bytes and files at most. */
#define LISTENER_LOG_MIB "4"
#define LISTENER_LOGS_BYTES ((uint64_t)32 << 20)
#define LISTENER_LOGS_FILES 100

/* Removes all but the runner's state (names with a dot in front) and `_diag`: what an update that was refused has left
 * (_work, bin.VERSION, externals.VERSION), and old mount points. To be called while no Listener runs. */
int listener_root_clean(const char *root, struct error *err);

/* Removes the oldest of the Listener's log files beyond the bounds, also while it runs. */
void listener_root_trim(const char *root);
