/* Decides what to do after the Listener's exit. Pure.
 *
 * actions/runner: src/Runner.Common/Constants.cs, ReturnCode. */
#pragma once

#include <stdbool.h>

enum listener_action {
	LISTENER_DONE,       /* exit */
	LISTENER_RESTART,    /* restart with the same registration, after a while */
	LISTENER_REREGISTER, /* the registration is useless: register again, after a while */
	LISTENER_FAIL,       /* exit with an error */
	LISTENER_OUTDATED,   /* exit: GitHub no longer accepts this version */
	LISTENER_HOLD,       /* register again, when this host has room for jobs again */
	LISTENER_ROLL,       /* exit, to be started again with another distribution */
};

struct listener_exit {
	enum listener_action action;
	const char *meaning; /* for the log, after "the Listener" */
};

/* `status` is the launcher's status of waitpid(2). `shim`: runner/launch/listener_start.h has seen the shim.
 * `stopping`: we told the Listener to end. `ephemeral_done`: the runner was for one job and has had it. `renewable`:
 * the credential can register again. */
struct listener_exit listener_exit(int status, bool shim, bool stopping, bool ephemeral_done, bool renewable);
