#include "common/standard_fds.h"

#include "common/status.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static void open_one(int fd)
{
	static const char failed[] = "cofferdam: /dev/null cannot be opened in place of a closed descriptor\n";

	/* O_PATH is not valid for poll(2) either, but it is there. */
	if (fcntl(fd, F_GETFD) >= 0)
		return;
	/* The lowest that is free is this one, since those before it are open. */
	if (open("/dev/null", (fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) | O_NOCTTY) == fd)
		return;
	if (write(STDERR_FILENO, failed, sizeof failed - 1) < 0)
		_exit(STATUS_LAUNCHER);
	_exit(STATUS_LAUNCHER);
}

void standard_fds_open(void)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	/* Refused by an outer seccomp filter: then each is asked about. */
	const int n = poll(fds, 3, 0);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (n < 0 || (fds[fd].revents & POLLNVAL) != 0)
			open_one(fd);
}
