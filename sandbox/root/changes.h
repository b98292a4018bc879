/* Lists what a job changed: compares the upper parts of its layers with the lower ones.
 * Runs in: launcher, helper */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/outcome/outcome.h"

#include <stdbool.h>

/* After the last process of the job is gone: `pinned` as the child sent it (sandbox/pinned.h), `disk` the
 * directory of a layer on disk, or -1. outcome->changes gets
 * the counts and the list: lines "A PATH" (was not there), "M PATH" (was there, and has been opened for writing,
 * replaced, or got another mode or owner) and "D PATH" (was there), by path, control characters and "\" as "\xNN". A
 * directory that is gone is one line. The job has filled what is walked here, so the walk has bounds, in time, depth
 * and lines; when one is reached, the last line is "! " and which. The walk is a process of its own, in the sandbox's
 * user namespace: it can read what the job has made unreadable, and nothing else that the caller could not. A signal
 * that ends a launcher leaves it `grace_ns`. */
int changes_list(const struct plan_root *root, int64_t grace_ns, const int pinned[], int disk,
	const struct cgroup *helpers, struct outcome *outcome, struct error *err);

/* The bounds, for tests. */
#define CHANGES_LINES_MAX 250000
#define CHANGES_BYTES_MAX ((size_t)64 << 20)
#define CHANGES_DEPTH_MAX 128
#define CHANGES_TIME_NS INT64_C(10000000000)
