/* Hides the supervisor's own files from all sandboxes.
 *
 * A profile shows whole directories (/opt, /etc, …), and in the sandbox files still belong to the same user. So the
 * files must be hidden wherever the administrator has put them. */
#pragma once

#include "runner/config/context.h"
#include "runner/launch/launcher.h"

#define OWN_FILES_OTHERS (CREDENTIAL_COUNT + 1)

/* Where they, and other jobs', really are; NULL: there is none. */
struct own_files {
	char *state;                    /* the state directory */
	char *work;                     /* RUNNER_WORKDIR, where each job has a directory; if absolute */
	const char *workdir;            /* under this name a job has its own there; not owned */
	char *others[OWN_FILES_OTHERS]; /* each NAME_FILE, and systemd's credentials directory */
	const char *dist;               /* the distribution, which may be shown wherever it is; not owned */
};

/* The caller calls own_files_free(). */
void own_files_find(struct own_files *own, const struct supervisor *supervisor);
void own_files_free(struct own_files *own);

/* Whether what the administrator has named can be shown to jobs as `inside`. Refuses what would show one of them where
 * own_files_hide() does not cover it: under another name, or a part of it. -1 with err. */
int own_files_check(const struct own_files *own, const char *source, const char *inside, struct error *err);

/* Covers each NAME_FILE and systemd's credentials directory. */
void own_files_hide(struct launch *launch, const struct own_files *own);

/* Covers the state directory. The sandbox knows nothing of it, not even its path, if `unknown`; otherwise parts of it
 * can be mounted on top. After all other mounts: of two in one place the last counts, and RUNNER_DIR may be around it.
 */
void own_files_hide_state(struct launch *launch, const struct supervisor *supervisor, bool unknown);
