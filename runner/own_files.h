/* What is the supervisor's own and must not be seen in any sandbox, wherever the administrator has put it. A profile
 * shows whole directories (/opt, /etc, …), and inside the files still belong to the same user. */
#pragma once

#include "runner/launcher.h"
#include "runner/supervisor.h"

/* Covers the state directory, each NAME_FILE and systemd's credentials directory. What of the state directory a sandbox
 * does need is mounted on top. */
void own_files_hide(struct launch *launch, const struct supervisor *supervisor);
