/* Files that jobs can fetch: PUT /_hub/files/NAME, then GET /files/NAME without a credential. */
#pragma once

#include "tests/hub/call.h"

#define FILE_MAX ((size_t)200 << 20)

/* The file of this name, or NULL. */
struct file *file_find(const struct store *store, const char *name);

/* Keeps a file under a name that may have one already. NULL when that failed. */
struct file *file_keep(struct store *store, const char *name, const char *data, size_t len);

/* Answers with the file; NULL: 404. */
void file_answer(struct call *call, const struct file *file);

void files_put(struct call *call);
void files_get(struct call *call);

/* SHA-256 of the content in hexadecimal. The caller frees. */
char *file_sha256(const struct file *file);

void files_free(struct store *store);
