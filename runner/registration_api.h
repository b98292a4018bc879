/* Registration through the REST API, which a PAT allows. */
#pragma once

#include "common/error.h"
#include "runner/github.h"
#include "runner/record.h"
#include "runner/supervisor.h"

/* -1 failed, and may go well another time; -2: GitHub refuses it, and will the next time. */
#define REGISTRATION_REFUSED (-2)

/* generate-jitconfig, with the files written to the slot's root (a directory). A name that is taken is freed if it is
 * ours to free, or another is chosen. record->name is the first choice; name, id and the record's file follow. 0, -1 or
 * REGISTRATION_REFUSED; record->begun says whether GitHub may have registered it all the same. */
int registration_jit(
	struct supervisor *supervisor, struct github *github, int rootfd, struct record *record, struct error *err);

/* A registration token for config.sh: it ends by itself within the hour. 0, -1 or REGISTRATION_REFUSED. */
int registration_token(struct github *github, const struct record *record, struct secret *token, struct error *err);

struct registration_found {
	int64_t id;
	bool idle; /* offline and not busy */
	bool ours; /* by its id, by a name that nobody else has, or by our label */
};

/* Looks for the record's runner in GitHub's list, by its id or else by its name: 1 found, 0 the list does not have it,
 * -1 there is no list to be had. A 404 for one runner would say less: GitHub gives it to whoever may not see it. */
int registration_look_up(struct github *github, const struct record *record, int64_t bound_ns,
	struct registration_found *found, struct error *err);

/* DELETE. The HTTP status (204, 404, 422), or -1. */
int registration_delete(
	struct github *github, const struct record *record, int64_t id, int64_t bound_ns, struct error *err);

/* For a name that is taken: removes the runner that has it, if that one is offline. 1: the name is free. 0: it is
 * online, or runs a job. -1: not known. */
int registration_take_over(struct github *github, const struct record *record, struct error *err);

/* Puts a random end to a name, within GitHub's limit of 64. */
void registration_unique_name(struct record *record, const char *base);
