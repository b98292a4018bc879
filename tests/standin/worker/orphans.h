/* Processes that a job left behind: those whose environment has RUNNER_TRACKING_ID of this job. */
#pragma once

#include "tests/standin/worker/job_log.h"

/* Kills them, and names each in the log. What cannot be read is passed over, as by the official Worker. */
void orphans_kill(const char *tracking_id, struct job_log *log);
