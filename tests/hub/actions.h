/* Actions of other repositories: what a test has put, resolved and handed out as a tarball. */
#pragma once

#include "tests/hub/call.h"

/* PUT /_hub/actions/OWNER/NAME/REF: a tarball (tar.gz with one directory), which `uses: OWNER/NAME@REF` then gets. */
void actions_put(struct call *call);

/* POST /actions/build/PLAN/jobs/JOB/runnerresolve/actions (src/Sdk/WebApi/WebApi/LaunchHttpClient.cs). */
void actions_resolve(struct call *call);

/* POST …/plans/PLAN/actiondownloadinfo: the same in the v1 flow. */
void actions_resolve_older(struct call *call);

/* GET {E}/tarball/SHA: as GitHub's REST API does, this sends to codeload. */
void actions_tarball(struct call *call);

/* GET /codeload/OWNER/NAME/SHA */
void actions_codeload(struct call *call);
