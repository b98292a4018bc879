/* What to do when the Listener has ended. Pure; actions/runner: src/Runner.Common/Constants.cs, ReturnCode. */
#pragma once

#include <stdbool.h>

enum listener_action {
	LISTENER_DONE,       /* leave */
	LISTENER_RESTART,    /* the same registration again, after a while */
	LISTENER_REREGISTER, /* the registration is of no use any more: a new one, after a while */
	LISTENER_FAIL,       /* leave, with an error */
	LISTENER_OUTDATED,   /* leave: this version is not taken any more */
};

struct listener_exit {
	enum listener_action action;
	const char *meaning; /* for the log */
};

/* `status` is the launcher's, as of waitpid(2). `stopping`: we told it to end. `ephemeral_done`: a runner for one job
 * that has had its job. `renewable`: the credential can register again. */
struct listener_exit listener_exit(int status, bool stopping, bool ephemeral_done, bool renewable);
