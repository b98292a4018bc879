/* The broker: accepts calls on descriptor 0, a process for each, and counts them on descriptor 1, an eventfd.
 * Whatever it starts has what was in force when it was started itself: filter, Landlock, limits, capabilities.
 * Runs in: helper */
#pragma once

#include <stdint.h>

/* Calls that may run at the same time; further ones are refused. */
#define BROKER_CALLS_MAX 256

/* A connection that has not sent its request by then is closed. */
#define BROKER_REQUEST_SECONDS 10

/* What the counter grows by: the calls are in its lower half, those that were refused in the upper. */
#define BROKER_CALL UINT64_C(1)
#define BROKER_REFUSED (UINT64_C(1) << 32)

int broker_main(void);
