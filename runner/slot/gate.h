/* Lets a slot take jobs only while this host has room for them: COFFERDAM_MIN_FREE_DISK and COFFERDAM_MIN_FREE_MEMORY.
 *
 * A job that fills what is left takes the others, and the runner, with it. */
#pragma once

#include "runner/config/context.h"
#include "runner/state/room.h"

/* How often is looked while there is something to wait for. */
#define GATE_POLL_NS (INT64_C(5) * 1000000000)

/* Whether there is room; else *why. */
bool gate_is_open(const struct supervisor *supervisor, char why[ROOM_WHY_MAX]);

/* Waits for room, before a runner is registered, and says so once. An eighth more is asked for when there was none, at
 * most 256 MiB. False: a stop has come first. */
bool gate_await(struct supervisor *supervisor);
