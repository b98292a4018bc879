/* Small JSON files of our own. */
#pragma once

#include "common/error.h"

#include <jansson.h>

/* Writes `json` (a reference is kept) to "PATH" below dirfd, mode 0600: beside it, then over it. */
int json_file_write(int dirfd, const char *path, const json_t *json, struct error *err);

/* Reads a file of at most 4 MiB. A new reference, or NULL. */
json_t *json_file_read(int dirfd, const char *path, struct error *err);

/* For _cleanup_(). */
void json_drop(json_t **json);
