#include "runner/job/holder.h"

#include "runner/worker/hold.h"

#include <errno.h>
#include <sys/socket.h>

#define NAME "cofferdam-hold"

void holder_show(struct launch *launch, const char *program, const char *runner)
{
	if (program != NULL)
		arguments_add_pair(&launch->argv, "--execute-only", "%s:%s/" NAME, program, runner);
}

int holder_command(struct launch *launch, const char *runner, int *ours, int *theirs, struct error *err)
{
	int ends[2], number;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, errno, "socketpair");
	*ours = ends[0];
	*theirs = ends[1];
	number = launch_fd(launch, ends[1]);
	arguments_add(&launch->argv, "--");
	arguments_add(&launch->argv, "%s/" NAME, runner);
	arguments_add(&launch->argv, HOLD_COMMAND);
	arguments_add(&launch->argv, "%d", number);
	return 0;
}
