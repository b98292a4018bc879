#include "sandbox/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MEM_MAJOR 1 /* /dev/null, /dev/zero, …: Documentation/admin-guide/devices.txt */

static bool is_terminal(int fd, const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) != MEM_MAJOR && isatty(fd) == 1;
}

/* They are the same from the first look to the last. */
static const struct stat *standard(int fd)
{
	static struct stat looked[STDERR_FILENO + 1];

	if (looked[fd].st_mode == 0 && fstat(fd, &looked[fd]) < 0)
		return NULL;
	return &looked[fd];
}

unsigned stdio_terminals(void)
{
	unsigned terminals = 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const struct stat *st = standard(fd);

		if (st != NULL && is_terminal(fd, st))
			terminals |= 1u << fd;
	}
	return terminals;
}

static int check(int fd, const struct stat *st, struct error *err)
{
	if (S_ISDIR(st->st_mode)) {
		error_set(err, 0, "file descriptor %d: a directory, through which the job could leave its root", fd);
		return error_hint(err, "bind it with --ro or --rw instead");
	}
	return 0;
}

static int check_kept(int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		error_set(err, errno, "file descriptor %d", fd);
		return error_hint(err, "--keep-fd names a descriptor that the caller has open");
	}
	if (is_terminal(fd, &st)) {
		error_set(err, 0, "file descriptor %d: a terminal, which the job could read and set", fd);
		return error_hint(err, "a terminal reaches a job as descriptors 0-2 only, with --tty yes or auto");
	}
	return check(fd, &st, err);
}

int stdio_check(const struct plan *plan, struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const struct stat *st = standard(fd);

		if (st == NULL)
			return error_set(err, errno, "file descriptor %d", fd);
		if (check(fd, st, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		if (check_kept(plan->keep_fds[i], err) < 0)
			return -1;
	return 0;
}
