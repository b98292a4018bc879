#include "runner/slots.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/control/server.h"
#include "runner/notify.h"
#include "runner/slot/slot.h"
#include "runner/sweep.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define POLL_NS (60 * NS_PER_S)
#define RESTARTS_MAX 10
/* However quickly jobs end, a slot does not ask GitHub for runners more often. */
#define RENEW_NS NS_PER_S
#define RESTART_FIRST_NS NS_PER_S
#define RESTART_MOST_NS (60 * NS_PER_S)

/* The worst code wins; worst is what no restart mends. */
void slots_note_code(struct slots *slots, int code)
{
	static const int worse[] = {RUNNER_OK, RUNNER_FAILED, RUNNER_REFUSED, RUNNER_OUTDATED};
	const size_t count = sizeof worse / sizeof worse[0];
	size_t had = 0, has = 0;

	while (had < count && worse[had] != slots->code)
		had++;
	while (has < count && worse[has] != code)
		has++;
	if (has == count)
		has = 1; /* an exit code of nobody's is a failure */
	if (has > had)
		slots->code = worse[has];
}

static int sweep_slot(struct supervisor *supervisor, unsigned number)
{
	struct error err;

	supervisor->stop.bound = STOP_KILL;
	/* Locks of memory are not inherited. */
	if (credentials_lock(&supervisor->credentials, &err) < 0 ||
		administrator_lock(&supervisor->administrator, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	return sweep(supervisor, number) < 0 ? RUNNER_FAILED : RUNNER_OK;
}

static int64_t back_off_ns(unsigned before)
{
	int64_t wait = RESTART_FIRST_NS;

	for (; before > 0 && wait < RESTART_MOST_NS; before--)
		wait *= 2;
	return wait < RESTART_MOST_NS ? wait : RESTART_MOST_NS;
}

/* What other processes of the user have used up for a while. */
static void start_later(struct slots *slots, unsigned i, int why)
{
	struct slot_process *process = &slots->process[i];
	const int64_t wait = back_off_ns(process->forks++);

	log_line("slot %u: fork: %s (trying again in %lld s)", i + 1, strerror(why), (long long)(wait / NS_PER_S));
	process->start_at_ns = clock_monotonic_ns() + wait;
}

/* A process with an exit code of ours. */
void slots_start(struct slots *slots, unsigned i)
{
	int (*const run)(struct supervisor *, unsigned) = slots->process[i].sweeps ? sweep_slot : slot_run;

	struct slot_process *process = &slots->process[i];
	pid_t parent = getpid();

	process->start_at_ns = 0;
	process->is_old = false;
	process->state = SLOT_STARTING;
	process->ended_badly = false;
	process->started_ns = clock_monotonic_ns();
	process->pid = fork();
	if (process->pid < 0) {
		process->pid = 0;
		start_later(slots, i, errno);
		return;
	}
	process->forks = 0;
	if (process->pid != 0)
		return;
	close_fd(&slots->closed);
	/* Its own group: what a terminal sends goes to the parent alone, who counts it and passes it on. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(RUNNER_FAILED);
	control_forget(slots->control);
	notify_forget();
	if (!process->sweeps)
		supervisor_use(slots->supervisor, process->pool);
	_exit(run(slots->supervisor, i + 1));
}

const struct pool *slots_pool(const struct slots *slots, unsigned i)
{
	return &slots->supervisor->config.pools.v[slots->process[i].pool];
}

void slots_add(struct slots *slots, size_t pool)
{
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		if (!slots->process[i].is_used) {
			slots->process[i] = (struct slot_process){.is_used = true, .pool = pool, .start_at_ns = 1};
			return;
		}
}

void slots_renew(struct slots *slots, unsigned i)
{
	const int64_t soonest = slots->process[i].started_ns + RENEW_NS;

	slots->process[i].start_at_ns = soonest;
}

/* With back-off. False: it stays ended, for a reason that is said. */
bool slots_restart(struct slots *slots, unsigned i)
{
	const struct supervisor *supervisor = slots->supervisor;
	struct slot_process *process = &slots->process[i];
	int64_t wait;

	if (supervisor->stop.step > STOP_NONE || process->told > STOP_NONE || slots_pool(slots, i)->once)
		return false;
	if (process->restarts == RESTARTS_MAX) {
		log_line(
			"slot %u: failed %d times in a row: not started again (mend what the lines above name, then restart cofferdam-runner)",
			i + 1, RESTARTS_MAX + 1);
		return false;
	}
	wait = back_off_ns(process->restarts++);
	log_line("slot %u: starting it again in %lld s", i + 1, (long long)(wait / NS_PER_S));
	process->start_at_ns = clock_monotonic_ns() + wait;
	return true;
}

/* Drained by name: a reload starts it again. */
static bool may_return(const struct slots *slots, unsigned i)
{
	return slots->process[i].told > STOP_NONE && slots->supervisor->stop.step == STOP_NONE;
}

/* Starts what is due. How long until the next is due, or -1: nothing runs and nothing will. */
int64_t slots_start_due(struct slots *slots)
{
	int64_t now = clock_monotonic_ns(), next = -1;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->start_at_ns > 0 && process->start_at_ns <= now)
			slots_start(slots, i);
		if ((process->pid > 0 || process->is_outdated || may_return(slots, i)) && next < 0)
			next = POLL_NS;
		if (process->pid > 0 && process->sweeps && slots->kill_at_ns > now && slots->kill_at_ns - now < next)
			next = slots->kill_at_ns - now;
		if (process->start_at_ns > now && (next < 0 || process->start_at_ns - now < next))
			next = process->start_at_ns - now;
	}
	return next;
}
