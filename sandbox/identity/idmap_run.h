/* Runs work on files whose owners only a job has, in a process that is root of the same map.
 * Runs in: helper, supervisor */
#pragma once

#include "common/error.h"
#include "policy/idmap.h"

#include <stdint.h>

/* Runs in the child; what it changes in memory is lost. 0, or -1 with err. */
typedef int idmap_work(void *data, struct error *err);

/* Makes a user namespace with these maps and runs `work` in a child of ours that is uid 0 of it, with the capabilities
 * that a job's root has and no others. Our open descriptors are the child's too. Waits until `deadline_ns`
 * (CLOCK_MONOTONIC) and a little longer, then kills it. 0, or -1 with what `work` or the set-up said.
 *
 * The namespace belongs to another process, which has nothing of ours: newuidmap(1) wants a dumpable one, and our
 * memory may hold secrets. Ours enters by setns(2), which the owner of a namespace may. */
int idmap_run(const struct idmap *uids, const struct idmap *gids, int64_t deadline_ns, idmap_work *work, void *data,
	struct error *err);
