/* Covering what must not be seen or written. */
#pragma once

#include "common/error.h"

/* Covers the existing path (absolute inside `rootfd`): a directory with an empty read-only one, anything else with
 * /dev/null. A path that does not exist is covered already. */
int mask_path(int rootfd, const char *path, struct error *err);

/* Makes an existing path read-only by binding it over itself. A path that does not exist is left alone. */
int mask_readonly(int rootfd, const char *path, struct error *err);
