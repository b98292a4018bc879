/* The shim, from its connection to the end of its job. */
#include "common/cleanup.h"
#include "runner/common/log.h"
#include "runner/common/random_id.h"
#include "runner/slot/attend.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USEC_PER_S UINT64_C(1000000)
#define HELLO_LIMIT_USEC (5 * USEC_PER_S)

void attend_on_shim(struct attend *attend)
{
	char nothing[16];

	/* It says nothing after its hello: what comes is its end. */
	if (read(attend->job.shim, nothing, sizeof nothing) < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	attend->watches_shim = false;
	job_kill(&attend->job, attend->event, JOB_END_SHIM_GONE);
}

/* The job gets an id as if it had run, by which the log and whoever reads it can tell it from others. */
static void refuse(const struct attend *attend, int shim, const struct subject *subject, const char *reason)
{
	char id[RANDOM_ID_LEN + 1];
	const bool owned = subject->repository[0] != '\0';

	random_id(id);
	log_line("job %u-%s%s%s%s: %s", attend->paths->number, id, owned ? " (" : "", subject->repository,
		owned ? ")" : "", reason);
	handover_exit(shim, 1, reason);
	close(shim);
}

/* A job that requires Docker ends here, where its author reads why: the Worker would only say that no daemon answers.
 */
static bool refuse_docker(const struct attend *attend, int shim, const struct subject *subject)
{
	static const char *const what[] = {[SUBJECT_DOCKER_CONTAINER] = "the job's container",
		[SUBJECT_DOCKER_SERVICE] = "a service container",
		[SUBJECT_DOCKER_STEP] = "a docker:// step"};
	char reason[HANDOVER_TEXT_MAX];

	if (subject->docker == SUBJECT_DOCKER_NONE)
		return false;
	snprintf(reason, sizeof reason,
		"job refused: %s requires Docker, and this runner gives jobs no Docker: profile key docker",
		what[subject->docker]);
	refuse(attend, shim, subject, reason);
	return true;
}

static void take_job(struct attend *attend, int shim, const struct subject *subject)
{
	struct error err;

	attend->handed_over++;
	attend_release_now(attend, "the next job");
	if (attend->job.active) {
		log_line("a second job while job %s runs: refused", job_label(&attend->job));
		refuse(attend, shim, subject, "job refused: this runner still has another job");
		return;
	}
	if (refuse_docker(attend, shim, subject))
		return;
	if (attend_start_job(attend, shim, subject, &err) < 0) {
		error_context(&err, "job");
		log_error(&err);
		refuse(attend, shim, subject,
			"job refused: the runner could not prepare its sandbox (the runner's log says why)");
		return;
	}
	attend->watches_shim = true;
	attend_obey_anew(attend);
}

void attend_drop_pending(struct attend *attend)
{
	attend->pending_timer = sd_event_source_disable_unref(attend->pending_timer);
	close_fd(&attend->pending);
}

static int on_hello_late(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source, (void)usec;
	log_line("shim: no hello in time: closing its connection (its job fails: run that again)");
	attend_drop_pending(context);
	return 0;
}

void attend_on_hello(struct attend *attend)
{
	_cleanup_(close_fd) int shim = take_fd(&attend->pending);
	struct subject subject;
	struct error err;

	attend_drop_pending(attend);
	if (handover_hello(shim, &subject, &err) < 0)
		log_error(&err);
	else
		take_job(attend, take_fd(&shim), &subject);
}

int attend_on_connection(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;
	struct error err;
	_cleanup_(close_fd) int connection = handover_accept(fd, &err);
	int r;

	(void)source, (void)events;
	if (connection < 0) {
		log_error(&err);
		return 0;
	}
	/* There is one Worker at a time. Who is second is closed at once, so nobody can pile them up here. */
	if (attend->pending >= 0) {
		log_line("shim: a second one before the first has said hello: refused");
		return 0;
	}
	attend->pending = take_fd(&connection);
	r = sd_event_add_time_relative(
		attend->event, &attend->pending_timer, CLOCK_MONOTONIC, HELLO_LIMIT_USEC, 10000, on_hello_late, attend);
	if (r < 0) {
		log_line("event loop: %s", strerror(-r));
		attend_drop_pending(attend);
	}
	return 0;
}
