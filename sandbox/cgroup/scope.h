/* Gets a delegated cgroup from the user's service manager.
 * systemd-run(1) --user --scope -p Delegate=yes.
 * Runs in: launcher */
#pragma once

#include "common/error.h"

/* Starts this program anew with the arguments `argv` (those behind its own name), in a scope of its own below the
 * caller's systemd; does not return when that works. The process, its descriptors, its signals and its exit code stay
 * what they are: systemd-run executes in place. 0: there is nothing to try: no such manager within reach, no
 * systemd-run in the directories of the system, or we have been started anew already. -1: there is one, and it refused;
 * err says why. */
int scope_enter(char *const argv[], struct error *err);
