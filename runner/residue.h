/* Looking, after everything was removed. */
#pragma once

#include <jansson.h>

/* Adds "directory PATH" when there still is something at `path`, and "mount PATH" for every mount at or below it in our
 * own mount namespace. */
void residue_look(const char *path, json_t *residue);

/* Adds "mount PATH" for each line of a mountinfo text (proc(5)) that is at or below `path`. The text is taken apart.
 * Pure. */
void residue_mounts(char *mountinfo, const char *path, json_t *residue);
