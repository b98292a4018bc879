/* Capabilities. capabilities(7). */
#pragma once

#include "common/error.h"

/* Gives up every capability for good: ambient and bounding set empty, securebits set and locked, then the permitted,
 * effective and inheritable sets empty, no_new_privs set. Must run while CAP_SETPCAP is still held. */
int caps_drop_all(struct error *err);
