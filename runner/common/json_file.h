/* Reads and writes small JSON files of our own. */
#pragma once

#include "common/error.h"

#include <jansson.h>

/* Writes `json` to "PATH" below dirfd with mode 0600, through a temporary file that is renamed. The caller keeps its
 * reference. */
int json_file_write(int dirfd, const char *path, const json_t *json, struct error *err);

/* The same with fsync(2): a power cut leaves the complete old file or the complete new one. */
int json_file_keep(int dirfd, const char *path, const json_t *json, struct error *err);

/* Reads a file of at most 4 MiB. Returns a new reference, or NULL. */
json_t *json_file_read(int dirfd, const char *path, struct error *err);

/* For _cleanup_(). */
void json_drop(json_t **json);
