/* Runs the launcher from a sealed copy of itself in memory.
 *
 * /proc/self/exe of a process that is about to become the command is then no file of the host's. execve(2) looks up
 * the interpreter of a script and the loader of a program by itself, through magic links too, in the job's place
 * (CVE-2019-5736). Landlock refuses to execute what lies outside of the job's root; so the copy is for where there is
 * none.
 * Runs in: launcher */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Whether this process is run from such a copy. */
bool sealed_self_is(void);

/* Executes a copy of this program with the same command line (`argv`: without its first word), environment and
 * descriptors. Returns 0 where that has been done; -1 with err. Before anything is opened for the sandbox. execveat(2)
 */
int sealed_self_exec(int argc, char *const argv[], struct error *err);
