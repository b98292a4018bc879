/* Tells whether a job can write to a directory of the host, by whatever name.
 *
 * A bind mount or a symbolic link gives a directory more names. Directories are compared by their file system and
 * their path in it. proc_pid_mountinfo(5), statx(2)
 * Runs in: launcher, PID 1 */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Opens the directory part of `path` (O_PATH) if the job can write to none of the directories that lead there. `what`
 * is the option that names it, without "--". Returns the descriptor; < 0 with err. */
int whereabouts_open(const struct plan_root *root, const char *what, const char *path, struct error *err);

/* Whether the image of --root DIR and what the job may write on the host are apart: neither the image nor a link on the
 * way to it lies in a writable bind, nor a writable bind in the image, by whatever name. An image that cannot be opened
 * is left to who opens it. -1 with err. */
int whereabouts_check_image(const struct plan_root *root, struct error *err);

/* Whatever way leads to it, nothing that the job can write, or an earlier one could, chooses what is mounted: each
 * source is named without a symbolic link from here on, and is opened without following one. A link on the way that
 * lies in a writable bind is refused, and so are the host's /proc and its whole root, whatever they are called, and a
 * file of --execute-only that is shown where the job can write, or has a second name that could be. What lies in a
 * system's directory is looked at only where something of the host's is writable. -1 with err. */
int whereabouts_resolve(struct plan_root *root, struct error *err);
