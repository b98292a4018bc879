#include "runner/supervisor.h"

#include "runner/check.h"
#include "runner/common/log.h"
#include "runner/job/trash.h"
#include "runner/journal/journal.h"
#include "runner/metrics/process.h"
#include "runner/slots.h"
#include "runner/sweep.h"
#include "sandbox/process/rlimits.h"

#include <errno.h>
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

static unsigned slots_wanted(const struct pools *pools)
{
	unsigned n = 0;

	for (size_t i = 0; i < pools->n; i++)
		n += pools->v[i].slots;
	return n;
}

static void begin_journal(const struct supervisor *supervisor, const struct metrics *metrics)
{
	const struct journal_start start = {.slots = slots_wanted(&supervisor->config.pools),
		.listen = metrics->fd >= 0 ? metrics->address : NULL,
		.keep = supervisor->config.journal_keep};

	journal_begin(&supervisor->state, &start);
}

/* -1: no time of its own. */
static int64_t sooner(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

/* With the socket of its metrics, which may be none. */
static int supervise_with(struct supervisor *supervisor, struct metrics *metrics)
{
	struct slots slots = {.supervisor = supervisor, .closed = metrics->fd};
	struct trash trash = {.credentials = &supervisor->credentials, .administrator = &supervisor->administrator};
	int64_t wait;
	struct error err;
	int swept, checked;

	begin_journal(supervisor, metrics);
	metrics_tend(metrics, &supervisor->state);
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
	for (size_t i = 0; i < supervisor->config.pools.n; i++)
		for (unsigned k = 0; k < supervisor->config.pools.v[i].slots; k++)
			slots_add(&slots, i);
	daily_begin(&slots.daily, supervisor);
	while ((wait = slots_start_due(&slots)) >= 0) {
		supervisor->stop.bound = slots.sent + 1;
		wait = sooner(wait, trash_serve(&trash, &supervisor->state));
		wait = sooner(wait, slots_roll(&slots));
		wait = sooner(wait, metrics_tend(metrics, &supervisor->state));
		stop_sleep_child(&supervisor->stop, wait);
		slots_stop(&slots);
		slots_end_sweeps(&slots);
		slots_reap(&slots);
		slots_stop(&slots);
	}
	daily_finish(&slots.daily);
	supervisor->stop.bound = STOP_KILL;
	/* What is left it says; that is no failure: the next start goes on with it. */
	(void)trash_finish(&trash, &supervisor->state, &supervisor->stop, TRASH_LIMIT_NS);
	return slots.code;
}

int supervise(struct supervisor *supervisor)
{
	struct metrics metrics;
	struct error err;
	int code = RUNNER_FAILED;

	log_time();
	say_what_differs(supervisor);
	if (metrics_open(&metrics, &supervisor->config.listen, &err) < 0)
		log_error(&err);
	else
		code = supervise_with(supervisor, &metrics);
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
