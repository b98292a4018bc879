/* Compares what the kernel shows of a sandbox after set-up with what the plan expects. Pure.
 *
 * sandbox/verify/inspect.c asks the kernel, only for a report: `active` in it means seen, not intended. A value that
 * differs from the plan is a refusal; a value that could not be read leaves its protection `unverified`.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/expectation.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/outcome/seen_values.h"

#include <stdbool.h>
#include <stdint.h>

/* "user", "pid", …: the names of /proc/self/ns of the first SEEN_NAMESPACES values. */
extern const char *const seen_namespaces[SEEN_NAMESPACES];

/* The protection that a consent lets be missing, as the rows of sandbox/protections.c say. */
enum protection protection_of_degradable(enum plan_degradable what);

/* What is known of a launch before it: what an entrypoint has told that it could not do is not wanted of it. */
struct seen_before {
	struct expectation expected; /* of it */
	struct seen_values outside;  /* of the launcher */
	bool unlocked;               /* bounding set and securebits stay: no CAP_SETPCAP */
	bool no_keyring;             /* an outer filter refuses keyctl(2) */
};

/* Nothing seen. */
void seen_none(struct seen_values *seen);

/* What is not seen in `seen` and is in `other` is taken from there. */
void seen_add(struct seen_values *seen, const struct seen_values *other);

/* What seen_check_filtered() does not let pass was seen: the filter, and the limit that is lowered behind it. */
void seen_filtered(const struct seen_before *before, struct seen_values *seen);

/* Compares all that was seen with what the plan wants. Refuses by name what is not as it should be; what was not seen
 * is passed over. */
int seen_check(const struct seen_before *before, const struct seen_values *seen, struct error *err);

/* seen_check() behind the filter, where what was not seen is refused too: the launcher has the values of
 * seen_filtered() by then. `status` is the text of /proc/self/status, `filters` what it said before. */
int seen_check_filtered(const struct seen_before *before, const char *status, uint64_t filters,
	struct seen_values *seen, struct error *err);

/* The name of a value that the plan wants of a protection and that was not seen, or NULL. */
const char *seen_lacks(const struct seen_before *before, const struct seen_values *seen, enum protection protection);

/* The values that belong to a protection and were seen, for the report: at most PROTECTION_FACTS_MAX. Their number. */
unsigned seen_facts(const struct seen_values *seen, enum protection protection, struct protection_fact *facts);
