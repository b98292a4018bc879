/* The two ways in which a job message writes values, both made into plain JSON.
 * Template tokens (steps, environment): "text", {"type":0,"lit":"text"}, {"type":2,"map":[{"Key":…,"Value":…}]},
 * {"type":1,"seq":[…]}, {"type":3,"expr":"…"}, {"type":5,"bool":…}, {"type":6,"num":…}.
 * Context data (contextData): "text", {"t":2,"d":[{"k":…,"v":…}]}, {"t":1,"a":[…]}, {"t":3,"b":…}, {"t":4,"n":…}. */
#pragma once

#include <jansson.h>

/* A new reference. An expression becomes the string "${{ expr }}". Plain JSON objects stay what they are. */
json_t *token_plain(const json_t *token);

/* A new reference. */
json_t *context_plain(const json_t *data);
