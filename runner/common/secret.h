/* A secret in locked memory pages of its own. mlock(2), madvise(2) MADV_DONTDUMP
 *
 * The pages are excluded from core dumps and zeroed at the end. If they cannot be locked, reading the secret fails. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

/* The maximum size of a secret. A JIT configuration has about 6 KiB. */
#define SECRET_MAX ((size_t)256 << 10)

/* The maximum size of a token. GitHub's have about 30 to 300 bytes; they go into a header, and to config.sh through a
 * pipe. */
#define SECRET_TOKEN_MAX ((size_t)4 << 10)

struct secret {
	char *text;    /* NUL-terminated; NULL: no secret */
	size_t len;    /* without the NUL */
	size_t mapped; /* bytes of the mapping */
};

/* Copies `len` bytes. The caller calls secret_free(). */
int secret_set(struct secret *secret, const char *text, size_t len, struct error *err);

/* Reads the file `path` without white space at its end. An empty file is an error. So is a pipe that does not end
 * within `limit_ns`: a FIFO without a writer must not block the start of a runner for ever. */
int secret_read(struct secret *secret, const char *path, int64_t limit_ns, struct error *err);
#define SECRET_READ_LIMIT_NS (INT64_C(30) * 1000000000)

/* Checks that the secret has the form of a token: at most SECRET_TOKEN_MAX bytes, a single word of visible ASCII. The
 * error contains no part of the secret. */
int secret_check_token(const struct secret *secret, struct error *err);

/* Locks the pages again. Called in a child, since fork(2) does not inherit mlock(2). */
int secret_lock(const struct secret *secret, struct error *err);

/* Zeroes and unmaps the pages. */
void secret_free(struct secret *secret);
