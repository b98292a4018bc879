/* Moves the slots to another distribution, one after another. */
#include "common/clock.h"
#include "runner/roll.h"
#include "runner/slots.h"

#include <signal.h>

#define ROLL_NS (60 * NS_PER_S) /* for a slot to move to another distribution, before the next one is told */

/* No other distribution comes. */
void slots_end_wait(struct slots *slots, unsigned i)
{
	if (slots->process[i].is_outdated)
		slots_note_code(slots, RUNNER_OUTDATED);
	slots->process[i].is_outdated = false;
}

/* One at a time, so that the others take jobs meanwhile. One that has a job moves after it, and keeps the others
 * waiting for a while only. Whoever has not moved is told again. */
static void roll_next(struct slots *slots)
{
	const unsigned n = CONFIG_SLOTS_MAX;

	if (clock_monotonic_ns() < slots->roll_at_ns)
		return;
	for (unsigned i = 1; i <= n; i++) {
		const unsigned at = (slots->rolled + i) % n;

		if (!slots->process[at].is_old || slots->process[at].pid <= 0 || slots->process[at].sweeps)
			continue;
		kill(slots->process[at].pid, STOP_ROLL_SIGNAL);
		slots->rolled = at;
		slots->roll_at_ns = clock_monotonic_ns() + ROLL_NS;
		return;
	}
}

/* The daily look for another distribution, and what becomes of it. Time until the next call is due, or -1. */
int64_t slots_roll(struct slots *slots)
{
	const bool ran = slots->daily.fetcher != 0;
	int64_t wait;

	if (slots->supervisor->stop.step > STOP_NONE) {
		daily_finish(&slots->daily);
		return -1;
	}
	wait = daily_serve(&slots->daily);
	if (ran && slots->daily.fetcher == 0) {
		const bool adopted = roll_adopt(slots->supervisor);

		for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
			struct slot_process *process = &slots->process[i];

			process->is_old |= adopted && process->pid > 0;
			if (adopted && process->is_outdated)
				process->start_at_ns = 1;
			process->is_outdated &= !adopted;
			slots_end_wait(slots, i);
		}
		wait = 0;
	}
	roll_next(slots);
	return wait;
}
