/* Programs of ours that are embedded in ours, as files to execute. */
#pragma once

#include "common/error.h"

#include <sys/types.h>

/* What stands from `begin` to `end`, as a sealed file in memory of that mode, for execveat(2). Errors start with
 * `what`. A descriptor, or -1. */
int image_open(const char *what, const char *name, const char *begin, const char *end, mode_t mode, struct error *err);
