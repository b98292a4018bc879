#include "tests/hub/rsa.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS 2048
#define RSA_BYTES (RSA_BITS / 8)

static void free_bn(BIGNUM **bn)
{
	BN_free(*bn);
}

EVP_PKEY *rsa_generate(void)
{
	return must(EVP_RSA_gen(RSA_BITS));
}

json_t *rsa_params(const EVP_PKEY *key)
{
	static const struct {
		const char *name, *param;
		int bytes; /* 0: as many as the number has */
	} fields[] = {
		{"d", OSSL_PKEY_PARAM_RSA_D, RSA_BYTES},
		{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, RSA_BYTES / 2},
		{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, RSA_BYTES / 2},
		{"exponent", OSSL_PKEY_PARAM_RSA_E, 0},
		{"inverseQ", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, RSA_BYTES / 2},
		{"modulus", OSSL_PKEY_PARAM_RSA_N, RSA_BYTES},
		{"p", OSSL_PKEY_PARAM_RSA_FACTOR1, RSA_BYTES / 2},
		{"q", OSSL_PKEY_PARAM_RSA_FACTOR2, RSA_BYTES / 2},
	};
	json_t *params = must(json_object());

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		_cleanup_(free_bn) BIGNUM *bn = NULL;
		_cleanup_(freep) char *text = NULL;
		unsigned char bytes[RSA_BYTES];
		int len;

		if (EVP_PKEY_get_bn_param(key, fields[i].param, &bn) != 1)
			must(NULL);
		len = fields[i].bytes == 0 ? BN_num_bytes(bn) : fields[i].bytes;
		if (BN_bn2binpad(bn, bytes, len) < 0)
			must(NULL);
		text = base64_encode(bytes, (size_t)len);
		json_object_set_new(params, fields[i].name, json_string(text));
	}
	return params;
}

unsigned char *rsa_wrap(EVP_PKEY *key, bool sha256, const unsigned char *data, size_t len, size_t *wrapped_len)
{
	EVP_PKEY_CTX *ctx = must(EVP_PKEY_CTX_new(key, NULL));
	unsigned char *wrapped = NULL;

	if (EVP_PKEY_encrypt_init(ctx) != 1 || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, sha256 ? EVP_sha256() : EVP_sha1()) != 1 ||
		EVP_PKEY_encrypt(ctx, NULL, wrapped_len, data, len) != 1)
		must(NULL);
	wrapped = must(malloc(*wrapped_len));
	if (EVP_PKEY_encrypt(ctx, wrapped, wrapped_len, data, len) != 1)
		must(NULL);
	EVP_PKEY_CTX_free(ctx);
	return wrapped;
}

/* The number between <tag> and </tag>. */
static BIGNUM *number_in(const char *xml, const char *tag)
{
	_cleanup_(freep) char *open = must(format("<%s>", tag));
	_cleanup_(freep) char *bytes = NULL;
	const char *start = strstr(xml, open);
	size_t len;

	if (start == NULL)
		return NULL;
	start += strlen(open);
	bytes = base64_decode(start, strcspn(start, "<"), &len);
	if (bytes == NULL || len == 0 || len > 2048)
		return NULL;
	return BN_bin2bn((const unsigned char *)bytes, (int)len, NULL);
}

EVP_PKEY *rsa_from_xml(const char *xml)
{
	_cleanup_(free_bn) BIGNUM *n = number_in(xml, "Modulus");
	_cleanup_(free_bn) BIGNUM *e = number_in(xml, "Exponent");
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM_BLD *build = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (strstr(xml, "<RSAKeyValue>") == NULL || n == NULL || e == NULL)
		return NULL;
	ctx = must(EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL));
	build = must(OSSL_PARAM_BLD_new());
	if (OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}
