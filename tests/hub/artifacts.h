/* Artifacts of a run, as @actions/artifact keeps and fetches them (actions/toolkit packages/artifact/src/generated/
 * results/api/v1/artifact.ts; Twirp, JSON in snake case). Handlers of routes.c. */
#pragma once

#include "tests/hub/call.h"

/* At the origin: the client drops the path of ACTIONS_RESULTS_URL. */
#define ARTIFACTS "/twirp/github.actions.results.api.v1.ArtifactService/"

void artifacts_create(struct call *call);
void artifacts_finalize(struct call *call);
void artifacts_list(struct call *call);
void artifacts_signed_url(struct call *call);
void artifacts_delete(struct call *call);
