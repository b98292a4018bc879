/* Registration through the REST API, which a PAT allows. */
#pragma once

#include "common/error.h"
#include "runner/github.h"
#include "runner/record.h"
#include "runner/supervisor.h"

/* generate-jitconfig, with the files written to the slot's root (a directory). A name that is taken is freed if it is
 * ours to free, or another is chosen. record->name is the first choice; name, id and the record's file follow. */
int registration_jit(
	struct supervisor *supervisor, struct github *github, int rootfd, struct record *record, struct error *err);

/* A registration token for config.sh. */
int registration_token(struct github *github, const struct record *record, struct secret *token, struct error *err);

/* The id of the runner of that name: 1 found (`idle`: offline and not busy), 0 none, -1 error. */
int registration_look_up(struct github *github, const struct record *record, int64_t bound_ns, int64_t *id, bool *idle,
	struct error *err);

/* DELETE. The HTTP status (204, 404, 422), or -1. */
int registration_delete(
	struct github *github, const struct record *record, int64_t id, int64_t bound_ns, struct error *err);

/* GET: 1 it is there, 0 it is not (404), -1 not known. */
int registration_exists(struct github *github, const struct record *record, int64_t bound_ns, struct error *err);

/* Puts a random end to a name, within GitHub's limit of 64. */
void registration_unique_name(struct record *record, const char *base);
