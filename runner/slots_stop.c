/* The supervisor's stop steps, passed on to its slots. */
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/slots.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define SWEEP_GRACE_NS (5 * NS_PER_S) /* after STOP_KILL; the next start does the rest */

/* What a clean-up that could not be started would do, the next start of ours does. */
static void drop_start(struct slots *slots, unsigned i)
{
	struct slot_process *process = &slots->process[i];

	process->start_at_ns = 0;
	if (process->pid > 0 || !process->sweeps)
		return;
	log_line("slot %u: not cleaned up after: the next start does it", i + 1);
	process->sweeps = false;
	slots_note_code(slots, RUNNER_FAILED);
}

void slots_stop(struct slots *slots)
{
	enum stop_step step = slots->supervisor->stop.step;
	bool all_reached = true;

	if (step == slots->sent)
		return;
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		if (slots->process[i].pid > 0 && kill(slots->process[i].pid, stop_signal(step)) < 0) {
			log_line("slot %u: kill: %s", i + 1, strerror(errno));
			all_reached = false;
		}
		drop_start(slots, i);
		slots_end_wait(slots, i);
	}
	/* A slot takes the same step twice as once: one that was not reached is sent again. */
	if (all_reached)
		slots->sent = step;
	if (step == STOP_KILL && slots->kill_at_ns == 0)
		slots->kill_at_ns = clock_monotonic_ns() + SWEEP_GRACE_NS;
}

/* A call to GitHub ends by itself at STOP_KILL; what waits for a lock or a file system does not. */
void slots_end_sweeps(struct slots *slots)
{
	if (slots->kill_at_ns == 0 || clock_monotonic_ns() < slots->kill_at_ns)
		return;
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		if (slots->process[i].pid > 0 && slots->process[i].sweeps)
			kill(slots->process[i].pid, SIGKILL);
}
