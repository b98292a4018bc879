#include "sandbox/files/lookup.h"

#include "common/cleanup.h"
#include "sandbox/files/leave.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 64

int lookup_open(int dirfd, const char *path, int flags, unsigned resolve)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | resolve,
	};

	int fd = -1;

	/* EAGAIN: somewhere on the host something was mounted or renamed while ".." was looked up below a root. */
	for (int tries = 0; tries < TRIES && fd < 0 && (tries == 0 || errno == EAGAIN); tries++)
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
	return fd;
}

int lookup_hint(struct error *err)
{
	switch (err->errnum) {
	case ENOSYS:
	case EPERM: /* what older container runtimes answer to a call that they do not know */
		return error_hint(err,
			"openat2 is not available: it requires Linux 5.14 or later; in a container, an outer "
			"seccomp filter may block it: `cofferdam doctor` names what is missing");
	case ELOOP:
		return error_hint(err,
			"a symbolic link on the way goes through /proc/PID/fd, cwd, root or exe, or loops: name its destination instead");
	default:
		return -1;
	}
}

/* The system call: the C library's getcwd(3) searches by hand for what the kernel calls "(unreachable)". */
static int check_inside(const char *what, const char *path, struct error *err)
{
	_cleanup_(freep) char *cwd = malloc(PATH_MAX); /* the stack is small, and a page more of it a page touched */

	if (cwd == NULL || syscall(SYS_getcwd, cwd, PATH_MAX) < 0)
		return error_set(err, errno, "%s %s: getcwd", what, path);
	return cwd[0] == '/' ? 0 : error_set(err, 0, "%s %s: outside of the root", what, path);
}

int lookup_enter(const char *what, const char *path, struct error *err)
{
	_cleanup_(leave_fd) int fd = lookup_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || fchdir(fd) < 0) {
		error_set(err, errno, "%s %s", what, path);
		return fd < 0 ? lookup_hint(err) : -1;
	}
	return check_inside(what, path, err);
}
