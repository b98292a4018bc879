/* Leaves descriptors open that the set-up of a root needs no more: one close_range(2) at its end takes the place of a
 * close(2) for each.
 *
 * All are close-on-exec. Only low ones are left, so that a long mount table needs no more of them at once than before.
 * Runs in: child */
#pragma once

#include "common/cleanup.h"

#define LEAVE_BELOW 48

/* For _cleanup_() instead of close_fd(), in a process whose set-up ends with fds_close_others(). */
static inline void leave_fd(int *fd)
{
	if (*fd >= LEAVE_BELOW)
		close_fd(fd);
	*fd = -1;
}
