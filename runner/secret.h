/* A secret in memory: its own pages, locked as far as RLIMIT_MEMLOCK goes, left out of core dumps, zeroed at the end.
 * mlock(2), madvise(2) MADV_DONTDUMP. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No secret of ours is longer: a JIT configuration is about 6 KiB. */
#define SECRET_MAX ((size_t)256 << 10)

/* A token of GitHub's has some 30 to 300 bytes; it goes into a header, and to config.sh through a pipe. */
#define SECRET_TOKEN_MAX ((size_t)4 << 10)

struct secret {
	char *text;    /* NUL-terminated; NULL: there is none */
	size_t len;    /* without the NUL */
	size_t mapped; /* bytes of the mapping */
};

/* Copies `len` bytes. The caller frees with secret_free(). */
int secret_set(struct secret *secret, const char *text, size_t len, struct error *err);

/* Reads the file `path` whole, without the white space at its end. Empty is an error, and so is a pipe that has not
 * come to its end within `limit_ns`: a FIFO that nobody writes to must not keep a runner from its start for ever. */
int secret_read(struct secret *secret, const char *path, int64_t limit_ns, struct error *err);
#define SECRET_READ_LIMIT_NS (INT64_C(30) * 1000000000)

/* What GitHub calls a token: no longer than SECRET_TOKEN_MAX, one word of visible ASCII. Nothing of it is in the error.
 */
int secret_check_token(const struct secret *secret, struct error *err);

/* mlock(2) is not inherited over fork(2): the child calls this. False when the pages could not be locked. */
bool secret_lock(const struct secret *secret);

/* Zeroes and unmaps. */
void secret_free(struct secret *secret);
