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
#include <sys/resource.h>
#include <unistd.h>

#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define BEFORE_S 60
#define AFTER_S (9 * 60)
#define BITS_MIN 2048
#define SIGNATURE_MAX 2048             /* of a key of 16384 bits */
#define KEY_MAX ((size_t)32 << 10)     /* a key of 16384 bits has 13 KiB */
#define LOCKED_HEAP ((size_t)16 << 10) /* for the numbers, beside two copies of the text */
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

/* An environment file may leave quotes around a value, and a variable of one line has the breaks as escapes. `to` has
 * room for all of it and a NUL; returns the length. */
static size_t break_lines(char *to, const struct secret *key)
{
	const char *from = key->text, *end = key->text + key->len;
	size_t n = 0;

	while (from < end && strchr(" \t\r\n'\"", *from) != NULL)
		from++;
	while (from < end && strchr(" \t\r\n'\"", end[-1]) != NULL)
		end--;
	for (; from < end; from++)
		if (*from == '\\' && from + 1 < end && (from[1] == 'n' || from[1] == 'r')) {
			if (*++from == 'n')
				to[n++] = '\n';
		} else if (*from != '\r') {
			to[n++] = *from;
		}
	to[n++] = '\n';
	to[n] = '\0';
	return n;
}

/* RFC 7468, section 11, and RFC 1421, section 4.6.1.1: only such a line says so. */
static bool is_encrypted(const char *pem)
{
	for (const char *line = pem; *line != '\0'; line += *line == '\n') {
		const size_t len = strcspn(line, "\n");

		if ((strncmp(line, "-----BEGIN ", 11) == 0 || strncmp(line, "Proc-Type:", 10) == 0) &&
			memmem(line, len, "ENCRYPTED", 9) != NULL)
			return true;
		line += len;
	}
	return false;
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
	const size_t size = key->len + 2;
	char *pem = OPENSSL_secure_malloc(size);
	BIO *bio = pem != NULL ? BIO_new_mem_buf(pem, (int)break_lines(pem, key)) : NULL;
	EVP_PKEY *read = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	const bool encrypted = pem != NULL && is_encrypted(pem);

	BIO_free(bio);
	OPENSSL_secure_clear_free(pem, size);
	if (pem == NULL || bio == NULL) {
		error_set(err, ENOMEM, "memory for the key");
		return NULL;
	}
	if (read == NULL) {
		not_a_key(encrypted ? "a private key with a password" : "not a private key in PEM", err);
		return NULL;
	}
	if (EVP_PKEY_is_a(read, "RSA") == 1 && EVP_PKEY_get_bits(read) >= BITS_MIN &&
		EVP_PKEY_get_size(read) <= SIGNATURE_MAX)
		return read;
	EVP_PKEY_free(read);
	not_a_key("not an RSA key of 2048 to 16384 bits", err);
	return NULL;
}

static size_t heap_size(const struct secret *key)
{
	size_t size = LOCKED_HEAP;

	while (size < LOCKED_HEAP + 2 * key->len)
		size *= 2; /* libcrypto requires a power of two */
	return size;
}

/* What a restart does not mend has no errnum. */
static int cannot_lock(const struct secret *key, int why, struct error *err)
{
	const size_t heap = heap_size(key), needed = heap + key->mapped;
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < needed)
		error_set(err, 0, "memory cannot be locked: the limit is %llu KiB, and to sign requires %zu KiB",
			(unsigned long long)limit.rlim_cur >> 10, needed >> 10);
	else
		error_set(err, why, "memory cannot be locked");
	return error_hint(
		err, "raise RLIMIT_MEMLOCK: ulimit -l %zu, or LimitMEMLOCK=%zuK in a unit", heap >> 9, heap >> 9);
}

/* Locks of memory are not inherited. */
static int lock_memory(const struct secret *key, struct error *err)
{
	if (secret_lock(key, err) == 0 && CRYPTO_secure_malloc_init(heap_size(key), LOCKED_LEAST) == 1)
		return 0;
	return cannot_lock(key, errno, err);
}

/* Only in a process that ends: it takes with it what libcrypto keeps. */
static void sign(struct signature *made, const struct secret *key, const char *text)
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey;

	if (key->len > KEY_MAX) {
		error_set(&made->err, 0, "too long for a private key: %zu bytes", key->len);
		error_hint(&made->err, "the file that GitHub gives for the App (Private keys) has less than %zu KiB",
			KEY_MAX >> 10);
		return;
	}
	if (lock_memory(key, &made->err) < 0)
		return;
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

/* The child has no error of its own when it is killed, for want of memory. */
static int receive(int fd, struct signature *made, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + SIGN_LIMIT_NS;
	size_t done = 0;

	while (done < sizeof *made) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (!wait_ready(&ready, 1, end))
			return error_late(err, "signing takes too long");
		n = read(fd, (char *)made + done, sizeof *made - done);
		if (n <= 0) {
			error_set(err, 0, "the process that signs was killed");
			err->errnum = n < 0 ? errno : ENOMEM;
			return -1;
		}
		done += (size_t)n;
	}
	return made->len <= sizeof made->bytes ? 0 : error_set(err, 0, "cannot sign");
}

/* The key leaves its locked pages in a child only. */
static int sign_in_child(struct signature *made, const struct secret *key, const char *text, struct error *err)
{
	_cleanup_(close_fd) int in = -1;
	_cleanup_(close_fd) int out = -1;
	int ends[2], received;
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
	received = receive(in, made, err);
	wait_killed(pid); /* it has nothing more to do */
	if (received < 0)
		return -1;
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
