/* Holds the shipped profiles as parsed at build time (policy/build/profiles.c).
 * A launch under a shipped profile parses no JSON. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

struct prebuilt_profile {
	const char *name;   /* "default" */
	const char *digest; /* as plan->profile_digest */
	const char *values; /* a byte, setting_index() + 1, then text and origin, each with its NUL, in the order of
			       setting_apply(); then a byte 0 */
};

/* Ends with a NULL name. Generated. */
extern const struct prebuilt_profile prebuilt_profiles[];

/* profile_load() of a shipped profile. 1: done; 0: there is none of that name; -1: err. What comes of it is the same as
 * from the JSON (tests/unit/test_profile_prebuilt.c). */
int profile_prebuilt(const char *name, struct plan *plan, struct error *err);
