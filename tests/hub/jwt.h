/* JSON Web Tokens (RFC 7519), as far as the runner protocol has them. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <openssl/evp.h>

/* A token with these claims that any JWT parser can read. Its signature is random: the hub recognises its own tokens by
 * looking them up. The caller frees. */
char *jwt_make(json_t *claims);

/* The claims of `token`, unverified. NULL when it is not a JWT. A new reference. */
json_t *jwt_claims(const char *token);

/* 0 when `token` is signed with `key` by RS256 or PS256, the two algorithms a runner uses. */
int jwt_verify(const char *token, EVP_PKEY *key, struct error *err);
