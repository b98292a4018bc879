/* Hides the supervisor's own files from all sandboxes.
 *
 * A profile shows whole directories (/opt, /etc, …), and in the sandbox files still belong to the same user. So the
 * files must be hidden wherever the administrator has put them. */
#pragma once

#include "runner/config/context.h"
#include "runner/launch/launcher.h"

/* Covers the state directory, each NAME_FILE and systemd's credentials directory. The sandbox knows nothing of the
 * state directory, not even its path, if `unknown`; otherwise parts of it can be mounted on top. */
void own_files_hide(struct launch *launch, const struct supervisor *supervisor, bool unknown);
