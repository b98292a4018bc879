/* A job as the Worker knows it: the message, and what the steps have made of it so far. */
#pragma once

#include "common/error.h"
#include "tests/standin/shared/settings.h"
#include "tests/standin/worker/expression.h"
#include "tests/standin/worker/job_log.h"
#include "tests/standin/worker/workspace.h"

#include <jansson.h>
#include <stdbool.h>

struct work {
	json_t *message;
	const char *job_id; /* these three: borrowed from the message */
	const char *name;
	const char *plan_id;
	char *url;           /* of the run service */
	char *authorization; /* "Bearer <the job's own token>" */
	char tracking_id[64];

	json_t *contexts;    /* github, env, steps, secrets, runner, job, … as plain JSON */
	json_t *environment; /* the job's, with what steps added by GITHUB_ENV */
	json_t *paths;       /* GITHUB_PATH, the latest first */
	json_t *annotations;
	json_t *step_results;
	bool failed;
	bool cancelled; /* a cancel message came */
	bool shut_down; /* a shutdown message came: no step runs any more */

	struct settings settings;
	struct workspace workspace;
	struct job_log log;
};

/* Reads the job message (a JSON text). jobId, jobDisplayName, plan.planId, the SystemVssConnection and
 * contextData.github .repository are required. Secrets go to the masks. */
int work_read(struct work *work, const char *text, struct error *err);

/* Fills the contexts that only the runner knows, and the job's environment; after the workspace is made. */
int work_prepare(struct work *work, struct error *err);

/* The scope in which the expressions of the next step stand. */
struct expression_scope work_scope(const struct work *work);

/* A member of the context `github`; "" when there is none. */
const char *work_github(const struct work *work, const char *name);

/* Adds an annotation ("failure", "warning", "notice") of the job. */
void work_annotate(struct work *work, const char *level, const char *message, const char *title);

void work_free(struct work *work);
