/* Loads profiles: JSON objects whose keys are the settings. "extends" names the profile to start from. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stdbool.h>
#include <stddef.h>

/* A longer profile is refused. */
#define PROFILE_TEXT_MAX ((size_t)256 << 10)

/* A profile, what it extends, what that extends, …: no more than this. */
#define PROFILE_DEPTH_MAX 8

/* Loads a shipped profile by its name, or a file (what has a '/' or ends in ".json"), and puts its settings into the
 * plan, those of the profile that it extends first. Also sets plan->profile and plan->profile_digest, the SHA-256 of
 * the bytes of the profile, then of the one it extends, and so on. Errors and origins say FILE:LINE:COLUMN. */
int profile_load(const char *name_or_path, struct plan *plan, struct error *err);

/* Whether a value with this origin stands in a shipped profile: no file of the user's has such a name there. */
bool profile_is_shipped(const char *origin);

/* The same for a profile in memory, which may extend shipped profiles only. `name` stands for it in errors. */
int profile_load_text(const char *name, const char *text, size_t len, struct plan *plan, struct error *err);

/* After so many errors profile_check() says that it gives up, which counts as one more. */
#define PROFILE_ERRORS_MAX 50

/* Is told of each error of a profile. */
typedef void profile_error_fn(const struct error *err, void *context);

struct json_doc;

/* Loads the shipped profile of that name, or else the file at `path`, as profile_load() does, but goes on after errors
 * where that is possible, and hands each to `report`. Returns their number. What has been read of the file already,
 * which may be a pipe, goes over in `read`, unless that is NULL. */
size_t profile_check(
	const char *path, struct json_doc *read, struct plan *plan, profile_error_fn *report, void *context);

/* Is told of each value that is put into the plan, in order. */
struct setting;
typedef void profile_value_fn(const struct setting *setting, const char *text, const char *origin, void *context);

/* profile_load() of a shipped profile, from its JSON, telling `each`. At build time, and in tests. */
int profile_trace(const char *name, struct plan *plan, profile_value_fn *each, void *context, struct error *err);
