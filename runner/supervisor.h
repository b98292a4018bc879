/* What the parent and its slots share, and the parent's work: start the slots, pass the stop signals on, clean up after
 * a slot that was killed and start it again. */
#pragma once

#include "common/error.h"
#include "runner/config.h"
#include "runner/credentials.h"
#include "runner/dist.h"
#include "runner/programs.h"
#include "runner/state.h"
#include "runner/stop.h"

/* Exit codes of cofferdam-runner. */
enum runner_exit {
	RUNNER_OK = 0,
	RUNNER_FAILED = 1, /* or done, and a runner may be left registered */
	RUNNER_USAGE = 2,  /* the command line or the environment is wrong; nothing was done */
	RUNNER_REFUSED =
		3, /* GitHub refuses the registration, and will the next time: nothing is gained by a restart */
	RUNNER_OUTDATED = 7, /* GitHub no longer takes this version of the official runner; as its own exit code */
};

struct supervisor {
	struct config config;
	struct credentials credentials;
	struct programs programs;
	struct dist dist;
	struct state state;
	struct stop stop;
};

/* Runs all slots to their end. Returns an exit code; what went wrong has been logged. */
int supervise(struct supervisor *supervisor);

/* A supervisor and its slots hold secrets and must not be looked into: non-dumpable, no core files. */
int supervisor_harden(struct error *err);

void supervisor_free(struct supervisor *supervisor);
