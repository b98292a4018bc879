/* Prints a plan as JSON, for --dry-run and `policy show`. */
#pragma once

#include "policy/plan.h"

#include <jansson.h>

/* Every value of a resolved plan with its origin: {"settings": {KEY: {"value", "origin"}}, "mounts": […], "env": […],
 * "seccomp_filter": …, "allow_degraded", "degraded", "keep_fds", "profile_digest", "command"}. Sizes are bytes,
 * durations as a profile writes them; what is not limited is null; the origin of a built-in default is "default"; the
 * value of an inherited variable is null, for it may be a secret. The caller owns the result; NULL when memory ran out.
 */
json_t *plan_to_json(const struct plan *plan);

/* Text of foreign origin (a path, an argument) as a JSON string: bytes that are not UTF-8 appear as \xNN. JSON null for
 * NULL; NULL when memory ran out. */
json_t *plan_text_json(const char *text);
