/* Ownership by attribute: what a variable owns is released when it leaves scope, unless it was handed over with
 * take_fd() or take_ptr(). */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* errno survives a clean-up, so that "return error_set(err, errno, …)" may stand after one. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
	*fd = -1;
}

/* Of any pointer: `p` is its address. */
static inline void freep(void *p)
{
	void **ptr = p;

	free(*ptr);
	*ptr = NULL;
}

/* NULL may be given to these two. Output that must have arrived is closed by hand. */
static inline void close_file(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
	*f = NULL;
}

static inline void close_dir(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
	*d = NULL;
}

/* Hands the descriptor over: the variable no longer owns it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(p)                     \
	({                              \
		__typeof__(p) _t = (p); \
		(p) = NULL;             \
		_t;                     \
	})
