/* RSA keys in the two forms in which a runner carries them. */
#pragma once

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

/* A new key pair of 2048 bits. The caller frees with EVP_PKEY_free(). */
EVP_PKEY *rsa_generate(void);

/* The content of .credentials_rsaparams: {d, dp, dq, exponent, inverseQ, modulus, p, q}, base64, each number padded to
 * the length that .NET's RSAParameters asks for. A new reference. */
json_t *rsa_params(const EVP_PKEY *key);

/* `len` bytes that only the owner of the private key can read: OAEP with SHA-1, or with SHA-256. The caller frees. */
unsigned char *rsa_wrap(EVP_PKEY *key, bool sha256, const unsigned char *data, size_t len, size_t *wrapped_len);

/* The public key in "<RSAKeyValue><Modulus>…</Modulus><Exponent>…</Exponent></RSAKeyValue>". NULL when it is not one.
 * The caller frees with EVP_PKEY_free(). */
EVP_PKEY *rsa_from_xml(const char *xml);
