/* Says whether a file that the caller handed to the job may be opened for writing by its descriptor's name
 * (/proc/self/fd/0, /dev/stdin).
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/denials.h"

#include <stdbool.h>
#include <sys/types.h>

/* The descriptor that the path names, or -1: proc_pid_fd(5). */
int handed_descriptor(const char *path);

/* Whether the thread may not open its `descriptor` for writing, by the mount that the file is on, or since Landlock
 * (`landlock`: its ABI) allows what lies outside of the root only as it is open: then the denial is filled. */
bool handed_is_refused(const struct plan_fds *fds, int landlock, pid_t tid, int descriptor, struct denial *denial);
