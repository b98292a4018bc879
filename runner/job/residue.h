/* Checks for residue after a removal. */
#pragma once

#include <jansson.h>

/* Adds "directory PATH" if `path` still exists, and "mount PATH" for every mount at or below it in our own mount
 * namespace. */
void residue_detect(const char *path, json_t *residue);

/* Adds "mount PATH" for each line of a mountinfo text (proc(5)) at or below `path`. Modifies the text. Pure. */
void residue_mounts(char *mountinfo, const char *path, json_t *residue);
