/* The runner's RSA key: made by configure, kept in .credentials_rsaparams, used to sign the client assertion. */
#pragma once

#include "common/error.h"

#include <openssl/evp.h>

/* A new key of 2048 bits; freed with rsa_key_free(). NULL on error. */
EVP_PKEY *rsa_key_make(struct error *err);

/* Reads and writes <root>/.credentials_rsaparams, mode 0600. */
EVP_PKEY *rsa_key_load(const char *root, struct error *err);
int rsa_key_save(EVP_PKEY *key, const char *root, struct error *err);

/* The public half as "<RSAKeyValue>…</RSAKeyValue>", the syntax of XML signatures. The caller frees. */
char *rsa_key_public_xml(EVP_PKEY *key, struct error *err);

/* The client assertion of facts 1.d.3: a JWT signed with RS256, iss = sub = client_id, valid five minutes.
 * The caller frees; NULL on error. */
char *rsa_key_assertion(EVP_PKEY *key, const char *client_id, const char *audience, struct error *err);

void rsa_key_free(EVP_PKEY **key);
