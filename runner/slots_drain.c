/* Slots drained by name, or because their pool has gone. */
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/journal/journal.h"
#include "runner/slots.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static void tell(struct slots *slots, unsigned i, enum stop_step step)
{
	struct slot_process *process = &slots->process[i];

	process->told = step;
	if (process->pid > 0 && !process->sweeps && kill(process->pid, stop_signal(step)) < 0)
		log_line("slot %u: kill: %s", i + 1, strerror(errno));
}

void slots_drain(struct slots *slots, unsigned i, int64_t deadline_ns, bool leaves)
{
	struct slot_process *process = &slots->process[i];

	process->leaves |= leaves;
	process->returns = false;
	if (deadline_ns >= 0)
		process->cancel_at_ns = clock_monotonic_ns() + deadline_ns;
	if (process->told == STOP_NONE)
		tell(slots, i, STOP_DRAIN);
	if (process->pid > 0 || process->sweeps)
		return;
	process->start_at_ns = 0;
	process->is_outdated = false;
	slots_drained(slots, i, RUNNER_OK);
}

void slots_return(struct slots *slots, unsigned i)
{
	struct slot_process *process = &slots->process[i];

	if (process->told == STOP_NONE || process->leaves)
		return;
	process->returns = true;
	if (slots_is_down(slots, i))
		slots_drained(slots, i, RUNNER_OK);
}

int64_t slots_drain_due(struct slots *slots)
{
	const int64_t now = clock_monotonic_ns();
	struct stop *stop = &slots->supervisor->stop;
	int64_t next = slots->cancel_at_ns;

	if (next > 0 && next <= now) {
		log_line("the deadline of the drain is over");
		slots->cancel_at_ns = next = 0;
		if (stop->step < STOP_CANCEL)
			stop->step = STOP_CANCEL;
	}
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->cancel_at_ns > 0 && process->cancel_at_ns <= now) {
			process->cancel_at_ns = 0;
			if (process->pid > 0 && process->told < STOP_CANCEL) {
				log_line("slot %u: the deadline of its drain is over", i + 1);
				tell(slots, i, STOP_CANCEL);
			}
		}
		if (process->cancel_at_ns > 0 && (next == 0 || process->cancel_at_ns < next))
			next = process->cancel_at_ns;
	}
	return next == 0 ? -1 : next - now;
}

/* What a slot that ends by a roll has begun is done with its end, too. */
static int code_of(int code)
{
	switch (code) {
	case RUNNER_ROLLED:
	case RUNNER_OUTDATED:
		return RUNNER_OK;
	case RUNNER_ROLLED_LEFT:
		return RUNNER_FAILED;
	default:
		return code;
	}
}

void slots_drained(struct slots *slots, unsigned i, int code)
{
	struct slot_process *process = &slots->process[i];

	slots_note_code(slots, code_of(code));
	process->cancel_at_ns = 0;
	process->is_old = false;
	process->ended_badly |= code_of(code) != RUNNER_OK;
	slots->roll_at_ns = 0;
	if (process->returns && !process->leaves) {
		process->told = STOP_NONE;
		process->returns = false;
		process->start_at_ns = 1;
		return;
	}
	log_line("slot %u: drained", i + 1);
	if (!process->leaves)
		return;
	*process = (struct slot_process){.is_used = false};
	journal_slot_removed(&slots->supervisor->state, i + 1);
}

bool slots_is_down(const struct slots *slots, unsigned i)
{
	return slots->process[i].pid <= 0 && !slots->process[i].sweeps;
}

void slots_read_states(struct slots *slots)
{
	struct slot_message message;

	while (slot_state_next(slots->states, &message))
		if (message.slot >= 1 && message.slot <= CONFIG_SLOTS_MAX && slots->process[message.slot - 1].pid > 0)
			slots->process[message.slot - 1].state = (enum slot_state)message.state;
}

unsigned slots_count(const struct slots *slots, enum slot_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		n += slots->process[i].is_used && slots->process[i].state == state;
	return n;
}
