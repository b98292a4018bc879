/* The Worker's last word: completejob, with the job's own token. */
#pragma once

#include "tests/standin/worker/work.h"

/* Tells the run service how the job ended ("succeeded", "failed", "canceled"), with outputs, step results and
 * annotations. Five tries. */
int report_job(struct work *work, const char *conclusion, struct error *err);
