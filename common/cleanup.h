/* Ownership by attribute: releases what a variable owns when the variable leaves its scope.
 *
 * take_fd() and take_ptr() transfer ownership. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Keeps errno, so that "return error_set(err, errno, …)" may follow a clean-up. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
	*fd = -1;
}

/* Frees any pointer. `p` is the address of the pointer. */
static inline void freep(void *p)
{
	void **ptr = p;

	free(*ptr);
	*ptr = NULL;
}

/* These two accept NULL. A stream whose output must not be lost is closed explicitly, with its result checked. */
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

/* Returns the descriptor and takes it from the variable, which no longer owns it. */
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
