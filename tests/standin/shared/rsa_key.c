#include "tests/standin/shared/rsa_key.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/base64.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/settings.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>
#include <time.h>

/* .NET's names beside OpenSSL's. The lengths are fixed by the format: half numbers are padded to half the modulus. */
static const struct {
	const char *json;
	const char *openssl;
	int half;
} numbers[] = {
	{"modulus", OSSL_PKEY_PARAM_RSA_N, 0},
	{"exponent", OSSL_PKEY_PARAM_RSA_E, -1},
	{"d", OSSL_PKEY_PARAM_RSA_D, 0},
	{"p", OSSL_PKEY_PARAM_RSA_FACTOR1, 1},
	{"q", OSSL_PKEY_PARAM_RSA_FACTOR2, 1},
	{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, 1},
	{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, 1},
	{"inverseQ", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 1},
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

void rsa_key_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

EVP_PKEY *rsa_key_make(struct error *err)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);

	if (key == NULL)
		error_set(err, 0, "RSA key: cannot make one");
	return key;
}

static void bn_free(BIGNUM **number)
{
	BN_clear_free(*number);
	*number = NULL;
}

/* One number of the key in base 64; the caller frees. */
static char *number_text(EVP_PKEY *key, size_t i)
{
	_cleanup_(bn_free) BIGNUM *number = NULL;
	unsigned char bytes[512];
	int size;

	if (EVP_PKEY_get_bn_param(key, numbers[i].openssl, &number) != 1)
		return NULL;
	size = numbers[i].half < 0 ? BN_num_bytes(number) : EVP_PKEY_get_size(key) >> numbers[i].half;
	if (size > (int)sizeof bytes || BN_bn2binpad(number, bytes, size) != size)
		return NULL;
	return base64_encode(bytes, (size_t)size, false);
}

int rsa_key_save(EVP_PKEY *key, const char *root, struct error *err)
{
	json_t *object = json_object();
	_cleanup_(freep) char *text = NULL;

	for (size_t i = 0; i < NUMBERS; i++) {
		_cleanup_(freep) char *number = number_text(key, i);

		json_object_set_new(object, numbers[i].json, json_string(number == NULL ? "" : number));
	}
	text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(object);
	if (text == NULL)
		return error_set(err, ENOMEM, "RSA key");
	return root_write(root, RSA_FILE, 0600, text, strlen(text), err);
}

static int push_number(OSSL_PARAM_BLD *build, const json_t *object, size_t i, BIGNUM **number)
{
	const char *text = field_text(object, numbers[i].json);
	_cleanup_(freep) char *bytes = NULL;
	size_t len = 0;

	if (text == NULL)
		return -1;
	bytes = base64_decode(text, &len);
	if (bytes == NULL || len == 0 || len > 512)
		return -1;
	*number = BN_bin2bn((const unsigned char *)bytes, (int)len, NULL);
	return *number != NULL && OSSL_PARAM_BLD_push_BN(build, numbers[i].openssl, *number) == 1 ? 0 : -1;
}

static EVP_PKEY *key_from_json(const json_t *object)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *parts[NUMBERS] = {NULL};
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	int bad = build == NULL || context == NULL;

	for (size_t i = 0; i < NUMBERS && !bad; i++)
		bad = push_number(build, object, i, &parts[i]) < 0;
	if (!bad)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && (EVP_PKEY_fromdata_init(context) != 1 ||
				      EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) != 1))
		key = NULL;
	OSSL_PARAM_free(params);
	for (size_t i = 0; i < NUMBERS; i++)
		BN_clear_free(parts[i]);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_BLD_free(build);
	return key;
}

EVP_PKEY *rsa_key_load(const char *root, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	json_t *object;
	EVP_PKEY *key;
	size_t len;

	if (root_read(root, RSA_FILE, &text, &len, err) < 0)
		return NULL;
	object = json_loadb(text, len, 0, NULL);
	key = key_from_json(object);
	json_decref(object);
	if (key == NULL)
		error_set(err, 0, "%s/%s: not the parameters of an RSA key", root, RSA_FILE);
	return key;
}

char *rsa_key_public_xml(EVP_PKEY *key, struct error *err)
{
	_cleanup_(freep) char *modulus = number_text(key, 0);
	_cleanup_(freep) char *exponent = number_text(key, 1);
	char *xml = NULL;

	if (modulus != NULL && exponent != NULL)
		xml = format(
			"<RSAKeyValue><Modulus>%s</Modulus><Exponent>%s</Exponent></RSAKeyValue>", modulus, exponent);
	if (xml == NULL)
		error_set(err, 0, "RSA key: cannot be written as XML");
	return xml;
}

/* base64url(signature) over `text`; the caller frees. */
static char *sign(EVP_PKEY *key, const char *text)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[512];
	size_t len = sizeof signature;
	int ok;

	ok = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestSign(context, signature, &len, (const unsigned char *)text, strlen(text)) == 1;
	EVP_MD_CTX_free(context);
	return ok ? base64_encode(signature, len, true) : NULL;
}

char *rsa_key_assertion(EVP_PKEY *key, const char *client_id, const char *audience, struct error *err)
{
	static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	json_int_t now = (json_int_t)time(NULL);
	_cleanup_(freep) char *claims = NULL, *left = NULL, *right = NULL, *both = NULL, *signature = NULL;
	char id[37], *token = NULL;
	json_t *object;

	root_uuid(id);
	object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "iss", client_id, "sub", client_id, "aud", audience,
		"jti", id, "nbf", now - 30, "iat", now - 30, "exp", now + 300);
	claims = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	left = base64_encode(header, sizeof header - 1, true);
	right = claims == NULL ? NULL : base64_encode(claims, strlen(claims), true);
	both = left == NULL || right == NULL ? NULL : format("%s.%s", left, right);
	signature = both == NULL ? NULL : sign(key, both);
	token = signature == NULL ? NULL : format("%s.%s", both, signature);
	if (token == NULL)
		error_set(err, 0, "client assertion: cannot be signed");
	return token;
}
