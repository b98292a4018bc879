/* How many slots a pool is to have: from `min` to `max`, with `warm` that wait for a job. Pure.
 *
 * GitHub does not tell a runner how many jobs wait, but a slot that gets one is a sign of it: then another slot starts,
 * until enough wait again. What has been more than that for a while ends. */
#pragma once

#include "common/clock.h"
#include "runner/config/pool.h"

#include <stdint.h>

/* For so long a pool has more slots than it needs before one of them ends. */
#define SCALE_SPARE_NS (600 * NS_PER_S)

/* Since when a pool has had more slots than are wanted, and how many more at least all that time. {0} at first. */
struct scale_spare {
	int64_t since_ns; /* 0: it has not */
	unsigned least;
};

/* How many slots are wanted while so many of them run a job. `out` are the pool's slots that take no job, drained by
 * name or ended for good: whoever drained one wants less, not another, so that they count against both bounds. */
unsigned scale_wanted(const struct pool *pool, unsigned busy, unsigned out);

/* How many slots are to be added to the `has` of a pool that may take jobs, or, if < 0, to end. */
int scale_step(
	const struct pool *pool, unsigned has, unsigned busy, unsigned out, struct scale_spare *spare, int64_t now_ns);
