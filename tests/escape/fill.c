/* Filling a directory: with bytes, with allocated but unwritten ones, with holes and then bytes, with files. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <unistd.h>

#define CHUNK (1 << 20)

static char chunk[CHUNK];

static int create(const char *dir, long number)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/fill.%ld", dir, number);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno != ENOSPC)
		untried("%s: %s", path, errno_name(errno));
	return fd;
}

static _Noreturn void refused(const char *what, long stored)
{
	if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
		blocked("%s: %s after %ld", what, errno_name(errno), stored);
	untried("%s: %s", what, errno_name(errno));
}

/* One chunk; what stops in the middle of it has found no room for the rest. */
static int store(int fd, off_t at)
{
	const ssize_t n = pwrite(fd, chunk, sizeof chunk, at);

	if (n >= 0 && n < (ssize_t)sizeof chunk)
		errno = ENOSPC;
	return n == (ssize_t)sizeof chunk ? 0 : -1;
}

/* Megabytes, one file each. */
static void with_bytes(char **args)
{
	long wanted = atol(args[1]);

	for (long i = 0; i < wanted; i++) {
		int fd = create(args[0], i);

		if (fd < 0 || store(fd, 0) < 0)
			refused("bytes", i);
		close(fd);
	}
	succeeded("%ld MiB written to %s", wanted, args[0]);
}

static void with_allocation(char **args)
{
	long wanted = atol(args[1]);
	int fd = create(args[0], 0);

	for (long i = 0; i < wanted; i++)
		if (fd < 0 || fallocate(fd, 0, (off_t)i * CHUNK, CHUNK) < 0)
			refused("fallocate", i);
	succeeded("%ld MiB allocated in %s", wanted, args[0]);
}

/* A file of many times that size, all hole: as large as it likes, but filled no further than the limit. */
static void with_holes(char **args)
{
	long wanted = atol(args[1]);
	int fd = create(args[0], 0);

	if (fd < 0 || ftruncate(fd, (off_t)wanted * 64 * CHUNK) < 0)
		refused("ftruncate", 0);
	for (long i = 0; i < wanted; i++)
		if (store(fd, (off_t)i * 64 * CHUNK) < 0)
			refused("holes", i);
	succeeded("%ld MiB written between holes in %s", wanted, args[0]);
}

static void with_files(char **args)
{
	long wanted = atol(args[1]);

	for (long i = 0; i < wanted; i++) {
		int fd = create(args[0], i);

		if (fd < 0)
			refused("files", i);
		close(fd);
	}
	succeeded("%ld files made in %s", wanted, args[0]);
}

static const struct attack attacks[] = {
	{"bytes", 2, with_bytes},
	{"allocation", 2, with_allocation},
	{"holes", 2, with_holes},
	{"files", 2, with_files},
};

ATTACK_MAIN(attacks)
