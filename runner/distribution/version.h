/* Versions of the official runner: three numbers, "2.336.0". Pure. */
#pragma once

#include <stdbool.h>

/* With the final NUL. */
#define VERSION_SIZE 32

/* Whether `text` is a version in its only spelling: no leading zeros, nothing before or behind it. It can then be the
 * name of a directory, and two different texts are two different versions. */
bool version_is_valid(const char *text);

/* Compares two valid versions by their numbers: < 0, 0 or > 0, as strcmp(3) does. */
int version_compare(const char *a, const char *b);
