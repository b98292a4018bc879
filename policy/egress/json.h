/* Prints `network: open` as JSON, for --dry-run and `policy show`. */
#pragma once

#include "policy/egress/egress.h"

#include <jansson.h>

/* What was opened, and, where the host was looked at, the rules and the helper's arguments. NULL when there is nothing
 * of that. The caller owns the reference. */
json_t *egress_to_json(const struct egress *egress);
