/* Stops the job too when the launcher is stopped by Ctrl-Z. cgroups(7), credentials(7) on job control.
 * Runs in: launcher */
#pragma once

#include "sandbox/disk/disk.h"
#include "sandbox/terminal/terminal.h"
#include "sandbox/watch/watch.h"

#include <stdbool.h>

/* For a SIGTSTP that has been read from watch->signals: freezes the job (cgroup.freeze), or without a cgroup stops each
 * of its processes with SIGSTOP, gives the caller's terminal back, and stops the launcher; returns when SIGCONT has
 * come, after which all go on. A SIGTSTP for the job would not do: it ignores one that its own terminal has not sent,
 * and may handle it. `at_terminal`: it came from the caller's terminal, and stops nobody whom no shell would continue
 * (an orphaned process group). The time limit goes on meanwhile. What `disk` holds frozen stays so. */
int suspend(struct watch *watch, struct terminal *terminal, const struct disk_watch *disk, bool at_terminal,
	struct error *err);
