#include "runner/supervisor.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/check.h"
#include "runner/command.h"
#include "runner/common/log.h"
#include "runner/job/trash.h"
#include "runner/journal/journal.h"
#include "runner/metrics/process.h"
#include "runner/notify.h"
#include "runner/slots.h"
#include "runner/sweep.h"
#include "sandbox/process/rlimits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

int supervisor_harden(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "hardening");
	return rlimits_no_core(err) < 0 ? -1 : rlimits_raise_nofile(err);
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

static void begin_journal(const struct supervisor *supervisor, const struct metrics *metrics)
{
	const struct journal_start start = {.slots = pools_slots(&supervisor->config.pools),
		.listen = metrics->fd >= 0 ? metrics->address : NULL,
		.keep = supervisor->config.journal_keep};

	journal_begin(&supervisor->state, &start);
}

/* -1: no time of its own. */
static int64_t sooner(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

/* What wakes the supervisor. */
static int begin(struct commands *commands, struct slots *slots, int *signals, struct error *err)
{
	struct supervisor *supervisor = slots->supervisor;

	*signals = stop_signalfd(err);
	if (*signals < 0 || slot_state_pipe(&slots->states, &supervisor->tell, err) < 0)
		return -1;
	return control_open(&commands->control, supervisor->state.dirfd, err);
}

static void sleep_until_event(struct commands *commands, int signals, int64_t wait)
{
	struct pollfd fds[2 + CONTROL_FDS] = {
		{.fd = signals, .events = POLLIN}, {.fd = commands->slots->states, .events = POLLIN}};
	int64_t control_ns;
	const size_t n = control_poll(&commands->control, fds + 2, &control_ns);

	if (control_ns > 0) {
		const int64_t left = control_ns - clock_monotonic_ns();

		wait = sooner(wait, left > 0 ? left : 0);
	}
	stop_sleep_fds(&commands->slots->supervisor->stop, fds, 2 + n, wait);
}

/* What was asked for from outside. */
static void serve_requests(struct commands *commands)
{
	struct stop *stop = &commands->slots->supervisor->stop;

	slots_read_states(commands->slots);
	control_serve(&commands->control, command_handle, commands);
	/* One that is asked for meanwhile may find another file: the next turn does it. */
	if (stop->reload) {
		stop->reload = false;
		command_reload(commands, NULL);
	}
}

static void run_slots(
	struct slots *slots, struct trash *trash, struct commands *commands, struct metrics *metrics, int signals)
{
	struct supervisor *supervisor = slots->supervisor;
	int64_t wait;

	while ((wait = slots_start_due(slots)) >= 0) {
		supervisor->stop.bound = slots->sent + 1;
		wait = sooner(wait, trash_serve(trash, &supervisor->state));
		wait = sooner(wait, slots_roll(slots));
		wait = sooner(wait, metrics_tend(metrics, &supervisor->state));
		wait = sooner(wait, slots_drain_due(slots));
		wait = sooner(wait, slots_scale(slots));
		wait = sooner(wait, notify_serve(commands->notify, slots));
		slots_stop(slots);
		sleep_until_event(commands, signals, wait);
		serve_requests(commands);
		slots_stop(slots);
		slots_end_sweeps(slots);
		slots_reap(slots);
		slots_stop(slots);
		command_progress(commands);
	}
}

static int start_and_run(struct supervisor *supervisor, struct metrics *metrics)
{
	struct slots slots = {.supervisor = supervisor, .closed = metrics->fd, .states = -1};
	struct trash trash = {.credentials = &supervisor->credentials, .administrator = &supervisor->administrator};
	struct commands commands = {.slots = &slots, .notify = supervisor->notify};
	_cleanup_(close_fd) int signals = -1;
	struct error err;

	slots.control = &commands.control;
	if (begin(&commands, &slots, &signals, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	for (size_t i = 0; i < supervisor->config.pools.n; i++)
		for (unsigned k = 0; k < supervisor->config.pools.v[i].slots; k++)
			slots_add(&slots, i);
	daily_begin(&slots.daily, supervisor);
	run_slots(&slots, &trash, &commands, metrics, signals);
	daily_finish(&slots.daily);
	supervisor->stop.bound = STOP_KILL;
	/* What is left it says; that is no failure: the next start goes on with it. */
	(void)trash_finish(&trash, &supervisor->state, &supervisor->stop, TRASH_LIMIT_NS);
	command_end(&commands, slots.code);
	close_fd(&slots.states);
	close_fd(&supervisor->tell);
	return slots.code;
}

/* With the socket of its metrics, which may be none. */
static int supervise_with(struct supervisor *supervisor, struct metrics *metrics, struct notify *notify)
{
	struct error err;
	int swept, checked;

	begin_journal(supervisor, metrics);
	metrics_tend(metrics, &supervisor->state);
	notify_begin(notify);
	supervisor->notify = notify;
	/* Below a service manager there is no terminal that could hang up: it asks for a reload. */
	supervisor->stop.hangup_reloads = supervisor->config.file != NULL || getenv("NOTIFY_SOCKET") != NULL;
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
	return start_and_run(supervisor, metrics);
}

int supervise(struct supervisor *supervisor)
{
	struct metrics metrics;
	struct notify notify;
	struct error err;
	int code = RUNNER_FAILED;

	log_time();
	say_what_differs(supervisor);
	if (metrics_open(&metrics, &supervisor->config.listen, &err) < 0)
		log_error(&err);
	else
		code = supervise_with(supervisor, &metrics, &notify);
	supervisor->notify = NULL;
	metrics_end(&metrics);
	return code;
}

void supervisor_free(struct supervisor *supervisor)
{
	secrets_forget(&supervisor->credentials, &supervisor->administrator);
	worlds_free(supervisor->worlds, supervisor->config.pools.n);
	config_free(&supervisor->config);
	programs_free(&supervisor->programs);
	dist_close(&supervisor->dist);
	state_close(&supervisor->state);
}
