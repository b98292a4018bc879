/* The hub's own side, for tests: jobs to queue and watch, runners to look at.
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void admin_add_job(struct call *call);
void admin_list_jobs(struct call *call);
void admin_get_job(struct call *call);
void admin_wait_job(struct call *call);
void admin_job_log(struct call *call);
void admin_job_steps(struct call *call);
void admin_cancel_job(struct call *call);
void admin_lose_job(struct call *call);
void admin_runners(struct call *call);
void admin_wait_runner(struct call *call);
