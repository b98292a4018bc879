#include "runner/supervisor.h"

#include "common/clock.h"
#include "runner/check.h"
#include "runner/log.h"
#include "runner/slot.h"
#include "runner/sweep.h"
#include "runner/trash.h"
#include "sandbox/rlimits.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_NS (60 * NS_PER_S)
#define RESTARTS_MAX 10
#define RESTART_FIRST_NS NS_PER_S
#define RESTART_MOST_NS (60 * NS_PER_S)

struct slot_process {
	pid_t pid;           /* 0: not running */
	int64_t start_at_ns; /* when not running: when to start it; 0: never again */
	unsigned restarts;
};

struct slots {
	struct supervisor *supervisor;
	struct slot_process process[CONFIG_SLOTS_MAX];
	enum stop_step told; /* the step that the slots know of */
	int code;
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

static void start_slot(struct slots *slots, unsigned i)
{
	struct slot_process *process = &slots->process[i];
	pid_t parent = getpid();

	process->start_at_ns = 0;
	process->pid = fork();
	if (process->pid < 0) {
		log_line("slot %u: fork: %s", i + 1, strerror(errno));
		process->pid = 0;
		note_code(slots, RUNNER_FAILED);
	}
	if (process->pid != 0)
		return;
	/* Its own group: what a terminal sends goes to the parent alone, who counts it and passes it on. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(RUNNER_FAILED);
	_exit(slot_run(slots->supervisor, i + 1));
}

static void tell_slots(struct slots *slots)
{
	enum stop_step step = slots->supervisor->stop.step;
	bool told = true;

	if (step == slots->told)
		return;
	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		if (slots->process[i].pid > 0 && kill(slots->process[i].pid, stop_signal(step)) < 0) {
			log_line("slot %u: kill: %s", i + 1, strerror(errno));
			told = false;
		}
		slots->process[i].start_at_ns = 0;
	}
	/* A slot takes the same step twice as once: one that was not reached is told again. */
	if (told)
		slots->told = step;
}

/* A slot that was killed has left everything as it was. */
static void after_crash(struct slots *slots, unsigned i, int signo)
{
	struct supervisor *supervisor = slots->supervisor;
	struct slot_process *process = &slots->process[i];
	int64_t wait = RESTART_FIRST_NS;

	log_line("slot %u: killed by signal %d; cleaning up after it", i + 1, signo);
	supervisor->stop.bound = STOP_KILL;
	if (sweep(supervisor, i + 1) < 0)
		note_code(slots, RUNNER_FAILED);
	if (supervisor->config.ephemeral || supervisor->stop.step > STOP_NONE || process->restarts == RESTARTS_MAX) {
		note_code(slots, RUNNER_FAILED);
		return;
	}
	for (unsigned n = process->restarts++; n > 0 && wait < RESTART_MOST_NS; n--)
		wait *= 2;
	process->start_at_ns = clock_monotonic_ns() + wait;
}

static void reap_slots(struct slots *slots)
{
	int status;

	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->pid <= 0 || waitpid(process->pid, &status, WNOHANG) != process->pid)
			continue;
		process->pid = 0;
		if (WIFSIGNALED(status))
			after_crash(slots, i, WTERMSIG(status));
		else
			note_code(slots, WEXITSTATUS(status));
	}
}

/* Starts what is due. How long until the next is due, or -1: nothing runs and nothing will. */
static int64_t start_due(struct slots *slots)
{
	int64_t now = clock_monotonic_ns(), next = -1;

	for (unsigned i = 0; i < slots->supervisor->config.slots; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->start_at_ns > 0 && process->start_at_ns <= now)
			start_slot(slots, i);
		if (process->pid > 0 && next < 0)
			next = LOOK_NS;
		if (process->start_at_ns > now && (next < 0 || process->start_at_ns - now < next))
			next = process->start_at_ns - now;
	}
	return next;
}

/* What can be said before anything is done. */
static void say_what_differs(const struct supervisor *supervisor)
{
	if (supervisor->config.wants_update)
		log_line("DISABLE_AUTO_UPDATE=false: the distribution is read-only here: the runner does not update "
			 "itself");
	if (supervisor->config.plugin_host)
		log_line("COFFERDAM_PLUGIN_HOST=allow: every step can get all secrets of its job");
	if (!credentials_lock(&supervisor->credentials))
		log_line("the credential's memory cannot be locked (RLIMIT_MEMLOCK): it may reach swap");
}

int supervise(struct supervisor *supervisor)
{
	struct slots slots = {.supervisor = supervisor};
	struct trash trash = {0};
	int64_t wait, trash_wait;
	struct error err;
	int swept;

	say_what_differs(supervisor);
	supervisor->stop.bound = STOP_DRAIN;
	swept = sweep(supervisor, SWEEP_ALL);
	if (stop_poll(&supervisor->stop))
		return swept < 0 ? RUNNER_FAILED : RUNNER_OK;
	if (check_sandboxes(supervisor, &err) < 0) {
		bool told = supervisor->stop.step > STOP_NONE;

		if (!told || err.errnum != EINTR)
			log_error(&err);
		return told ? RUNNER_OK : RUNNER_FAILED;
	}
	for (unsigned i = 0; i < supervisor->config.slots; i++)
		slots.process[i].start_at_ns = 1;
	while ((wait = start_due(&slots)) >= 0) {
		supervisor->stop.bound = slots.told + 1;
		trash_wait = trash_serve(&trash, &supervisor->state);
		if (trash_wait >= 0 && trash_wait < wait)
			wait = trash_wait;
		stop_sleep_child(&supervisor->stop, wait);
		tell_slots(&slots);
		reap_slots(&slots);
		tell_slots(&slots);
	}
	supervisor->stop.bound = STOP_KILL;
	trash_finish(&trash, &supervisor->state, &supervisor->stop, TRASH_LIMIT_NS);
	return slots.code;
}

void supervisor_free(struct supervisor *supervisor)
{
	credentials_free(&supervisor->credentials);
	config_free(&supervisor->config);
	programs_free(&supervisor->programs);
	dist_close(&supervisor->dist);
	state_close(&supervisor->state);
}
