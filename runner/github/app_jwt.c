#include "runner/github/app_jwt.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define BEFORE_S 60
#define AFTER_S (9 * 60)
#define BITS_MIN 2048
#define SIGNATURE_MAX 2048 /* of a key of 16384 bits */
#define LOCKED_HEAP ((size_t)1 << 16)
#define LOCKED_LEAST 16
#define SIGN_LIMIT_NS (10 * NS_PER_S)

/* What the child that signs tells: what went wrong ("": nothing), and the signature. */
struct signature {
	struct error err;
	size_t len;
	unsigned char bytes[SIGNATURE_MAX];
};

/* RFC 4648, section 5, without padding. Returns the end. */
static char *base64url(char *to, const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *from = data;

	for (size_t i = 0; i < len; i += 3) {
		const uint32_t bits = (uint32_t)from[i] << 16 | (i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0) |
				      (i + 2 < len ? (uint32_t)from[i + 2] : 0);

		*to++ = digits[bits >> 18 & 63];
		*to++ = digits[bits >> 12 & 63];
		if (i + 1 < len)
			*to++ = digits[bits >> 6 & 63];
		if (i + 2 < len)
			*to++ = digits[bits & 63];
	}
	*to = '\0';
	return to;
}

/* A variable of one line may have the breaks as two characters. `to` has room for all of it; returns the length. */
static size_t break_lines(char *to, const struct secret *key)
{
	size_t n = 0;

	for (size_t i = 0; i < key->len; i++)
		if (memchr(key->text, '\n', key->len) == NULL && key->text[i] == '\\' && i + 1 < key->len &&
			key->text[i + 1] == 'n') {
			to[n++] = '\n';
			i++;
		} else {
			to[n++] = key->text[i];
		}
	return n;
}

/* Nobody is asked. */
static int no_password(char *text, int size, int writes, void *context)
{
	(void)text, (void)size, (void)writes, (void)context;
	return -1;
}

static int not_a_key(const char *why, struct error *err)
{
	error_set(err, 0, "%s", why);
	return error_hint(err,
		"the file that GitHub gives for the App (Private keys) begins with -----BEGIN RSA PRIVATE KEY-----");
}

static EVP_PKEY *read_key(const struct secret *key, struct error *err)
{
	char *pem = OPENSSL_secure_malloc(key->len + 1);
	BIO *bio = pem != NULL ? BIO_new_mem_buf(pem, (int)break_lines(pem, key)) : NULL;
	EVP_PKEY *read = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	OPENSSL_secure_clear_free(pem, key->len + 1);
	if (read == NULL) {
		not_a_key(strstr(key->text, "ENCRYPTED") != NULL ? "a private key with a password"
								 : "not a private key in PEM",
			err);
		return NULL;
	}
	if (EVP_PKEY_is_a(read, "RSA") == 1 && EVP_PKEY_get_bits(read) >= BITS_MIN &&
		EVP_PKEY_get_size(read) <= SIGNATURE_MAX)
		return read;
	EVP_PKEY_free(read);
	not_a_key("not an RSA key of 2048 to 16384 bits", err);
	return NULL;
}

/* Only in a process that ends: it takes with it what libcrypto keeps. */
static void sign(struct signature *made, const struct secret *key, const char *text)
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey;

	/* Locks of memory are not inherited. */
	if (secret_lock(key, &made->err) < 0)
		return;
	if (CRYPTO_secure_malloc_init(LOCKED_HEAP, LOCKED_LEAST) != 1) {
		error_set(&made->err, errno, "cannot lock memory");
		error_hint(&made->err, "raise the limit of locked memory (ulimit -l) by 128 KiB");
		return;
	}
	pkey = read_key(key, &made->err);
	if (pkey == NULL)
		return;
	ctx = EVP_MD_CTX_new();
	made->len = sizeof made->bytes;
	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
		EVP_DigestSign(ctx, made->bytes, &made->len, (const unsigned char *)text, strlen(text)) != 1)
		error_set(&made->err, 0, "cannot sign with this key");
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

static _Noreturn void child(int out, const struct secret *key, const char *text)
{
	struct signature made = {.len = 0};

	sign(&made, key, text);
	_exit(write_all(out, &made, sizeof made) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool receive(int fd, struct signature *made)
{
	const int64_t end = clock_monotonic_ns() + SIGN_LIMIT_NS;
	size_t done = 0;

	while (done < sizeof *made) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (!wait_ready(&ready, 1, end))
			return false;
		n = read(fd, (char *)made + done, sizeof *made - done);
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return made->len <= sizeof made->bytes;
}

/* The key leaves its locked pages in a child only. */
static int sign_in_child(struct signature *made, const struct secret *key, const char *text, struct error *err)
{
	_cleanup_(close_fd) int in = -1;
	_cleanup_(close_fd) int out = -1;
	int ends[2];
	pid_t pid;

	memset(made, 0, sizeof *made);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	in = ends[0];
	out = ends[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "fork");
	if (pid == 0)
		child(out, key, text);
	close(take_fd(&out));
	if (!receive(in, made))
		error_set(&made->err, 0, "cannot sign");
	wait_killed(pid); /* it has nothing more to do */
	if (made->err.text[0] == '\0')
		return 0;
	*err = made->err;
	return -1;
}

int app_jwt(struct secret *jwt, const char *id, const struct secret *key, int64_t now_s, struct error *err)
{
	_cleanup_(freep) char *claims = format("{\"iat\":%lld,\"exp\":%lld,\"iss\":\"%s\"}",
		(long long)now_s - BEFORE_S, (long long)now_s + AFTER_S, id);
	char text[1024 + SIGNATURE_MAX * 2], *at;
	struct signature made;
	int result;

	if (claims == NULL || strlen(claims) > 512)
		return error_set(err, claims == NULL ? ENOMEM : E2BIG, "token of the App");
	at = base64url(text, HEADER, strlen(HEADER));
	*at++ = '.';
	at = base64url(at, claims, strlen(claims));
	if (sign_in_child(&made, key, text, err) < 0)
		return error_context(err, "APP_PRIVATE_KEY");
	*at++ = '.';
	at = base64url(at, made.bytes, made.len);
	result = secret_set(jwt, text, (size_t)(at - text), err);
	explicit_bzero(text, sizeof text);
	return result;
}

int app_jwt_check_key(const struct secret *key, struct error *err)
{
	struct signature made;

	return sign_in_child(&made, key, "", err);
}
