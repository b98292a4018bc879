/* Data and exit codes shared by the supervisor and its slots. */
#pragma once

#include "runner/common/stop.h"
#include "runner/config/config.h"
#include "runner/config/credentials.h"
#include "runner/config/dist.h"
#include "runner/config/programs.h"
#include "runner/config/world.h"
#include "runner/github/administrator.h"
#include "runner/state/state.h"

/* Exit codes of cofferdam-runner. */
enum runner_exit {
	RUNNER_OK = 0,
	RUNNER_FAILED = 1,      /* failed, or a runner may still be registered */
	RUNNER_USAGE = 2,       /* wrong command line or environment; nothing was registered */
	RUNNER_REFUSED = 3,     /* GitHub refuses the registration permanently: a restart does not help */
	RUNNER_NONE = 4,        /* of a command that asks: no supervisor runs, or none has run here */
	RUNNER_ROLLED_LEFT = 5, /* as RUNNER_ROLLED, and a runner of ours may still be registered */
	RUNNER_ROLLED = 6,      /* of a slot, to the supervisor: it is to be started again, with another distribution */
	RUNNER_OUTDATED = 7,    /* GitHub no longer accepts this version of the official runner: its own exit code */
};

struct supervisor {
	struct config config;
	struct world *worlds; /* of each of config.pools; owned */
	/* The one of a slot, or the one that is being checked. */
	const struct pool *pool;
	struct world *world; /* of the pool's jobs */
	struct credentials credentials;
	struct administrator administrator;
	struct programs programs;
	struct dist dist;
	struct state state;
	struct stop stop;
	struct notify *notify; /* for what the loop waits for: notify_alive(); or NULL */
	int tell;              /* where slots tell their state (runner/state/slot_state.h); 0: nobody listens */
};

/* Makes the pool with this index, and its world, the ones that the supervisor's functions are for. */
static inline void supervisor_use(struct supervisor *supervisor, size_t pool)
{
	supervisor->pool = &supervisor->config.pools.v[pool];
	supervisor->world = &supervisor->worlds[pool];
}
