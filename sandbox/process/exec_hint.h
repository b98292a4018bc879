/* Explains why execve(2) failed, as far as possible.
 * The filter hides why a file is missing or closed inside: only the checks before it and from outside can tell.
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* From inside, in the process whose exec has just failed with errno `why`: adds the remedy. Makes no system call: the
 * filter may refuse it, and wait for a launcher that waits for us. `command` is argv[0]; `mode` is the file's, or 0
 * where none was found. */
void exec_hint_inside(const char *command, mode_t mode, int why, struct error *err);

/* From outside, when exec_hint_inside() could not tell: whether the command exists there (relative to the caller's
 * directory only if `workspace_is_new`, that is, if the job got an empty one in its place), which format it has, and
 * for a user of an image (root->owner), which directory of the image on the way to it is closed to that user. A
 * bare name is looked for in `search`, the caller's PATH, unless that is NULL. */
void exec_hint_outside(const struct plan_root *root, const struct plan_command *command, bool workspace_is_new,
	const char *search, struct error *err);
