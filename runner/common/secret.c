#include "runner/common/secret.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int secret_map(struct secret *secret, size_t size, struct error *err)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return error_set(err, errno, "memory for a secret");
	secret->text = p;
	secret->len = 0;
	secret->mapped = size;
	madvise(p, size, MADV_DONTDUMP);
	return 0;
}

int secret_set(struct secret *secret, const char *text, size_t len, struct error *err)
{
	if (len > SECRET_MAX)
		return error_set(err, 0, "more than %zu bytes", SECRET_MAX);
	if (secret_map(secret, len + 1, err) < 0)
		return -1;
	if (secret_lock(secret, err) < 0) {
		secret_free(secret);
		return -1;
	}
	memcpy(secret->text, text, len);
	secret->text[len] = '\0';
	secret->len = len;
	return 0;
}

/* A regular file is always ready. */
static int wait_readable(int fd, int64_t deadline_ns)
{
	struct pollfd at = {.fd = fd, .events = POLLIN};
	int64_t left_ns;
	int n;

	do {
		left_ns = deadline_ns - clock_monotonic_ns();
		n = poll(&at, 1, left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static int lock(const char *text, size_t size, struct error *err)
{
	if (mlock(text, size) == 0)
		return 0;
	error_set(err, errno, "memory cannot be locked");
	return error_hint(err, "raise RLIMIT_MEMLOCK: ulimit -l 64, or LimitMEMLOCK=64K in a unit");
}

/* Reads straight into the secret's pages: no copy is left in a buffer. Each is locked before it is read into, and not
 * all at once: a small limit is enough for a small secret. */
static int fill(struct secret *secret, int fd, const char *path, int64_t limit_ns, struct error *err)
{
	const int64_t deadline_ns = clock_monotonic_ns() + limit_ns;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t locked = 0;

	while (secret->len < secret->mapped) {
		ssize_t n;

		if (secret->len == locked) {
			if (lock(secret->text + locked, page, err) < 0)
				return -1;
			locked += page;
		}
		if (wait_readable(fd, deadline_ns) < 0)
			return error_set(err, errno, "read %s", path);
		n = read(fd, secret->text + secret->len,
			(locked < secret->mapped ? locked : secret->mapped) - secret->len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_set(err, errno, "read %s", path);
		if (n == 0)
			return 0;
		secret->len += (size_t)n;
	}
	return error_set(err, EFBIG, "read %s", path);
}

/* Gives the pages back that it does not need, so that a small limit is enough for a small secret. */
static void trim(struct secret *secret)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), needed = (secret->len + page) / page * page;

	if (needed < secret->mapped) {
		explicit_bzero(secret->text + needed, secret->mapped - needed);
		munmap(secret->text + needed, secret->mapped - needed);
		secret->mapped = needed;
	}
}

static int cannot_open(const char *path, struct error *err)
{
	const int why = errno;

	error_set(err, why, "open %s", path);
	if (why == ENOENT || why == ENOTDIR)
		error_hint(err, "name the file that holds the credential, as this process sees it");
	else if (why == EACCES)
		error_hint(err, "let the user that runs cofferdam-runner read it");
	return -1;
}

static int empty(const char *path, struct error *err)
{
	error_set(err, 0, "%s: empty", path);
	return error_hint(err, "write the credential into it");
}

int secret_read(struct secret *secret, const char *path, int64_t limit_ns, struct error *err)
{
	/* O_NONBLOCK: open(2) of a FIFO waits for a writer. */
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return cannot_open(path, err);
	if (secret_map(secret, SECRET_MAX + 1, err) < 0)
		return -1;
	if (fill(secret, fd, path, limit_ns, err) < 0) {
		if (err->errnum == EISDIR)
			error_hint(err, "name the file in it that holds the credential");
		if (err->errnum == ETIMEDOUT)
			error_hint(err, "expected a file, or a pipe that is written to and then closed");
	} else {
		while (secret->len > 0 && strchr(" \t\r\n", secret->text[secret->len - 1]) != NULL)
			secret->len--;
		secret->text[secret->len] = '\0';
		trim(secret);
		if (secret->len == 0)
			empty(path, err);
		else if (secret_lock(secret, err) == 0)
			return 0;
	}
	secret_free(secret);
	return -1;
}

int secret_check_token(const struct secret *secret, struct error *err)
{
	if (secret->len > SECRET_TOKEN_MAX) {
		error_set(err, 0, "not a token: %zu bytes", secret->len);
		return error_hint(err, "GitHub's tokens are shorter than %zu bytes", SECRET_TOKEN_MAX);
	}
	for (size_t i = 0; i < secret->len; i++)
		if (secret->text[i] <= ' ' || secret->text[i] > '~')
			return error_set(err, 0, "not a token: contains a space, a line break or a non-ASCII byte");
	return 0;
}

int secret_lock(const struct secret *secret, struct error *err)
{
	return secret->text == NULL ? 0 : lock(secret->text, secret->mapped, err);
}

void secret_free(struct secret *secret)
{
	if (secret->text != NULL) {
		explicit_bzero(secret->text, secret->mapped);
		munmap(secret->text, secret->mapped);
	}
	memset(secret, 0, sizeof *secret);
}
