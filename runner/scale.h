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

/* How many slots are wanted while so many of them run a job. */
unsigned scale_wanted(const struct pool *pool, unsigned busy);

/* How many slots are to be added to the `has` of a pool, or, if < 0, to end. `spare_since_ns` is the pool's and 0 at
 * first: since when it has had more than are wanted. */
int scale_step(const struct pool *pool, unsigned has, unsigned busy, int64_t *spare_since_ns, int64_t now_ns);
