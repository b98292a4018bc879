/* The JSON Web Token by which a GitHub App proves who it is. RFC 7519, RFC 7518 section 3.3 (RS256); docs.github.com:
 * Generating a JSON Web Token (JWT) for a GitHub App */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"

#include <stdint.h>

/* From a minute before `now_s` (CLOCK_REALTIME, of GitHub) until nine after it: GitHub takes none that was issued in
 * its future, or lasts longer than ten minutes. `id` is the App's id, or its client id. `key` is its private key, in
 * PEM; a backslash and an n are a line break, quotes around it are left out. The caller calls secret_free(). 0 or -1.
 */
int app_jwt(struct secret *jwt, const char *id, const struct secret *key, int64_t now_s, struct error *err);

/* Whether `key` is one that signs: an RSA key of at least 2048 bits, without a password. 0; or -1, with an errnum where
 * the host is short of something, which may not recur, and without one where the key or a limit is to be changed. */
int app_jwt_check_key(const struct secret *key, struct error *err);
