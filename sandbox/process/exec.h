/* Executes a command as a shell does, with only the plan's environment. execve(2)
 *
 * Steps that allocate memory or inspect files come first: the filter may refuse them, and a refused call may wait for
 * the launcher.
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <sys/types.h>

struct exec {
	char **env;   /* as execve(2) wants it */
	char **files; /* what is tried, in this order, up to a NULL */
	int errnum;   /* of those that are not tried: what is wrong with them, or ENOENT */
	mode_t mode;  /* of the file, where the command is a path and it is there; else 0 */
};

/* What exec_prepare() may do about a file system that must be asked, and may not answer. */
enum exec_lookup { EXEC_MAY_WAIT, EXEC_MAY_NOT_WAIT };

/* Looks for the command in the PATH that it will have, from the current directory. No magic link is followed on
 * the way (sandbox/files/lookup.h). 0, also when it is not found: exec_run() says so. 1: a file system has to be asked,
 * which EXEC_MAY_NOT_WAIT forbids. -1 with err. What is in *exec lives as long as the process. */
int exec_prepare(const struct plan_command *command, enum exec_lookup how, struct exec *exec, struct error *err);

/* Becomes the command. Makes no call but execve(2) (prepared above). Returns the errno when that failed, ENOENT for a
 * command that is not there. */
int exec_run(const struct plan_command *command, const struct exec *exec);

/* Says that exec_run() returned `why`, of the command that argv[0] names. Returns the exit code: 127 for what is not
 * there, 126 for what cannot be executed. */
int exec_failed(const char *name, int why, struct error *err);

/* The exit code alone. */
int exec_status(int errnum);
