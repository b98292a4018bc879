#include "runner/github/app_jwt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* `text` has room for the largest. NULL cipher: no password. */
static void write_pem(EVP_PKEY *key, const char *password, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	assert_int_equal(
		PEM_write_bio_PrivateKey(bio, key, password != NULL ? EVP_aes_128_cbc() : NULL,
			(const unsigned char *)password, password != NULL ? (int)strlen(password) : 0, NULL, NULL),
		1);
	len = BIO_get_mem_data(bio, &data);
	assert_true(len > 0 && (size_t)len < size);
	memcpy(text, data, (size_t)len);
	text[len] = '\0';
	BIO_free(bio);
}

static struct secret secret_of(const char *text)
{
	struct secret secret = {0};
	struct error err;

	assert_int_equal(secret_set(&secret, text, strlen(text), &err), 0);
	return secret;
}

/* In place; returns the length. */
static size_t decode(char *text)
{
	size_t len = strlen(text), padding = (4 - len % 4) % 4;
	char padded[8192];
	int n;

	for (char *p = text; *p != '\0'; p++)
		*p = (char)(*p == '-' ? '+' : *p == '_' ? '/' : *p);
	snprintf(padded, sizeof padded, "%s%.*s", text, (int)padding, "==");
	n = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)padded, (int)strlen(padded));
	assert_true(n >= 0);
	text[(size_t)n - padding] = '\0';
	return (size_t)n - padding;
}

/* Cuts at the first dot; what follows it. */
static char *after_dot(char *text)
{
	char *dot = strchr(text, '.');

	if (dot == NULL) {
		fail();
		return text;
	}
	*dot = '\0';
	return dot + 1;
}

static void expect_token(EVP_PKEY *key, const char *pem)
{
	struct secret secret = secret_of(pem), jwt = {0};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char text[4096], *claims, *signature;
	struct error err;

	assert_int_equal(app_jwt_check_key(&secret, &err), 0);
	assert_int_equal(app_jwt(&jwt, "Iv1.a", &secret, 1000, &err), 0);
	snprintf(text, sizeof text, "%s", jwt.text);
	claims = after_dot(text);
	signature = after_dot(claims);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, jwt.text, (size_t)(signature - 1 - text)), 1);
	assert_int_equal(EVP_DigestVerifyFinal(ctx, (unsigned char *)signature, decode(signature)), 1);
	decode(claims);
	decode(text);
	assert_string_equal(text, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
	assert_string_equal(claims, "{\"iat\":940,\"exp\":1540,\"iss\":\"Iv1.a\"}");
	EVP_MD_CTX_free(ctx);
	secret_free(&jwt);
	secret_free(&secret);
}

/* What an environment file may make of it. */
static void quoted_and_escaped(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	static char pem[16384], text[32768];
	char *to = text;

	(void)state;
	write_pem(key, NULL, pem, sizeof pem);
	for (const char *from = pem; *from != '\0'; from++)
		to += sprintf(to, *from == '\n' ? "\\r\\n" : "%c", *from);
	expect_token(key, text);
	to = text + sprintf(text, "\"");
	for (const char *from = pem; *from != '\0'; from++)
		to += sprintf(to, *from == '\n' ? "\\n" : "%c", *from);
	sprintf(to, "\"\n");
	expect_token(key, text);
	sprintf(text, "'%s'", pem);
	expect_token(key, text);
	to = text;
	for (const char *from = pem; *from != '\0'; from++)
		to += sprintf(to, *from == '\n' ? "\r\n" : "%c", *from);
	expect_token(key, text);
	EVP_PKEY_free(key);
}

/* 64 KiB of locked memory are what an old system gives. */
static void little_locked_memory(void **state)
{
	const struct rlimit old = {65536, 65536}, none = {4096, 4096};
	static char pem[16384];
	struct secret secret;
	struct error err;
	EVP_PKEY *key;
	int status;
	pid_t pid;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its runtime answers mlock(2) without asking the kernel */
#endif
	if (geteuid() == 0)
		skip(); /* root may lock what it wants */
	key = EVP_RSA_gen(4096);
	write_pem(key, NULL, pem, sizeof pem);
	secret = secret_of(pem);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setrlimit(RLIMIT_MEMLOCK, &old) < 0 || app_jwt_check_key(&secret, &err) < 0)
			_exit(1);
		_exit(setrlimit(RLIMIT_MEMLOCK, &none) == 0 && app_jwt_check_key(&secret, &err) < 0 &&
					err.errnum == 0 && strstr(err.text, "the limit is 4 KiB") != NULL &&
					strstr(err.hint, "ulimit -l 64") != NULL
				? 0
				: 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	secret_free(&secret);
	EVP_PKEY_free(key);
}

/* What may not recur has an errnum, by which a caller knows it. */
static void shortage(void **state)
{
	const struct rlimit none = {0, 0};
	EVP_PKEY *key = EVP_RSA_gen(2048);
	static char pem[16384];
	struct secret secret;
	struct error err;
	int status;
	pid_t pid;

	(void)state;
	write_pem(key, NULL, pem, sizeof pem);
	secret = secret_of(pem);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setrlimit(RLIMIT_NOFILE, &none) == 0 && app_jwt_check_key(&secret, &err) < 0 ? err.errnum : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EMFILE);
	secret_free(&secret);
	EVP_PKEY_free(key);
}

static void signs(void **state)
{
	static char pem[16384], one_line[32768];
	char *to = one_line;

	(void)state;
	for (int bits = 2048; bits <= 4096; bits *= 2) {
		EVP_PKEY *key = EVP_RSA_gen((unsigned)bits);

		write_pem(key, NULL, pem, sizeof pem);
		expect_token(key, pem);
		/* As a variable may have it. */
		to = one_line;
		for (const char *from = pem; *from != '\0'; from++)
			to += sprintf(to, *from == '\n' ? "\\n" : "%c", *from);
		expect_token(key, one_line);
		EVP_PKEY_free(key);
	}
}

static void expect_refused(const char *pem, const char *why)
{
	struct secret secret = secret_of(pem), jwt = {0};
	struct error err;

	assert_int_equal(app_jwt_check_key(&secret, &err), -1);
	assert_string_equal(err.text, why);
	assert_true(strstr(err.hint, "(Private keys)") != NULL);
	assert_int_equal(err.errnum, 0);
	assert_int_equal(app_jwt(&jwt, "1", &secret, 0, &err), -1);
	assert_null(jwt.text);
	secret_free(&secret);
}

static void what_is_no_key(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(1024), *curve = EVP_EC_gen("P-256"), *good = EVP_RSA_gen(2048);
	static char pem[16384], long_text[40960];

	(void)state;
	expect_refused("x", "not a private key in PEM");
	expect_refused(
		"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "not a private key in PEM");
	expect_refused("this is no ENCRYPTED key", "not a private key in PEM");
	expect_refused("-----BEGIN RSA PRIVATE KEY-----\nAAAA ENCRYPTED\n-----END RSA PRIVATE KEY-----",
		"not a private key in PEM");
	expect_refused("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
		"a private key with a password");
	memset(pem, 'x', sizeof pem - 1);
	expect_refused(pem, "not a private key in PEM");
	memset(long_text, 'x', sizeof long_text - 1);
	expect_refused(long_text, "too long for a private key: 40959 bytes");
	write_pem(small, NULL, pem, sizeof pem);
	expect_refused(pem, "not an RSA key of 2048 to 16384 bits");
	write_pem(curve, NULL, pem, sizeof pem);
	expect_refused(pem, "not an RSA key of 2048 to 16384 bits");
	write_pem(good, "password", pem, sizeof pem);
	expect_refused(pem, "a private key with a password");
	EVP_PKEY_free(small);
	EVP_PKEY_free(curve);
	EVP_PKEY_free(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs),
		cmocka_unit_test(quoted_and_escaped),
		cmocka_unit_test(little_locked_memory),
		cmocka_unit_test(shortage),
		cmocka_unit_test(what_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
