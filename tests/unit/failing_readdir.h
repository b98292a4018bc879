/* A readdir(3) in front of the C library's, which fails with EIO instead of reading entry number `readdir_fails_at`.
 * The whole test program calls this one. */
#pragma once

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

/* Counted from 0 since the last failure, "." and ".." among them; -1: never. */
static int readdir_fails_at = -1;

struct dirent *readdir(DIR *dir)
{
	struct dirent *(*next)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");

	if (readdir_fails_at >= 0 && readdir_fails_at-- == 0) {
		errno = EIO;
		return NULL;
	}
	return next(dir);
}
