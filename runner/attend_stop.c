/* The steps of leaving, while a Listener runs. actions/runner: src/Runner.Listener/Runner.cs, Ctrl-C. */
#include "common/clock.h"
#include "runner/attend.h"
#include "runner/log.h"
#include "runner/registration.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#define USEC_PER_S UINT64_C(1000000)
/* The official Listener gives a cancelled job five minutes. */
#define CANCEL_LIMIT_USEC (300 * USEC_PER_S)
/* How long a Listener without a job may take to end its session. */
#define LEAVE_LIMIT_USEC (40 * USEC_PER_S)
#define LEAVE_AT_ONCE_LIMIT_USEC (10 * USEC_PER_S)
#define DELETE_AGAIN_USEC (3 * USEC_PER_S)
#define DELETE_BOUND_NS (15 * NS_PER_S)

/* A limit that cannot be set is a limit that is over. */
static void set_timer(struct attend *attend, sd_event_source **timer, uint64_t usec, sd_event_time_handler_t handler)
{
	int r;

	*timer = sd_event_source_disable_unref(*timer);
	r = sd_event_add_time_relative(attend->event, timer, CLOCK_MONOTONIC, usec, 10000, handler, attend);
	if (r < 0) {
		log_line("timer: %s: ending at once", strerror(-r));
		job_kill(&attend->job, attend->event, JOB_END_STOP);
		attend_end_listener(attend);
	}
}

void attend_end_listener(struct attend *attend)
{
	struct error err;

	if (attend->listener > 0 && ending_begin(&attend->ending, attend->event, attend->listener, &err) < 0) {
		log_error(&err);
		kill(attend->listener, SIGKILL);
	}
}

static int on_leave_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	log_line("the Listener does not end: killing it");
	attend_end_listener(attend);
	return 0;
}

static void limit_listener(struct attend *attend)
{
	set_timer(attend, &attend->stop_timer,
		attend->obeyed == STOP_KILL ? LEAVE_AT_ONCE_LIMIT_USEC : LEAVE_LIMIT_USEC, on_leave_limit);
}

static void interrupt_listener(struct attend *attend)
{
	if (attend->leaving || attend->listener == 0)
		return;
	attend->leaving = true;
	kill(attend->listener, SIGINT);
	limit_listener(attend);
}

static int on_leave(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;
	struct error err;
	int deleted;

	(void)source, (void)usec;
	if (attend->leaving || attend->job.active)
		return 0;
	/* A runner that is deregistered gets no more jobs, and one that has just got one cannot be: so no job is lost
	 * between the look and the stop. */
	attend->supervisor->stop.bound = attend->obeyed + 1;
	deleted = registration_try_delete(attend->supervisor, attend->record, DELETE_BOUND_NS, &err);
	if (deleted == 0)
		set_timer(attend, &attend->leave_timer, DELETE_AGAIN_USEC, on_leave);
	else
		interrupt_listener(attend);
	attend_obey(attend);
	return 0;
}

void attend_leave(struct attend *attend)
{
	const struct supervisor *supervisor = attend->supervisor;

	if (attend->leaving || attend->listener == 0)
		return;
	if (supervisor->config.ephemeral && attend->handed_over > 0) {
		/* It ends by itself now. */
		limit_listener(attend);
		return;
	}
	if (supervisor->config.credential == CREDENTIAL_ACCESS_TOKEN && attend->record->id > 0 &&
		attend->leave_timer == NULL)
		set_timer(attend, &attend->leave_timer, 0, on_leave);
	else if (attend->leave_timer == NULL)
		interrupt_listener(attend);
}

static int on_cancel_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	log_line("job %s: does not end: killing it", attend->job.dir.id);
	job_kill(&attend->job, attend->event, JOB_END_NOT_CANCELLED);
	return 0;
}

static void cancel_job(struct attend *attend)
{
	log_line("job %s: canceling it; its always() steps run", attend->job.dir.id);
	if (handover_cancel(attend->job.shim) < 0)
		job_kill(&attend->job, attend->event, JOB_END_SHIM_GONE);
	set_timer(attend, &attend->stop_timer, CANCEL_LIMIT_USEC, on_cancel_limit);
}

static int on_drain_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	if (!attend->job.active)
		return 0;
	log_line("the time to drain (COFFERDAM_DRAIN) is over");
	if (attend->supervisor->stop.step < STOP_CANCEL)
		attend->supervisor->stop.step = STOP_CANCEL;
	attend_obey(attend);
	return 0;
}

static void drain(struct attend *attend)
{
	if (!attend->job.active) {
		log_line("stopping");
		return;
	}
	log_line("stopping after job %s; a second signal cancels it, a third kills it", attend->job.dir.id);
	set_timer(attend, &attend->stop_timer, (uint64_t)attend->supervisor->config.drain_ns / 1000, on_drain_limit);
}

void attend_obey(struct attend *attend)
{
	enum stop_step step = attend->supervisor->stop.step;

	if (step <= attend->obeyed)
		return;
	attend->obeyed = step;
	if (step == STOP_KILL) {
		log_line("stopping at once");
		job_kill(&attend->job, attend->event, JOB_END_STOP);
	} else if (step == STOP_CANCEL && attend->job.active) {
		cancel_job(attend);
	} else if (step == STOP_DRAIN) {
		drain(attend);
	}
	/* A job that is being killed is reported by the Listener: that one ends after it. */
	if (!attend->job.active)
		attend_leave(attend);
	if (!attend->job.active && step == STOP_KILL)
		interrupt_listener(attend);
}
