/* Shows a job the tool cache of the administrator's: RUNNER_TOOL_CACHE/TOOL/VERSION/ARCH, as actions/toolkit's
 * tool-cache has it.
 *
 * Each version is mounted read-only. The directories around them are the job's own, so that a setup action can add
 * other versions and tools, which end with the job. */
#pragma once

#include "runner/launch/launcher.h"
#include "runner/launch/own_files.h"

/* At most this many versions are shown; the log says when there are more. */
#define TOOL_CACHE_VERSIONS_MAX 150

/* What is left out because it cannot be read or named is said in the log.
 *
 * Adds the mounts: the job's directory `own`, in which mount points are made, at the path of the cache `dir`, and on it
 * what that has, but for what `hidden` refuses. -1 with err. */
int tool_cache_show(
	struct launch *launch, const char *dir, const char *own, const struct own_files *hidden, struct error *err);
