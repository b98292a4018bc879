#include "runner/slot/listener_exit.h"

#include "common/status.h"
#include "runner/launch/listener_start.h"

#include <stddef.h>
#include <sys/wait.h>

#define EXIT_TERMINATED 1

static const struct {
	int code;
	struct listener_exit exit;
} codes[] = {
	{0, {LISTENER_DONE, "ended"}},
	{EXIT_TERMINATED,
		{LISTENER_REREGISTER, "cannot go on: its registration is gone, or its configuration is wrong"}},
	{2, {LISTENER_RESTART, "lost its connection"}},
	{3, {LISTENER_RESTART, "wants to update itself, but the distribution is read-only"}},
	{4, {LISTENER_RESTART, "wants to update itself, but the distribution is read-only"}},
	{5, {LISTENER_FAIL, "cannot connect: another Listener has this runner's session"}},
	{7, {LISTENER_OUTDATED,
		    "is too old: GitHub no longer accepts this version: update RUNNER_DIR, or run `cofferdam runner fetch`"}},
	{STATUS_LAUNCHER, {LISTENER_FAIL, "did not start: its sandbox could not be set up"}},
	{STATUS_CANNOT_EXEC, {LISTENER_FAIL, "cannot be executed"}},
	{STATUS_NOT_FOUND, {LISTENER_FAIL, "does not exist in its sandbox"}},
};

static struct listener_exit by_code(int code)
{
	/* 100 and more: the job's result, only with ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED. */
	if (code >= 100 && code <= 105)
		return (struct listener_exit){LISTENER_DONE, "ended"};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (code == codes[i].code)
			return codes[i].exit;
	return (struct listener_exit){LISTENER_RESTART, "crashed"};
}

/* The exit is that of another program in the shim's place: it is not the launcher's failure, and it was not killed. */
static bool was_of_another(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) <= STATUS_NOT_FOUND && WEXITSTATUS(status) != STATUS_TIMEOUT &&
	       WEXITSTATUS(status) != STATUS_LAUNCHER;
}

struct listener_exit listener_exit(int status, bool shim, bool stopping, bool ephemeral_done, bool renewable)
{
	struct listener_exit exit = WIFEXITED(status) ? by_code(WEXITSTATUS(status))
						      : (struct listener_exit){LISTENER_RESTART, "was killed"};

	if (!shim && was_of_another(status))
		exit = (struct listener_exit){LISTENER_FAIL, LISTENER_START_REFUSED};

	if (stopping)
		return (struct listener_exit){LISTENER_DONE, "ended"};
	/* One job was all it was for. If it did not end well, the job may not have either. */
	if (ephemeral_done && exit.action != LISTENER_DONE && exit.action != LISTENER_OUTDATED)
		exit.action = LISTENER_FAIL;
	if (exit.action == LISTENER_REREGISTER && !renewable)
		exit.action = LISTENER_FAIL;
	return exit;
}
