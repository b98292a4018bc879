/* execve(2) as a shell does it, with nothing but the plan's environment. */
#pragma once

#include "policy/plan.h"

/* The plan's variables as execve(2) wants them, or NULL when memory ran out. Lives as long as the process. */
char **exec_environment(const struct plan *plan);

/* Becomes the plan's command, looked for in the PATH that it will have. Returns only when that failed: the errno,
 * ENOENT for a command that is not there. */
int exec_command(const struct plan *plan, char *const envp[]);

/* The exit code that says so: 127 for what is not there, 126 for what cannot be executed. */
int exec_status(int errnum);
