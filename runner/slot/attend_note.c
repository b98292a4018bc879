/* What the journal hears of a slot. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/journal/journal.h"
#include "runner/slot/attend.h"
#include "runner/slot/slot.h"
#include "runner/state/cgroup_leaf.h"

#include <math.h>

static enum journal_state what_it_does(const struct attend *attend)
{
	if (attend->job.held_ns > 0 && attend->obeyed == STOP_NONE)
		return JOURNAL_HELD;
	if (attend->obeyed > STOP_NONE || attend->rolling || attend->leaving)
		return JOURNAL_DRAINING;
	if (attend_is_busy(attend))
		return JOURNAL_BUSY;
	return attend->listens ? JOURNAL_IDLE : JOURNAL_STARTING;
}

/* Whoever waits for a drain is told of the job. */
static void tell(struct attend *attend)
{
	const enum slot_state now = attend->job.held_ns > 0 ? SLOT_HELD
				    : attend->job.active    ? SLOT_BUSY
				    : attend->listens       ? SLOT_IDLE
							    : SLOT_STARTING;

	if (now != attend->told)
		slot_state_tell(attend->supervisor->tell, attend->paths->number, now);
	attend->told = now;
}

void attend_note(struct attend *attend)
{
	const enum journal_state now = what_it_does(attend);

	tell(attend);
	if (now == attend->noted)
		return;
	attend->noted = now;
	slot_note(attend->supervisor, attend->paths->number, attend->record->name, now);
}

void attend_note_job(struct attend *attend, int64_t startup_ns)
{
	const struct supervisor *supervisor = attend->supervisor;
	_cleanup_(freep) char *cgroup = cgroup_leaf_find(attend->job.dir.id);
	const struct journal_job job = {
		.id = attend->job.dir.id,
		.slot = attend->paths->number,
		.pool = supervisor->pool->name,
		.runner = attend->record->name,
		.labels = supervisor->pool->labels,
		.subject = &attend->job.subject,
		.startup_ns = startup_ns,
		.rate = supervisor->pool->currency[0] != '\0' ? supervisor->pool->rate : NAN,
		.currency = supervisor->pool->currency[0] != '\0' ? supervisor->pool->currency : NULL,
		.launcher = attend->job.launcher,
		.cgroup = cgroup,
	};

	journal_job_started(&supervisor->state, &job);
	attend->noted = JOURNAL_BUSY;
	attend_note(attend);
}
