/* A job that has failed and whose sandbox is kept, for somebody who looks at it (pool key hold_failed).
 *
 * Its slot takes no job meanwhile. So the runner leaves, as between two jobs when there is another distribution: it is
 * deregistered before its Listener hears of the job's end. A job that GitHub has given it all the same is taken, and
 * what is held makes room for it. */
#include "common/cleanup.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/hold/channel.h"
#include "runner/hold/place.h"
#include "runner/slot/attend.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* What is in the sandbox has nothing to wait for. */
#define RELEASE_LIMIT_USEC UINT64_C(5000000)
#define TIME_TEXT_SIZE 32

static void end_hold(struct job *job)
{
	close_fd(&job->hold);
}

/* NULL: it is to be held. */
static const char *why_not(const struct attend *attend)
{
	if (attend->supervisor->stop.step > STOP_NONE || attend->rolling || attend->leaving || attend->listener == 0)
		return "its runner is leaving";
	if (attend->job.end != JOB_END_ITSELF)
		return "it was ended";
	switch (attend->job.subject.source) {
	case SUBJECT_SOURCE_OWN:
		return NULL;
	case SUBJECT_SOURCE_FORK:
		return "it is a fork's";
	case SUBJECT_SOURCE_UNKNOWN:
	case SUBJECT_SOURCE_COUNT:
		break;
	}
	return "its event does not say that it is not a fork's";
}

static void on_failed(struct attend *attend)
{
	const char *why = why_not(attend);

	if (why == NULL && hold_keep(attend->job.hold) == 0)
		return;
	if (why != NULL)
		log_line("job %s: failed, and is not held: %s", job_label(&attend->job), why);
	end_hold(&attend->job);
}

static int on_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	job_kill(&attend->job, attend->event, JOB_END_STOP);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source, (void)usec;
	attend_release(context, "its time");
	return 0;
}

/* A limit that cannot be set is one that is over. */
static void set_timer(struct attend *attend, uint64_t usec, sd_event_time_handler_t handler)
{
	attend->hold_timer = sd_event_source_disable_unref(attend->hold_timer);
	if (sd_event_add_time_relative(
		    attend->event, &attend->hold_timer, CLOCK_BOOTTIME, usec, 10000, handler, attend) < 0)
		handler(NULL, 0, attend);
}

static void log_held(const struct attend *attend)
{
	const int64_t s = attend->supervisor->pool->hold_ns / INT64_C(1000000000);

	log_line("job %s: failed: held for %lld %s (cofferdam runner attach %s)", job_label(&attend->job),
		(long long)(s % 60 == 0 ? s / 60 : s), s % 60 == 0 ? "min" : "s", attend->job.dir.id);
}

static void on_held(struct attend *attend)
{
	const struct supervisor *supervisor = attend->supervisor;
	struct job *job = &attend->job;
	struct error err;

	/* It was ended while the others in its sandbox were. */
	if (why_not(attend) != NULL) {
		end_hold(job);
		return;
	}
	attend->visitors = hold_listen(supervisor->state.dirfd, job->dir.id, &err);
	if (attend->visitors < 0) {
		error_context(&err, "job %s: failed, and is not held", job_label(job));
		log_error(&err);
		end_hold(job);
		return;
	}
	/* An ephemeral runner leaves by itself. */
	attend->rolling = !supervisor->pool->ephemeral;
	attend_leave_first(attend);
	attend->watches_shim = false;
	job_hold(job);
	log_held(attend);
	journal_job_held(&supervisor->state, job->dir.id, supervisor->pool->hold_ns);
	set_timer(attend, (uint64_t)supervisor->pool->hold_ns / 1000, on_time);
	attend_note(attend);
	attend_obey_anew(attend);
	attend_obey(attend);
}

void attend_on_hold(struct attend *attend)
{
	struct job *job = &attend->job;
	char why[HOLD_WHY_MAX];
	const enum hold_said said = hold_hear(job->hold, why);

	if (said == HOLD_SAID_NOTHING)
		return;
	/* Once it is held there is nothing to say but the end. */
	if (said == HOLD_SAID_FAILED && job->held_ns == 0) {
		on_failed(attend);
	} else if (said == HOLD_SAID_HELD && job->held_ns == 0) {
		on_held(attend);
	} else {
		if (said == HOLD_SAID_NOT_HELD)
			log_line("job %s: failed, and is not held: %s", job_label(job), why);
		end_hold(job);
	}
}

/* WORK/NAME/NAME, where the Worker checks the repository out. */
static char *workspace(const struct attend *attend)
{
	const char *slash = strchr(attend->job.subject.repository, '/');

	return slash == NULL ? strdup(attend->supervisor->world->work)
			     : format("%s/%s/%s", attend->supervisor->world->work, slash + 1, slash + 1);
}

static void open_shell(const struct attend *attend, int client, const char *term)
{
	_cleanup_(freep) char *directory = workspace(attend);

	if (directory == NULL || attend->job.hold < 0 || hold_pass(attend->job.hold, client, term, directory) < 0)
		hold_say(client, HOLD_NO_SHELL "the job is being released");
	else
		log_line("job %s: attached", job_label(&attend->job));
}

void attend_on_visitor(struct attend *attend)
{
	_cleanup_(close_fd) int client = hold_accept(attend->visitors);
	char term[HOLD_TERM_MAX];

	if (client < 0)
		return;
	switch (hold_wish(client, term)) {
	case HOLD_WISH_NONE:
		return;
	case HOLD_WISH_SHELL:
		open_shell(attend, client, term);
		return;
	case HOLD_WISH_RELEASE:
		close_fd(&attend->releaser);
		attend->releaser = take_fd(&client);
		attend_release(attend, "command");
		return;
	}
}

void attend_release(struct attend *attend, const char *why)
{
	struct job *job = &attend->job;

	if (job->held_ns == 0 || job->released_by != NULL)
		return;
	job->released_by = why;
	log_line("job %s: no longer held: %s", job_label(job), why);
	hold_unlisten(attend->supervisor->state.dirfd, job->dir.id, &attend->visitors);
	end_hold(job);
	set_timer(attend, RELEASE_LIMIT_USEC, on_limit);
}

void attend_release_now(struct attend *attend, const char *why)
{
	const pid_t launcher = attend->job.launcher;
	int status = SIGKILL;

	if (attend->job.held_ns == 0)
		return;
	attend_release(attend, why);
	if (!process_reap(launcher, &status, RELEASE_LIMIT_USEC * 1000)) {
		kill(launcher, SIGKILL);
		if (!process_reap(launcher, &status, PROCESS_KILL_LIMIT_NS))
			log_line("job %s: its launcher, process %d, does not end", job_label(&attend->job), launcher);
	}
	attend_on_job_exit(attend, status);
}

void attend_released(struct attend *attend)
{
	attend->hold_timer = sd_event_source_disable_unref(attend->hold_timer);
	close_fd(&attend->visitors); /* its name has gone with the job's directory */
	if (attend->releaser >= 0)
		hold_say(attend->releaser, HOLD_RELEASED);
	close_fd(&attend->releaser);
}
