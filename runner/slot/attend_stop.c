/* The steps of leaving, while a Listener runs. A step holds from when it is asked to the end: also for a job that
 * becomes active only then, for GitHub may have given the runner one that its Listener has not handed over yet.
 *
 *         a job runs: it          none does
 * drain   goes on [drain]         DELETE of the runner until GitHub lets it go [drain]; then SIGINT
 * cancel  is canceled [cancel]    the same [busy]
 * kill    is killed               SIGINT
 *
 * A Listener that hears of its job's end asks for the next one at once: with a queue there would be one more job, and
 * one more, until the drain is over. So a runner that drains is deregistered before its Listener hears of it.
 *
 * In brackets, the limit that leads to the next step or to SIGINT when nothing else does. A Listener that got its
 * SIGINT has a limit, too, and is then killed. actions/runner: src/Runner.Listener/Runner.cs, Ctrl-C. */
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/registration/registration.h"
#include "runner/slot/attend.h"
#include "runner/slot/gate.h"

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
#define DELETE_FAILED_USEC (60 * USEC_PER_S)
#define DELETE_BOUND_NS (15 * NS_PER_S)
/* The Worker's end is kept from its Listener meanwhile. */
#define LEAVE_FIRST_BOUND_NS (5 * NS_PER_S)
#define LEAVE_FIRST_TRIES 3
/* How long a job that GitHub has given and that is to be canceled may take to reach us. */
#define BUSY_LIMIT_NS (10 * NS_PER_S)

/* A limit that cannot be set is a limit that is over. */
static void set_timer(struct attend *attend, sd_event_source **timer, uint64_t usec, sd_event_time_handler_t handler)
{
	int r;

	*timer = sd_event_source_disable_unref(*timer);
	r = sd_event_add_time_relative(attend->event, timer, CLOCK_MONOTONIC, usec, 10000, handler, attend);
	if (r < 0) {
		log_line("timer: %s: ending job and Listener at once (a start of the runner goes on)", strerror(-r));
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

static int on_listener_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	log_line("the Listener does not end: killing it");
	attend_end_listener(attend);
	return 0;
}

/* A job that it was about to hand over it cancels by itself. */
static void limit_listener(struct attend *attend)
{
	uint64_t usec = attend->obeyed == STOP_KILL ? LEAVE_AT_ONCE_LIMIT_USEC : LEAVE_LIMIT_USEC;

	if (attend_is_busy(attend))
		usec = CANCEL_LIMIT_USEC;
	set_timer(attend, &attend->listener_timer, usec, on_listener_limit);
}

static void interrupt_listener(struct attend *attend)
{
	if (!attend->leaving)
		kill(attend->listener, SIGINT);
	attend->leaving = true;
	limit_listener(attend);
}

/* Whether GitHub is still to be asked for the runner's end. */
static bool is_worth_asking(const struct attend *attend)
{
	return attend->obeyed < STOP_KILL && (attend->leave_end_ns == 0 || clock_monotonic_ns() < attend->leave_end_ns);
}

static int on_leave(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;
	struct error err;

	(void)source, (void)usec;
	attend->leave_timer = sd_event_source_disable_unref(attend->leave_timer);
	if (attend->leaving || attend_is_busy(attend) || attend->listener == 0)
		return 0;
	/* A runner that is deregistered gets no more jobs, and one that has just got one cannot be: so no job is lost
	 * between the look and the stop. */
	attend->supervisor->stop.bound = attend->obeyed + 1;
	if (registration_try_delete(attend->supervisor, attend->record, DELETE_BOUND_NS, &err) == 0 &&
		is_worth_asking(attend))
		set_timer(attend, &attend->leave_timer, DELETE_AGAIN_USEC, on_leave);
	else
		interrupt_listener(attend);
	attend_obey(attend);
	return 0;
}

static bool may_ask(const struct attend *attend)
{
	return attend->supervisor->config.credential != CREDENTIAL_JIT && attend->record->id > 0;
}

/* GitHub knows of the job's end from the Worker, and may take a moment to call the runner idle. */
void attend_leave_first(struct attend *attend)
{
	struct supervisor *supervisor = attend->supervisor;
	struct error err;

	if ((attend->obeyed == STOP_NONE && !attend->rolling) || attend->obeyed == STOP_KILL || attend->leaving ||
		attend->listener == 0 || supervisor->pool->ephemeral || attend->job.end != JOB_END_ITSELF ||
		!may_ask(attend))
		return;
	supervisor->stop.bound = attend->obeyed + 1;
	for (int i = 0; i < LEAVE_FIRST_TRIES; i++)
		if (registration_try_delete(supervisor, attend->record, LEAVE_FIRST_BOUND_NS, &err) != 0 ||
			stop_sleep(&supervisor->stop, NS_PER_S))
			break;
}

/* Unlike at a stop, the Listener is ended only after GitHub has let its runner go. */
static int on_roll_time(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;
	struct error err;
	int gone;

	(void)source, (void)usec;
	attend->roll_timer = sd_event_source_disable_unref(attend->roll_timer);
	if (attend->obeyed != STOP_NONE || attend->leaving || attend_is_busy(attend) || attend->listener == 0)
		return 0;
	attend->supervisor->stop.bound = STOP_DRAIN;
	gone = registration_try_delete(attend->supervisor, attend->record, DELETE_BOUND_NS, &err);
	if (gone < 0 && attend->supervisor->stop.step == STOP_NONE)
		log_error(&err);
	if (gone > 0)
		interrupt_listener(attend);
	else
		set_timer(
			attend, &attend->roll_timer, gone == 0 ? DELETE_AGAIN_USEC : DELETE_FAILED_USEC, on_roll_time);
	attend_obey(attend);
	return 0;
}

/* Where it has begun, it goes on when a job has ended. An ephemeral runner that has its job ends by itself. */
static void roll(struct attend *attend)
{
	if (attend->rolling && attend->roll_timer == NULL && !attend_is_busy(attend) &&
		!(attend->supervisor->pool->ephemeral && attend->handed_over > 0))
		set_timer(attend, &attend->roll_timer, 0, on_roll_time);
}

void attend_roll(struct attend *attend)
{
	if (attend->obeyed != STOP_NONE || attend->leaving || !may_ask(attend))
		return;
	if (!attend->rolling)
		log_line("another distribution is current, or other settings are: taking them between two jobs");
	attend->rolling = true;
	roll(attend);
}

static int on_room_time(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;
	char why[ROOM_WHY_MAX];

	(void)source, (void)usec;
	if (attend->job.held_ns > 0 && !gate_is_open(attend->supervisor, why))
		attend_release(attend, "too little room");
	if (attend->obeyed == STOP_NONE && !attend->leaving && !attend->rolling && !attend_is_busy(attend) &&
		attend->listener != 0 && !gate_is_open(attend->supervisor, why)) {
		log_line("too little room for a job: %s: giving the runner up until there is more", why);
		attend->rolling = attend->is_short = true;
		roll(attend);
	}
	return attend_watch_room(attend);
}

int attend_watch_room(struct attend *attend)
{
	const struct room_wanted *wanted = &attend->supervisor->config.room;

	attend->room_timer = sd_event_source_disable_unref(attend->room_timer);
	if ((wanted->disk == 0 && wanted->memory == 0) || !administrator_is_given(&attend->supervisor->administrator) ||
		!may_ask(attend))
		return 0;
	return sd_event_add_time_relative(attend->event, &attend->room_timer, CLOCK_MONOTONIC,
		(uint64_t)GATE_POLL_NS / 1000, 1000000, on_room_time, attend);
}

/* No job runs, as far as we know. */
static void leave(struct attend *attend)
{
	if (attend->listener == 0)
		return;
	if (attend->obeyed == STOP_CANCEL && attend->leave_end_ns == 0)
		attend->leave_end_ns = clock_monotonic_ns() + BUSY_LIMIT_NS;
	if (attend->supervisor->pool->ephemeral && attend->handed_over > 0)
		limit_listener(attend); /* it ends by itself now */
	else if (attend->leaving || attend->obeyed == STOP_KILL || !may_ask(attend))
		interrupt_listener(attend);
	else if (attend->leave_timer == NULL)
		set_timer(attend, &attend->leave_timer, 0, on_leave);
}

static int on_cancel_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	log_line("job %s: does not end: killing it", job_label(&attend->job));
	job_kill(&attend->job, attend->event, JOB_END_NOT_CANCELLED);
	return 0;
}

static void cancel_job(struct attend *attend)
{
	log_line("job %s: canceling; its always() steps still run", job_label(&attend->job));
	if (handover_cancel(attend->job.shim) < 0)
		job_kill(&attend->job, attend->event, JOB_END_SHIM_GONE);
	set_timer(attend, &attend->cancel_timer, CANCEL_LIMIT_USEC, on_cancel_limit);
}

/* What the step means for the job that runs. */
static void tell_job(struct attend *attend)
{
	switch (attend->obeyed) {
	case STOP_NONE:
		break;
	case STOP_DRAIN:
		log_line(
			"stopping after job %s; a second signal cancels it, a third kills it", job_label(&attend->job));
		break;
	case STOP_CANCEL:
		cancel_job(attend);
		break;
	case STOP_KILL:
		job_kill(&attend->job, attend->event, JOB_END_STOP);
		break;
	}
}

static int on_drain_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	if (attend->supervisor->stop.step >= STOP_CANCEL || (attend->leaving && !attend_is_busy(attend)))
		return 0;
	log_line("the drain time (COFFERDAM_DRAIN) is over");
	attend->supervisor->stop.step = STOP_CANCEL;
	attend_obey(attend);
	return 0;
}

/* Acts upon the step, for a job or for none. */
static void follow(struct attend *attend)
{
	if (attend_is_busy(attend))
		tell_job(attend);
	else
		leave(attend);
}

void attend_obey(struct attend *attend)
{
	const bool is_first = attend->obeyed == STOP_NONE;

	if (attend->supervisor->stop.step <= attend->obeyed)
		return;
	attend->obeyed = attend->supervisor->stop.step;
	attend_release(attend, "stop");
	if (attend->obeyed == STOP_KILL)
		log_line("stopping at once");
	else if (!attend_is_busy(attend))
		log_line("stopping%s", attend->obeyed == STOP_CANCEL ? ": no longer waiting for a job" : "");
	if (is_first)
		set_timer(attend, &attend->drain_timer, (uint64_t)attend->supervisor->config.drain_ns / 1000,
			on_drain_limit);
	follow(attend);
	attend_note(attend);
}

void attend_obey_anew(struct attend *attend)
{
	attend->cancel_timer = sd_event_source_disable_unref(attend->cancel_timer);
	if (attend->obeyed == STOP_NONE) {
		roll(attend);
		return;
	}
	follow(attend);
	if (attend_is_busy(attend) && attend->listener_timer != NULL)
		limit_listener(attend);
}
