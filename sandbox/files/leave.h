/* Leaves descriptors open that the set-up of a root needs no more: one close_range(2) at its end takes the place of a
 * close(2) for each.
 *
 * All are close-on-exec. Only low ones are left, so that a long mount table needs no more of them at once than before.
 * Runs in: child, command */
#pragma once

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LEAVE_BELOW 48

/* For _cleanup_() instead of close_fd(), in a process whose set-up ends with fds_close_others(). */
static inline void leave_fd(int *fd)
{
	if (*fd >= LEAVE_BELOW)
		close_fd(fd);
	*fd = -1;
}

/* write_file_at() that leaves the file open. */
static inline int leave_written(int dirfd, const char *path, const char *text)
{
	_cleanup_(leave_fd) int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	const size_t len = strlen(text);
	ssize_t n = fd < 0 ? -1 : write(fd, text, len);

	if (n < 0)
		return -1;
	errno = EIO;
	return (size_t)n == len ? 0 : -1;
}
