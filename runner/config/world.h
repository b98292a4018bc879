/* The places of a job, which are a hosted runner's:
 * https://docs.github.com/actions/reference/runners/github-hosted-runners, "File systems". They are the same in every
 * job of a runner, so that caches with absolute paths hit.
 *
 * Pure: the host's facts come in as parameters. */
#pragma once

#include "common/error.h"
#include "runner/config/config.h"
#include "runner/config/dist.h"
#include "runner/config/shown.h"

#include <jansson.h>
#include <stdbool.h>

#define WORLD_HOME "/home/runner"
#define WORLD_WORK WORLD_HOME "/work" /* without RUNNER_WORKDIR */

struct world {
	char *tools; /* the tool cache of the administrator, or NULL: it is in the work directory, and empty */
	char *home;  /* HOME: that of the administrator's .env, else of the profile */
	char *work;  /* the work directory: WORK/REPO/REPO, WORK/_temp, WORK/_tool */
	char *user;  /* the name of the job's user, or NULL: known to its image only */
	bool lent;   /* the work directory becomes a user's of the image, and need not be given back */
	struct arguments shown;     /* options of `cofferdam run`: the files that variables name */
	const char *profile_origin; /* for errors; of the facts, and not owned */
	char *plan;                 /* of the profile, as printed: with another one, jobs get another sandbox */
	struct arguments rows;      /* what the profile shows of the host: source, target, source, … */
};

struct world_facts {
	const char *home;     /* the caller's HOME, which a profile may pass on; or NULL */
	const char *user;     /* the caller's name, or NULL: it has none */
	input_lookup *lookup; /* the caller's variables */
	void *context;
	const char *profile_origin; /* of struct pool; NULL: the variable */
};

/* Decides the places from `plan`, the profile's as `cofferdam policy show` prints it. Refuses, by the name of its
 * variable, a place that would hide another. The caller calls world_free(), also after a failure. */
int world_decide(struct world *world, const struct config *config, const struct dist *dist, const json_t *plan,
	const struct world_facts *facts, struct error *err);
void world_free(struct world *world);

/* Frees an array of `n` of them, which may be NULL. */
void worlds_free(struct world *worlds, size_t n);

/* Whether the state directory can be hidden in a job as what it is, or is around a place of the job's, which needs it
 * as a way. */
bool world_is_within(const struct world *world, const struct dist *dist, const char *dir);
