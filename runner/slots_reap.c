/* What becomes of a slot whose process has ended. */
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/slots.h"

#include <sys/wait.h>

/* A slot that lasted this long was well: counting starts again. */
#define WELL_NS (600 * NS_PER_S)

/* A slot that was killed has left everything as it was. What it takes to clean up may take minutes: a process of its
 * own does it, and the other slots hear of a stop meanwhile. */
static void after_crash(struct slots *slots, unsigned i, int signo)
{
	log_line("slot %u: killed by signal %d; cleaning up after it", i + 1, signo);
	slots->process[i].sweeps = true;
	slots_start(slots, i);
}

static void after_sweep(struct slots *slots, unsigned i, int status)
{
	slots->process[i].sweeps = false;
	slots_note_code(slots, WIFEXITED(status) ? WEXITSTATUS(status) : RUNNER_FAILED);
	if (WIFSIGNALED(status))
		log_line("slot %u: clean-up ended by signal %d: the next start continues it", i + 1, WTERMSIG(status));
	if (WIFSIGNALED(status) || !slots_restart(slots, i))
		slots_note_code(slots, RUNNER_FAILED);
	if (slots->process[i].told > STOP_NONE)
		slots_drained(slots, i, RUNNER_FAILED);
}

/* One that fails alone ends the program, which a service manager starts again. */
static bool others_run(const struct slots *slots, unsigned i)
{
	for (unsigned k = 0; k < CONFIG_SLOTS_MAX; k++)
		if (k != i && (slots->process[k].pid > 0 || slots->process[k].told > STOP_NONE))
			return true;
	return false;
}

static void after_exit(struct slots *slots, unsigned i, int code)
{
	struct slot_process *process = &slots->process[i];
	const bool stops = slots->supervisor->stop.step > STOP_NONE;

	if (process->told > STOP_NONE && !stops) {
		slots_drained(slots, i, code);
		return;
	}
	if (code == RUNNER_ROLLED_LEFT)
		slots_note_code(slots, RUNNER_FAILED);
	if (code == RUNNER_ROLLED || code == RUNNER_ROLLED_LEFT ||
		(code == RUNNER_OUTDATED && process->is_old && !stops))
		process->start_at_ns = stops ? 0 : 1;
	else if (code == RUNNER_OUTDATED && !stops && daily_hurry(&slots->daily))
		process->is_outdated = true;
	else
		slots_note_code(slots, code);
	if (code == RUNNER_OK && !stops && slots_pool(slots, i)->ephemeral && !slots_pool(slots, i)->once)
		slots_renew(slots, i);
	if (code == RUNNER_FAILED && others_run(slots, i))
		slots_restart(slots, i);
	slots->roll_at_ns = 0;
}

void slots_reap(struct slots *slots)
{
	int status;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->pid <= 0 || waitpid(process->pid, &status, WNOHANG) != process->pid)
			continue;
		process->pid = 0;
		process->state = SLOT_DOWN;
		if (!process->sweeps && clock_monotonic_ns() - process->started_ns > WELL_NS)
			process->restarts = 0;
		if (process->sweeps)
			after_sweep(slots, i, status);
		else if (WIFSIGNALED(status))
			after_crash(slots, i, WTERMSIG(status));
		else
			after_exit(slots, i, WEXITSTATUS(status));
	}
}
