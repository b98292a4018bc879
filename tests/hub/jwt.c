#include "tests/hub/jwt.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"

#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char *part_of(json_t *value)
{
	_cleanup_(freep) char *text = must(json_dumps(value, JSON_COMPACT));

	return base64url_encode(text, strlen(text));
}

char *jwt_make(json_t *claims)
{
	json_t *header = must(json_pack("{s:s, s:s}", "typ", "JWT", "alg", "RS256"));
	_cleanup_(freep) char *head = part_of(header), *payload = part_of(claims), *noise = random_hex("", 32);
	_cleanup_(freep) char *signature = base64url_encode(noise, strlen(noise));

	json_decref(header);
	return must(format("%s.%s.%s", head, payload, signature));
}

/* Decodes the JSON part that starts at `part` and ends at the next dot. */
static json_t *decode_part(const char *part)
{
	_cleanup_(freep) char *text = NULL;
	json_t *value;
	size_t len;

	text = base64_decode(part, strcspn(part, "."), &len);
	if (text == NULL)
		return NULL;
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(value)) {
		json_decref(value);
		return NULL;
	}
	return value;
}

json_t *jwt_claims(const char *token)
{
	const char *payload = strchr(token, '.');

	return payload == NULL || strchr(payload + 1, '.') == NULL ? NULL : decode_part(payload + 1);
}

static bool verify(const char *token, size_t signed_len, const char *signature, size_t len, EVP_PKEY *key, bool pss)
{
	EVP_MD_CTX *ctx = must(EVP_MD_CTX_new());
	EVP_PKEY_CTX *key_ctx; /* owned by ctx */
	bool good = EVP_DigestVerifyInit(ctx, &key_ctx, EVP_sha256(), NULL, key) == 1;

	if (good && pss)
		good = EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good && EVP_DigestVerify(ctx, (const unsigned char *)signature, len, (const unsigned char *)token,
			       signed_len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

int jwt_verify(const char *token, EVP_PKEY *key, struct error *err)
{
	json_t *header = decode_part(token);
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const char *dot = strrchr(token, '.');
	bool rs = alg != NULL && strcmp(alg, "RS256") == 0, ps = alg != NULL && strcmp(alg, "PS256") == 0;
	_cleanup_(freep) char *signature = NULL;
	size_t len = 0;

	json_decref(header);
	if (!rs && !ps)
		return error_set(err, 0, "client assertion: neither RS256 nor PS256");
	signature = base64_decode(dot + 1, strlen(dot + 1), &len);
	if (signature == NULL || !verify(token, (size_t)(dot - token), signature, len, key, ps))
		return error_set(err, 0, "client assertion: bad signature");
	return 0;
}
