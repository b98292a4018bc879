#include "runner/attend.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/listener.h"
#include "runner/log.h"
#include "runner/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USEC_PER_S UINT64_C(1000000)
#define SHIM_LIMIT_USEC (30 * USEC_PER_S)

void attend_check_done(struct attend *attend)
{
	if (attend->listener == 0 && !attend->job.active)
		sd_event_exit(attend->event, 0);
}

static int on_shim_late(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	if (attend->handed_over >= attend->announced)
		return 0;
	log_line("a job runs, but not through our bin/Runner.Worker: killing the Listener");
	attend->bypassed = true;
	attend_end_listener(attend);
	return 0;
}

/* "2026-08-20 10:00:00Z: Running job: NAME". The name is the workflow author's: only the front of the line counts. */
static bool announces_job(const char *line)
{
	line += strspn(line, "0123456789- :");
	return strncmp(line, "Z: Running job: ", 16) == 0;
}

static void on_listener_line(void *context, const char *line)
{
	struct attend *attend = context;
	_cleanup_(freep) char *text = format("%s\n", line);

	/* Other programs read these lines: they go on unchanged. */
	if (text == NULL || write_all(STDOUT_FILENO, text, strlen(text)) < 0)
		log_line("standard output: %s", strerror(errno));
	if (!announces_job(line))
		return;
	attend->announced++;
	attend->shim_timer = sd_event_source_disable_unref(attend->shim_timer);
	sd_event_add_time_relative(
		attend->event, &attend->shim_timer, CLOCK_MONOTONIC, SHIM_LIMIT_USEC, 10000, on_shim_late, attend);
}

static void on_listener_error_line(void *context, const char *line)
{
	(void)context;
	log_line("Listener: %s", line);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;

	(void)events;
	if (lines_read(&attend->out, fd, on_listener_line, attend) == 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_error_output(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;

	(void)events;
	if (lines_read(&attend->err, fd, on_listener_error_line, attend) == 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

/* As of waitpid(2). */
static int status_of(const siginfo_t *si)
{
	return si->si_code == CLD_EXITED ? (si->si_status & 0xff) << 8 : si->si_status & 0x7f;
}

static int on_listener_exit(sd_event_source *source, const siginfo_t *si, void *context)
{
	struct attend *attend = context;

	(void)source;
	attend->status = status_of(si);
	attend->listener = 0;
	ending_stop(&attend->ending);
	/* The Worker does not notice: it would run on, and nobody would renew its lock. */
	if (attend->job.active) {
		/* The shim was in its sandbox and went with it, and may have been noticed first. */
		if (attend->status != 0 && attend->job.end == JOB_END_SHIM_GONE)
			attend->job.end = JOB_END_LISTENER;
		job_kill(&attend->job, attend->event, JOB_END_LISTENER);
	}
	attend_check_done(attend);
	return 0;
}

static int on_job_exit(sd_event_source *source, const siginfo_t *si, void *context)
{
	struct attend *attend = context;
	/* The event loop reaps the job's launcher after this call. */
	const pid_t others[] = {attend->listener, attend->job.launcher};

	(void)source;
	attend->shim_source = sd_event_source_disable_unref(attend->shim_source);
	job_finish(&attend->job, attend->supervisor, attend->record->name, status_of(si), others, 2);
	if (attend->obeyed > STOP_NONE)
		attend_leave(attend);
	attend_check_done(attend);
	return 0;
}

static int on_shim(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;
	char nothing[16];

	(void)source, (void)events;
	/* It says nothing after its hello: what comes is its end. */
	if (read(fd, nothing, sizeof nothing) < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	attend->shim_source = sd_event_source_disable_unref(attend->shim_source);
	job_kill(&attend->job, attend->event, JOB_END_SHIM_GONE);
	return 0;
}

static void take_job(struct attend *attend, int shim, const int fds[HANDOVER_FD_COUNT])
{
	struct error err;
	int r;

	attend->handed_over++;
	if (attend->job.active) {
		log_line("a second job while job %s runs: refused", attend->job.dir.id);
		handover_exit(shim, 1, "job refused: this runner still has another job");
		close(shim);
		return;
	}
	if (job_start(&attend->job, attend->supervisor, attend->paths, shim, fds, &err) < 0) {
		error_context(&err, "job");
		log_error(&err);
		return;
	}
	r = sd_event_add_child(attend->event, NULL, attend->job.launcher, WEXITED, on_job_exit, attend);
	if (r >= 0)
		r = sd_event_add_io(attend->event, &attend->shim_source, attend->job.shim, EPOLLIN, on_shim, attend);
	if (r < 0) {
		log_line("event loop: %s", strerror(-r));
		job_kill(&attend->job, attend->event, JOB_END_SHIM_GONE);
	}
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;
	int fds[HANDOVER_FD_COUNT];
	struct error err;
	int shim = handover_accept(fd, fds, &err);

	(void)source, (void)events;
	if (shim < 0) {
		log_error(&err);
		return 0;
	}
	take_job(attend, shim, fds);
	/* The sandbox has its own now; while we held them, no end of file would come. */
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close_fd(&fds[i]);
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *context)
{
	struct attend *attend = context;

	(void)source;
	stop_take(&attend->supervisor->stop, (int)si->ssi_signo);
	attend_obey(attend);
	return 0;
}

/* The Listener with both outputs on pipes of ours; the ends to read are returned. */
static int start_listener(struct attend *attend, int from[2], struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(close_fd) int out = -1;
	_cleanup_(close_fd) int error_output = -1;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	from[0] = p[0];
	out = p[1];
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	from[1] = p[0];
	error_output = p[1];
	listener_sandbox(&launch, attend->supervisor, attend->paths);
	listener_command(&launch, attend->supervisor);
	launch.out = out;
	launch.err = error_output;
	return launch_start(&launch, &attend->listener, err);
}

static int add_sources(struct attend *attend, const int from[2], struct error *err)
{
	const int signals[] = {SIGTERM, SIGINT, SIGHUP, stop_signal(STOP_DRAIN), stop_signal(STOP_CANCEL),
		stop_signal(STOP_KILL)};
	int r = sd_event_add_io(attend->event, NULL, from[0], EPOLLIN, on_output, attend);

	if (r >= 0)
		r = sd_event_add_io(attend->event, NULL, from[1], EPOLLIN, on_error_output, attend);
	if (r >= 0)
		r = sd_event_add_io(attend->event, NULL, attend->listening, EPOLLIN, on_connection, attend);
	if (r >= 0)
		r = sd_event_add_child(attend->event, NULL, attend->listener, WEXITED, on_listener_exit, attend);
	for (size_t i = 0; r >= 0 && i < sizeof signals / sizeof signals[0]; i++)
		r = sd_event_add_signal(attend->event, NULL, signals[i], on_signal, attend);
	return r < 0 ? error_set(err, -r, "event loop") : 0;
}

/* After the loop: the last lines, and no process of the sandbox left to us. */
static void finish(struct attend *attend, const int from[2])
{
	static const pid_t none[1] = {0};
	int status = 0;

	/* Both are gone already, unless the loop itself failed. */
	if (attend->listener > 0) {
		kill(attend->listener, SIGKILL);
		waitpid(attend->listener, &attend->status, 0);
	}
	if (attend->job.active) {
		kill(attend->job.launcher, SIGKILL);
		waitpid(attend->job.launcher, &status, 0);
		job_finish(&attend->job, attend->supervisor, attend->record->name, status, none, 1);
	}
	process_reap_orphans(none, 1);
	for (int i = 0; i < 2; i++)
		if (from[i] >= 0)
			fcntl(from[i], F_SETFL, O_NONBLOCK);
	while (from[0] >= 0 && lines_read(&attend->out, from[0], on_listener_line, attend) > 0)
		;
	while (from[1] >= 0 && lines_read(&attend->err, from[1], on_listener_error_line, attend) > 0)
		;
	ending_stop(&attend->ending);
	attend->shim_source = sd_event_source_disable_unref(attend->shim_source);
	attend->shim_timer = sd_event_source_disable_unref(attend->shim_timer);
	attend->stop_timer = sd_event_source_disable_unref(attend->stop_timer);
	attend->leave_timer = sd_event_source_disable_unref(attend->leave_timer);
	attend->event = sd_event_unref(attend->event);
	close_fd(&attend->listening);
}

int attend(struct attend *attend, struct supervisor *supervisor, const struct slot_paths *paths, struct record *record,
	struct error *err)
{
	_cleanup_(close_fd) int out = -1;
	_cleanup_(close_fd) int error_output = -1;
	int from[2] = {-1, -1}, started = -1, r;

	memset(attend, 0, sizeof *attend);
	attend->supervisor = supervisor;
	attend->paths = paths;
	attend->record = record;
	attend->listening = handover_listen(paths->socket, err);
	if (attend->listening < 0)
		return -1;
	r = sd_event_new(&attend->event);
	if (r < 0)
		error_set(err, -r, "event loop");
	else
		started = start_listener(attend, from, err);
	out = from[0];
	error_output = from[1];
	if (started == 0 && (started = add_sources(attend, from, err)) == 0) {
		attend_obey(attend);
		r = sd_event_loop(attend->event);
		if (r < 0)
			log_line("event loop: %s", strerror(-r));
	}
	finish(attend, from);
	return started;
}
