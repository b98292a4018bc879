#include "sandbox/process/sealed_self.h"

#include "common/cleanup.h"
#include "sandbox/process/file_limit.h"
#include "sandbox/process/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NAME "cofferdam"

static int open_self(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

/* Files that are no memfd have no seals, or F_SEAL_SEAL alone. */
static bool is_sealed(int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & IMAGE_SEALS) == IMAGE_SEALS;
}

bool sealed_self_is(void)
{
	_cleanup_(close_fd) int self = open_self();

	return self >= 0 && is_sealed(self);
}

static int hint(struct error *err)
{
	return error_hint(err,
		"without Landlock the launcher runs from a copy of itself in memory, so that no job reaches its file: let it read itself and execute that copy, or give it a kernel with Landlock");
}

static int failed(const char *what, struct error *err)
{
	error_set(err, errno, "launcher: %s", what);
	return hint(err);
}

static int copy_of(int self, struct error *err)
{
	sigset_t before;
	int copy;

	file_limit_begin(&before);
	copy = image_copy("launcher", NAME, self, 0555, err);
	file_limit_end(&before);
	return copy;
}

int sealed_self_exec(int argc, char *const argv[], struct error *err)
{
	_cleanup_(close_fd) int self = open_self();
	_cleanup_(close_fd) int copy = -1;
	_cleanup_(freep) char **args = calloc((size_t)argc + 2, sizeof *args);

	if (self < 0)
		return failed("/proc/self/exe", err);
	if (is_sealed(self)) {
		/* The kernel named the process after the descriptor. */
		prctl(PR_SET_NAME, program_invocation_short_name, 0, 0, 0);
		return 0;
	}
	if (args == NULL)
		return error_set(err, ENOMEM, "launcher");
	args[0] = program_invocation_name;
	memcpy(args + 1, argv, (size_t)argc * sizeof *args);
	/* Readable: what is not is not dumpable either, and its parent's death would not be signalled
	 * (PR_SET_PDEATHSIG). */
	copy = copy_of(self, err);
	if (copy < 0)
		return err->hint[0] != '\0' ? -1 : hint(err);
	execveat(copy, "", args, environ, AT_EMPTY_PATH);
	return failed("execveat", err);
}
