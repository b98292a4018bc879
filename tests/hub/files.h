/* Files that jobs can fetch: PUT /_hub/files/NAME, then GET /files/NAME without a credential. */
#pragma once

#include "tests/hub/call.h"

#define FILE_MAX ((size_t)200 << 20)

void files_put(struct call *call);
void files_get(struct call *call);

/* SHA-256 of the content in hexadecimal. The caller frees. */
char *file_sha256(const struct file *file);

void files_free(struct store *store);
