/* Creates mount points inside the new root, without following symbolic links.
 * A component may be a job's (a writable bind holds what a job left): CVE-2019-19921, CVE-2021-30465, CVE-2025-31133.
 * Runs in: child, command */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Opens (O_PATH) what `path`, absolute inside, names below `rootfd`, walking one component at a time. Returns -1 with
 * errnum ENOENT when it does not exist, ELOOP when a component is a symbolic link. */
int target_open(int rootfd, const char *path, struct error *err);

/* The same where it may be missing: TARGET_MISSING then, and no words in err, which take a launch's time. */
#define TARGET_MISSING (-2)
int target_find(int rootfd, const char *path, struct error *err);

/* The same, and makes what is missing: directories 0755, the last component a directory or an empty file. */
int target_make(int rootfd, const char *path, bool directory, struct error *err);

/* Makes a directory that is not there yet, with those that lead to it, from the top on. What was made by us is what it
 * is called, as long as nobody else makes names right below `rootfd`. */
bool target_make_new(int rootfd, const char *path);

/* Attaches a detached mount of a directory in a place of the root's own mount where nothing is yet: nobody else makes
 * names there. False: that is not so, or it did not succeed. */
bool target_attach_new(int rootfd, const char *path, int mount);

/* Attaches a detached mount of a directory there, new or not, under the same condition. */
int target_attach(int rootfd, const char *path, int mount, struct error *err);

/* Makes the symbolic link `path` -> `text`, its parent as target_make() would. */
int target_symlink(int rootfd, const char *path, const char *text, struct error *err);
