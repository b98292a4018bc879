#include "sandbox/lookup.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

int lookup_open(int dirfd, const char *path, int flags, unsigned resolve)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | resolve,
	};

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

int lookup_hint(struct error *err)
{
	switch (err->errnum) {
	case ENOSYS:
	case EPERM: /* what older container runtimes answer to a call that they do not know */
		return error_hint(err,
			"openat2 is missing: a kernel of 5.14 or later has it; in a container, a "
			"seccomp filter around us may hide it: `cofferdam doctor` names what is missing");
	case ELOOP:
		return error_hint(err,
			"a symbolic link on the way leads through /proc/PID/fd, cwd, root or exe, or in a circle: "
			"name the path it should lead to");
	default:
		return -1;
	}
}

/* The system call: the C library's getcwd(3) searches by hand for what the kernel calls "(unreachable)". */
static int check_inside(const char *what, const char *path, struct error *err)
{
	char cwd[PATH_MAX];
	const long n = syscall(SYS_getcwd, cwd, sizeof cwd);

	if (n < 0)
		return error_set(err, errno, "%s %s: getcwd", what, path);
	return cwd[0] == '/' ? 0 : error_set(err, 0, "%s %s: outside of the root", what, path);
}

int lookup_enter(const char *what, const char *path, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || fchdir(fd) < 0) {
		error_set(err, errno, "%s %s", what, path);
		return fd < 0 ? lookup_hint(err) : -1;
	}
	return check_inside(what, path, err);
}
