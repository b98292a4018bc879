#include "runner/supervisor.h"

#include "common/clock.h"
#include "runner/check.h"
#include "runner/common/log.h"
#include "runner/distribution/daily.h"
#include "runner/job/trash.h"
#include "runner/roll.h"
#include "runner/slot/slot.h"
#include "runner/sweep.h"
#include "sandbox/process/rlimits.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_NS (60 * NS_PER_S)
#define SWEEP_GRACE_NS (5 * NS_PER_S) /* after STOP_KILL; the next start does the rest */
#define ROLL_NS (60 * NS_PER_S)       /* for a slot to move to another distribution, before the next one is told */
#define RESTARTS_MAX 10
#define RESTART_FIRST_NS NS_PER_S
#define RESTART_MOST_NS (60 * NS_PER_S)
/* A slot that lasted this long was well: counting starts again. */
#define WELL_NS (600 * NS_PER_S)

struct slot_process {
	pid_t pid;           /* 0: not running */
	bool sweeps;         /* it cleans up after the slot, which was killed; or will, once it can be started */
	int64_t start_at_ns; /* when not running: when to start it; 0: never again */
	int64_t started_ns;
	unsigned restarts; /* without a good run between them */
	unsigned forks;    /* that have failed in a row */
	bool is_old;       /* it runs with an earlier distribution than ours */
	bool is_outdated;  /* not running: GitHub takes its distribution no more, and another one is looked for */
};

struct slots {
	struct supervisor *supervisor;
	struct slot_process process[CONFIG_SLOTS_MAX];
	enum stop_step sent; /* the step that the slots know of */
	int64_t kill_at_ns;  /* when what still cleans up is ended; 0: never */
	int code;
	struct daily daily;
	unsigned rolled;    /* the last slot that was told of another distribution */
	int64_t roll_at_ns; /* when the next one is */
};

int supervisor_harden(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "hardening");
	return rlimits_no_core(err) < 0 ? -1 : rlimits_raise_nofile(err);
}

/* The worst code wins; worst is what no restart mends. */
static void note_code(struct slots *slots, int code)
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
static void start(struct slots *slots, unsigned i)
{
	int (*const run)(struct supervisor *, unsigned) = slots->process[i].sweeps ? sweep_slot : slot_run;

	struct slot_process *process = &slots->process[i];
	pid_t parent = getpid();

	process->start_at_ns = 0;
	process->is_old = false;
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
	/* Its own group: what a terminal sends goes to the parent alone, who counts it and passes it on. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(RUNNER_FAILED);
	_exit(run(slots->supervisor, i + 1));
}

/* No other distribution comes. */
static void end_wait(struct slots *slots, unsigned i)
{
	if (slots->process[i].is_outdated)
		note_code(slots, RUNNER_OUTDATED);
	slots->process[i].is_outdated = false;
}

/* What a clean-up that could not be started would do, the next start of ours does. */
static void drop_start(struct slots *slots, unsigned i)
{
	struct slot_process *process = &slots->process[i];

	process->start_at_ns = 0;
	if (process->pid > 0 || !process->sweeps)
		return;
	log_line("slot %u: not cleaned up after: the next start does it", i + 1);
	process->sweeps = false;
	note_code(slots, RUNNER_FAILED);
}

static void tell_slots(struct slots *slots)
{
	enum stop_step step = slots->supervisor->stop.step;
	bool all_reached = true;

	if (step == slots->sent)
		return;
	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		if (slots->process[i].pid > 0 && kill(slots->process[i].pid, stop_signal(step)) < 0) {
			log_line("slot %u: kill: %s", i + 1, strerror(errno));
			all_reached = false;
		}
		drop_start(slots, i);
		end_wait(slots, i);
	}
	/* A slot takes the same step twice as once: one that was not reached is sent again. */
	if (all_reached)
		slots->sent = step;
	if (step == STOP_KILL && slots->kill_at_ns == 0)
		slots->kill_at_ns = clock_monotonic_ns() + SWEEP_GRACE_NS;
}

/* A call to GitHub ends by itself at STOP_KILL; what waits for a lock or a file system does not. */
static void end_sweeps(struct slots *slots)
{
	if (slots->kill_at_ns == 0 || clock_monotonic_ns() < slots->kill_at_ns)
		return;
	for (unsigned i = 0; i < slots->supervisor->config.slots; i++)
		if (slots->process[i].pid > 0 && slots->process[i].sweeps)
			kill(slots->process[i].pid, SIGKILL);
}

/* A slot that was killed has left everything as it was. What it takes to clean up may take minutes: a process of its
 * own does it, and the other slots hear of a stop meanwhile. */
static void after_crash(struct slots *slots, unsigned i, int signo)
{
	log_line("slot %u: killed by signal %d; cleaning up after it", i + 1, signo);
	slots->process[i].sweeps = true;
	start(slots, i);
}

/* With back-off. False: it stays ended, for a reason that is said. */
static bool restart(struct slots *slots, unsigned i)
{
	const struct supervisor *supervisor = slots->supervisor;
	struct slot_process *process = &slots->process[i];
	int64_t wait;

	if (supervisor->config.ephemeral || supervisor->stop.step > STOP_NONE)
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

static void after_sweep(struct slots *slots, unsigned i, int status)
{
	slots->process[i].sweeps = false;
	note_code(slots, WIFEXITED(status) ? WEXITSTATUS(status) : RUNNER_FAILED);
	if (WIFSIGNALED(status))
		log_line("slot %u: clean-up ended by signal %d: the next start continues it", i + 1, WTERMSIG(status));
	if (WIFSIGNALED(status) || !restart(slots, i))
		note_code(slots, RUNNER_FAILED);
}

/* One that fails alone ends the program, which a service manager starts again. */
static bool others_run(const struct slots *slots, unsigned i)
{
	for (unsigned k = 0; k < slots->supervisor->config.slots; k++)
		if (k != i && slots->process[k].pid > 0)
			return true;
	return false;
}

static void after_exit(struct slots *slots, unsigned i, int code)
{
	struct slot_process *process = &slots->process[i];
	const bool stops = slots->supervisor->stop.step > STOP_NONE;

	if (code == RUNNER_ROLLED_LEFT)
		note_code(slots, RUNNER_FAILED);
	if (code == RUNNER_ROLLED || code == RUNNER_ROLLED_LEFT ||
		(code == RUNNER_OUTDATED && process->is_old && !stops))
		process->start_at_ns = stops ? 0 : 1;
	else if (code == RUNNER_OUTDATED && !stops && daily_hurry(&slots->daily))
		process->is_outdated = true;
	else
		note_code(slots, code);
	if (code == RUNNER_FAILED && others_run(slots, i))
		restart(slots, i);
	slots->roll_at_ns = 0;
}

static void reap_slots(struct slots *slots)
{
	int status;

	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->pid <= 0 || waitpid(process->pid, &status, WNOHANG) != process->pid)
			continue;
		process->pid = 0;
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

/* Starts what is due. How long until the next is due, or -1: nothing runs and nothing will. */
static int64_t start_due(struct slots *slots)
{
	int64_t now = clock_monotonic_ns(), next = -1;

	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->start_at_ns > 0 && process->start_at_ns <= now)
			start(slots, i);
		if ((process->pid > 0 || process->is_outdated) && next < 0)
			next = POLL_NS;
		if (process->pid > 0 && process->sweeps && slots->kill_at_ns > now && slots->kill_at_ns - now < next)
			next = slots->kill_at_ns - now;
		if (process->start_at_ns > now && (next < 0 || process->start_at_ns - now < next))
			next = process->start_at_ns - now;
	}
	return next;
}

/* One at a time, so that the others take jobs meanwhile. One that has a job moves after it, and keeps the others
 * waiting for a while only. Whoever has not moved is told again. */
static void roll_next(struct slots *slots)
{
	const unsigned n = slots->supervisor->config.slots;

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
static int64_t roll_slots(struct slots *slots)
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

		for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
			struct slot_process *process = &slots->process[i];

			process->is_old |= adopted && process->pid > 0;
			if (adopted && process->is_outdated)
				process->start_at_ns = 1;
			process->is_outdated &= !adopted;
			end_wait(slots, i);
		}
		wait = 0;
	}
	roll_next(slots);
	return wait;
}

/* What can be said before anything is done. */
static void say_what_differs(const struct supervisor *supervisor)
{
	if (supervisor->config.wants_update)
		log_line(
			"DISABLE_AUTO_UPDATE=false: no effect: the distribution is read-only, so the runner does not update itself");
	if (supervisor->config.plugin_host)
		log_line("COFFERDAM_PLUGIN_HOST=allow: every step can read all secrets of its job");
}

/* -1: no time of its own. */
static int64_t sooner(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

int supervise(struct supervisor *supervisor)
{
	struct slots slots = {.supervisor = supervisor};
	struct trash trash = {.credentials = &supervisor->credentials};
	int64_t wait;
	struct error err;
	int swept, checked;

	log_time();
	say_what_differs(supervisor);
	supervisor->stop.bound = STOP_DRAIN;
	swept = sweep(supervisor, SWEEP_ALL);
	if (stop_poll(&supervisor->stop))
		return swept < 0 ? RUNNER_FAILED : RUNNER_OK;
	checked = check_sandboxes(supervisor, &err);
	if (checked < 0) {
		bool stopping = supervisor->stop.step > STOP_NONE;

		if (!stopping || err.errnum != EINTR)
			log_error(&err);
		if (stopping)
			return RUNNER_OK;
		return checked == CHECK_MISCONFIGURED ? RUNNER_USAGE : RUNNER_FAILED;
	}
	for (unsigned i = 0; i < supervisor->config.slots; i++)
		slots.process[i].start_at_ns = 1;
	daily_begin(&slots.daily, supervisor);
	while ((wait = start_due(&slots)) >= 0) {
		supervisor->stop.bound = slots.sent + 1;
		wait = sooner(wait, trash_serve(&trash, &supervisor->state));
		wait = sooner(wait, roll_slots(&slots));
		stop_sleep_child(&supervisor->stop, wait);
		tell_slots(&slots);
		end_sweeps(&slots);
		reap_slots(&slots);
		tell_slots(&slots);
	}
	daily_finish(&slots.daily);
	supervisor->stop.bound = STOP_KILL;
	/* What is left it says; that is no failure: the next start goes on with it. */
	(void)trash_finish(&trash, &supervisor->state, &supervisor->stop, TRASH_LIMIT_NS);
	return slots.code;
}

void supervisor_free(struct supervisor *supervisor)
{
	app_free(&supervisor->administrator.app);
	credentials_free(&supervisor->credentials);
	config_free(&supervisor->config);
	programs_free(&supervisor->programs);
	dist_close(&supervisor->dist);
	world_free(&supervisor->world);
	state_close(&supervisor->state);
}
