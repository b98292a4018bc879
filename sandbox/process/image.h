/* Holds our programs as sealed files in memory, to execute.
 * Runs in: launcher, child, supervisor */
#pragma once

#include "common/error.h"

#include <fcntl.h>
#include <sys/types.h>

/* What nobody can do to one of these, whoever owns it. */
#define IMAGE_SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

/* What stands from `begin` to `end`, as a sealed file in memory of that mode, for execveat(2). Errors start with
 * `what`. A descriptor, or -1. */
int image_open(const char *what, const char *name, const char *begin, const char *end, mode_t mode, struct error *err);

/* The same of what is to be read from `from`. */
int image_copy(const char *what, const char *name, int from, mode_t mode, struct error *err);
