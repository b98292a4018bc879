/* The cache of a repository, as @actions/cache keeps and restores it (actions/toolkit
 * packages/cache/src/generated/results/api/ v1/cache.ts; Twirp, JSON in snake case). Handlers of routes.c. */
#pragma once

#include "tests/hub/call.h"

/* At the origin: the client drops the path of ACTIONS_RESULTS_URL. */
#define CACHES "/twirp/github.actions.results.api.v1.CacheService/"

void caches_create(struct call *call);
void caches_finalize(struct call *call);
void caches_download_url(struct call *call);
