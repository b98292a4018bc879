/* The sandbox that is prepared before its job comes. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/launch/listener_root.h"
#include "runner/slot/attend.h"
#include "runner/slot/surroundings.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* What it shows of the system is as it was when it was made. What of that matters most is inspected again when its job
 * comes; for the rest, it is made anew when it has waited this long, be it that the machine slept. */
#define AGE_USEC (UINT64_C(600) * 1000000)

static int on_age(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	attend_discard(attend);
	attend_prepare(attend);
	return 0;
}

void attend_on_job_exit(struct attend *attend, int status)
{
	const pid_t others[] = {attend->listener, attend->job.launcher};

	if (!attend->job.active) {
		char why[256];

		/* The next job gets a fresh one, and with it the reason for which it cannot run. */
		job_complaint(&attend->job, why, sizeof why);
		log_line("the sandbox for the next job has ended: %s", why[0] != '\0' ? why : "it was killed");
		attend_discard(attend);
		return;
	}
	attend->watches_shim = false;
	if (attend_is_busy(attend))
		attend_leave_first(attend);
	job_finish(&attend->job, attend->supervisor, attend->record->name, status, others, 2);
	attend_released(attend);
	attend_note(attend);
	attend_obey_anew(attend);
	attend_obey(attend);
	attend_prepare(attend);
	attend_check_done(attend);
}

static char *detect(const struct attend *attend, struct error *err)
{
	const struct supervisor *supervisor = attend->supervisor;

	return surroundings_detect(supervisor->pool->profile, supervisor->pool->root, supervisor->world, err);
}

static int prepare(struct attend *attend, struct error *err)
{
	const struct state *state = &attend->supervisor->state;
	struct error unknown; /* said when a job comes */
	int r;

	freep(&attend->surroundings);
	attend->surroundings = detect(attend, &unknown);
	if (job_prepare(&attend->job, attend->supervisor, attend->paths, err) < 0)
		return -1;
	if (job_dir_note(&attend->job.dir, state, attend->job.launcher, err) < 0) {
		attend_discard(attend); /* a sweep could not find it */
		return -1;
	}
	r = sd_event_add_time_relative(
		attend->event, &attend->age_timer, CLOCK_BOOTTIME, AGE_USEC, 1000000, on_age, attend);
	if (r >= 0)
		return 0;
	attend_discard(attend);
	return error_set(err, -r, "event loop");
}

void attend_prepare(struct attend *attend)
{
	const bool had_its_job = attend->supervisor->pool->ephemeral && attend->handed_over > 0;
	struct error err;

	listener_root_trim(attend->paths->root);
	if (!attend->supervisor->pool->prepares || attend->job.active || attend->job.prepared ||
		attend->listener == 0 || attend->leaving || attend->rolling || attend->obeyed > STOP_NONE ||
		had_its_job)
		return;
	if (prepare(attend, &err) < 0) {
		error_context(&err, "the sandbox for the next job");
		log_error(&err);
	}
}

static void no_longer_waits(struct attend *attend)
{
	attend->age_timer = sd_event_source_disable_unref(attend->age_timer);
	freep(&attend->surroundings);
}

void attend_discard(struct attend *attend)
{
	const pid_t others[] = {attend->listener};

	no_longer_waits(attend);
	if (!attend->job.prepared)
		return;
	job_discard(&attend->job, others, 1);
}

static void discard_outdated(struct attend *attend)
{
	struct error err;
	_cleanup_(freep) char *now = detect(attend, &err);

	if (now != NULL && attend->surroundings != NULL && strcmp(now, attend->surroundings) == 0)
		return;
	if (now == NULL)
		log_line("it is not known whether the prepared sandbox is up to date (%s): the job gets a fresh one",
			err.text);
	else if (attend->surroundings == NULL)
		log_line("it was not known what the prepared sandbox was made from: the job gets a fresh one");
	else
		log_line(
			"the files of /etc, the profile, what jobs are shown or, with network open, the host's addresses or routes have changed: the job gets a fresh sandbox");
	attend_discard(attend);
}

/* What was prepared no longer fits, or was killed and nobody has heard of it yet: then a fresh one is started. */
static int start(struct attend *attend, struct error *err)
{
	if (attend->job.prepared)
		discard_outdated(attend);
	if (attend->job.prepared) {
		if (job_start(&attend->job, err) == 0)
			return 0;
		attend_discard(attend);
	}
	if (prepare(attend, err) < 0)
		return -1;
	/* One that has ended by now is heard of as one that ends a moment later: its line reaches the job. */
	return job_start(&attend->job, err) < 0 && err->errnum != EPIPE ? -1 : 0;
}

int attend_start_job(struct attend *attend, int shim, const struct subject *subject, struct error *err)
{
	const int64_t begun_ns = clock_monotonic_ns();

	if (start(attend, err) < 0 || job_connect(&attend->job, shim, subject, err) < 0) {
		attend_discard(attend);
		return -1;
	}
	no_longer_waits(attend);
	attend_note_job(attend, clock_monotonic_ns() - begun_ns);
	return 0;
}
