/* Registration through the REST API, with a PAT. */
#pragma once

#include "common/clock.h"
#include "common/error.h"
#include "runner/config/context.h"
#include "runner/github/github.h"
#include "runner/registration/record.h"

/* GitHub refuses the registration permanently. -1, in contrast, is a failure that may not recur. */
#define REGISTRATION_REFUSED (-2)

/* How long a registration is tried: past the reset of the hourly rate limit. */
#define REGISTER_BOUND_NS (70 * 60 * NS_PER_S)

/* Calls generate-jitconfig and writes the files into the slot's root directory. If the name is taken, removes the other
 * runner if allowed, or chooses another name. record->name is the first choice; name, id and the record's file follow.
 * 0, -1 or REGISTRATION_REFUSED; record->begun says whether GitHub may have registered the runner nevertheless. */
int registration_jit(
	struct supervisor *supervisor, struct github *github, int rootfd, struct record *record, struct error *err);

/* Requests a registration token for config.sh, valid for an hour. 0, -1 or REGISTRATION_REFUSED. */
int registration_token(struct github *github, const struct record *record, struct secret *token, struct error *err);

struct registration_found {
	int64_t id;
	bool idle; /* offline and not busy */
	bool ours; /* by its id, by a unique name, or by our label */
};

/* Looks up the record's runner in GitHub's list as it was at `since_ns` (CLOCK_MONOTONIC) or later, by its id or else
 * by its name. 1 found, 0 not in the list, -1 no list.
 * A 404 for a single runner would prove less: GitHub replies so to a token that may not see the runner. */
int registration_lookup(struct github *github, const struct record *record, int64_t since_ns, int64_t bound_ns,
	struct registration_found *found, struct error *err);

/* Sends DELETE. Returns the HTTP status (204, 404, 422), or -1. */
int registration_delete(
	struct github *github, const struct record *record, int64_t id, int64_t bound_ns, struct error *err);

/* Removes the runner that has the record's name, if that runner is offline. 1: the name is free. 0: that runner is
 * online or runs a job. -1: unknown. */
int registration_take_over(struct github *github, const struct record *record, struct error *err);

/* How many bytes of a name fit into `most`, with its last character whole. */
int registration_fit(const char *name, int most);

/* Appends a random suffix to a name, within GitHub's limit of 64. */
void registration_unique_name(struct record *record, const char *base);
