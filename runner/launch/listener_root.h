/* The directory in which a slot's Listener writes its configuration, keys and log.
 *
 * The distribution is mounted over it. */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* The limits of the Listener's own log: MiB per file (RUNNER_LOGSIZE), total bytes and number of files. */
#define LISTENER_LOG_MIB "4"
#define LISTENER_LOGS_BYTES ((uint64_t)32 << 20)
#define LISTENER_LOGS_FILES 100

/* Removes all but the runner's state (names that begin with a dot) and `_diag`: leftovers of a refused update (_work,
 * bin.VERSION, externals.VERSION) and old mount points. Called while no Listener runs. */
int listener_root_clean(const char *root, struct error *err);

/* Removes the oldest log files beyond the limits, also while the Listener runs. */
void listener_root_trim(const char *root);
