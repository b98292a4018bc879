/* Drops capabilities. capabilities(7).
 * Runs in: launcher, child, PID 1, command, helper */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Gives up every capability but those in `keep` (bits 1 << CAP_…) for good: ambient and inheritable set empty,
 * bounding, permitted and effective set what is kept, securebits set and locked, no_new_privs set. Must run while
 * CAP_SETPCAP is still held. Nothing kept: uid 0 means nothing any more either. Else the caller is the root of its
 * namespace, and stays one as the kernel means it: its children have the same capabilities, and who of them becomes
 * another id loses them. no_new_privs keeps exec from giving back what a process has dropped, so setuid programs and
 * file capabilities are without effect in both cases. */
int caps_reduce(uint64_t keep, struct error *err);

/* The securebits that go with it. */
int caps_securebits(uint64_t keep);

/* Giving up all of them in two steps, for who may lack CAP_SETPCAP and changes to another user in between. The first
 * empties the bounding set and locks the securebits; without the capability neither is possible and *locked is false,
 * which is no error: what is left of the bounding set gives nothing under no_new_privs, which the second sets. */
int caps_lock(bool *locked, struct error *err);
int caps_clear(struct error *err);

/* Empties the effective set, until the next exec: that gives the root of a namespace its own again. */
int caps_lay_down(struct error *err);
