#include "runner/slot/attend.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/notice.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/launch/listener.h"
#include "runner/launch/listener_root.h"
#include "runner/slot/listener_line.h"
#include "runner/state/cgroup_leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* More than a pipe holds, by what lines_read() takes at once. */
#define OUTPUT_READS 32
/* A Listener that waits has some 90 MiB. */
#define LISTENER_MEMORY (UINT64_C(128) << 20)
/* A busy host may take long to make the sandbox. */
#define START_LIMIT_USEC (UINT64_C(300) * 1000000)

/* Said once, until a line goes through again. */
static void show_line(struct attend *attend, const char *line, size_t len, bool of_name)
{
	char shown[NOTICE_MAX];
	int errnum = 0;

	if (notice_line(STDOUT_FILENO, shown, listener_line_show(shown, line, len, of_name)) < 0)
		errnum = errno;
	if (errnum != 0 && errnum != attend->out_errnum)
		log_line("standard output: %s: the Listener's lines are lost",
			errnum == EAGAIN ? "the reader does not read" : strerror(errnum));
	attend->out_errnum = errnum;
}

/* A stop deregisters the runner. That its Listener then asks to have it configured again would only mislead. */
static bool is_our_doing(const struct attend *attend, const char *line, size_t len)
{
	return (attend->obeyed != STOP_NONE || attend->rolling) && listener_line_deleted(line, len);
}

/* Its memory is what jobs beside it might take; it is there when the Listener listens. Said once: it does not change
 * while we run. */
static void protect_listener(struct attend *attend)
{
	static bool is_tried;
	struct error err;

	if (attend->is_protected)
		return;
	attend->is_protected = true;
	if (cgroup_leaf_protect(attend->paths->id, LISTENER_MEMORY, &err) < 0 && !is_tried) {
		error_context(&err, "the Listener's memory is not protected from jobs");
		log_error(&err);
	}
	is_tried = true;
}

static void on_listener_line(void *context, const char *line, size_t len)
{
	struct attend *attend = context;

	const bool of_name = listener_lines_of_name(&attend->names, line, len, clock_monotonic_ns());

	if (of_name || !is_our_doing(attend, line, len))
		show_line(attend, line, len, of_name);
	if (of_name || !listener_line_listens(line, len))
		return;
	protect_listener(attend);
	attend_prepare(attend);
	attend->listens = true;
	attend_note(attend);
}

static void on_listener_error_line(void *context, const char *line, size_t len)
{
	if (!is_our_doing(context, line, len))
		log_relayed("Listener", line, len);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;

	(void)events;
	if (lines_read(&attend->out, fd, on_listener_line, attend) == 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

/* A Worker has begun. The Listener printed its job's name before: that is in the pipe, which no other program writes
 * to. */
static void on_hello(struct attend *attend)
{
	struct pollfd output = {.fd = attend->output, .events = POLLIN};

	for (int i = 0; i < OUTPUT_READS && poll(&output, 1, 0) > 0; i++)
		if (lines_read(&attend->out, attend->output, on_listener_line, attend) <= 0)
			break;
	listener_lines_worker(&attend->names);
	attend_on_hello(attend);
}

static int on_error_output(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct attend *attend = context;

	(void)events;
	if (lines_read(&attend->err, fd, on_listener_error_line, attend) == 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

/* Another program is in the shim's place and goes on: nothing else would tell. */
static int on_start_limit(sd_event_source *source, uint64_t usec, void *context)
{
	struct attend *attend = context;

	(void)source, (void)usec;
	if (attend->listener == 0 || listener_start_is_shim(&attend->start))
		return 0;
	log_line("the Listener " LISTENER_START_REFUSED);
	attend_end_listener(attend);
	return 0;
}

static void on_listener_exit(struct attend *attend, int status)
{
	attend->status = status;
	attend->listener = 0;
	attend->is_shim = listener_start_is_shim(&attend->start);
	ending_stop(&attend->ending);
	/* The Worker does not notice: it would run on, and nobody would renew its lock. */
	if (attend_is_busy(attend)) {
		/* The shim was in its sandbox and went with it, and may have been noticed first. */
		if (attend->status != 0 && attend->job.end == JOB_END_SHIM_GONE)
			attend->job.end = JOB_END_LISTENER;
		job_kill(&attend->job, attend->event, JOB_END_LISTENER);
	}
	attend_discard(attend);
	attend_check_done(attend);
}

const struct attend_events attend_events = {
	.on_hello = on_hello,
	.on_shim = attend_on_shim,
	.on_hold = attend_on_hold,
	.on_visitor = attend_on_visitor,
	.on_listener_exit = on_listener_exit,
	.on_job_exit = attend_on_job_exit,
};

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *context)
{
	struct attend *attend = context;

	(void)source;
	stop_take(&attend->supervisor->stop, (int)si->ssi_signo);
	attend_obey(attend);
	return 0;
}

static int on_roll(sd_event_source *source, const struct signalfd_siginfo *si, void *context)
{
	(void)source, (void)si;
	attend_roll(context);
	return 0;
}

/* A pipe for one of the Listener's outputs. Our end never blocks: whether there is something to read may be known from
 * before the last time that all was read. */
static int make_output(int *ours, int *theirs, struct error *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	*ours = p[0];
	*theirs = p[1];
	return fcntl(p[0], F_SETFL, O_NONBLOCK) < 0 ? error_set(err, errno, "pipe: O_NONBLOCK") : 0;
}

/* The Listener with both outputs on pipes of ours; the ends to read are returned. */
static int start_listener(struct attend *attend, int from[2], struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(close_fd) int out = -1;
	_cleanup_(close_fd) int error_output = -1;

	if (listener_root_clean(attend->paths->root, err) < 0 || make_output(&from[0], &out, err) < 0 ||
		make_output(&from[1], &error_output, err) < 0 || listener_start_make(&attend->start, err) < 0)
		return -1;
	attend->output = from[0];
	listener_sandbox(&launch, attend->supervisor, attend->paths);
	listener_command(&launch, attend->supervisor, &attend->start);
	launch.out = out;
	launch.err = error_output;
	if (launch_start(&launch, &attend->listener, err) < 0)
		return -1;
	listener_start_begun(&attend->start);
	return 0;
}

static int add_sources(struct attend *attend, const int from[2], struct error *err)
{
	sigset_t signals;
	int r = sd_event_add_io(attend->event, NULL, from[0], EPOLLIN, on_output, attend);

	if (r >= 0)
		r = sd_event_add_io(attend->event, NULL, from[1], EPOLLIN, on_error_output, attend);
	if (r >= 0)
		r = sd_event_add_io(attend->event, NULL, attend->listening, EPOLLIN, attend_on_connection, attend);
	if (r >= 0)
		r = attend_loop_begin(attend, &attend_events);
	if (r >= 0)
		r = sd_event_add_time_relative(attend->event, &attend->start_timer, CLOCK_MONOTONIC, START_LIMIT_USEC,
			1000000, on_start_limit, attend);
	stop_signals(&signals);
	for (int signo = 1; r >= 0 && signo < SIGRTMIN; signo++)
		if (sigismember(&signals, signo) == 1)
			r = sd_event_add_signal(attend->event, NULL, signo, on_signal, attend);
	if (r >= 0)
		r = sd_event_add_signal(attend->event, NULL, STOP_ROLL_SIGNAL, on_roll, attend);
	if (r >= 0)
		r = attend_watch_room(attend);
	return r < 0 ? error_set(err, -r, "event loop") : 0;
}

/* After the loop: the last lines, and no process of the sandbox left to us. */
static void finish(struct attend *attend, const int from[2])
{
	static const pid_t none[1] = {0};
	_cleanup_(json_drop) json_t *residue = json_array();
	int status = 0;

	/* Both are gone already, unless the loop itself failed. */
	if (attend->listener > 0) {
		kill(attend->listener, SIGKILL);
		if (!process_reap(attend->listener, &attend->status, PROCESS_KILL_LIMIT_NS))
			log_line("the Listener's launcher, process %d, does not end", attend->listener);
	}
	if (attend->job.active) {
		kill(attend->job.launcher, SIGKILL);
		if (!process_reap(attend->job.launcher, &status, PROCESS_KILL_LIMIT_NS))
			log_line("job %s: its launcher, process %d, does not end", job_label(&attend->job),
				attend->job.launcher);
		job_finish(&attend->job, attend->supervisor, attend->record->name, status, none, 1);
		attend_released(attend);
	}
	attend_discard(attend);
	process_reap_orphans(none, 1);
	cgroup_leaf_remove(attend->paths->id, residue);
	if (json_array_size(residue) > 0)
		log_line("the Listener's sandbox left behind: %s", json_string_value(json_array_get(residue, 0)));
	while (from[0] >= 0 && lines_read(&attend->out, from[0], on_listener_line, attend) > 0)
		;
	while (from[1] >= 0 && lines_read(&attend->err, from[1], on_listener_error_line, attend) > 0)
		;
	ending_stop(&attend->ending);
	attend_drop_pending(attend);
	attend->leave_timer = sd_event_source_disable_unref(attend->leave_timer);
	attend->drain_timer = sd_event_source_disable_unref(attend->drain_timer);
	attend->cancel_timer = sd_event_source_disable_unref(attend->cancel_timer);
	attend->listener_timer = sd_event_source_disable_unref(attend->listener_timer);
	attend->start_timer = sd_event_source_disable_unref(attend->start_timer);
	attend->roll_timer = sd_event_source_disable_unref(attend->roll_timer);
	attend->room_timer = sd_event_source_disable_unref(attend->room_timer);
	attend->event = sd_event_unref(attend->event);
	listener_start_free(&attend->start);
	close_fd(&attend->listening);
}

static void close_pair(int (*pair)[2])
{
	close_fd(&(*pair)[0]);
	close_fd(&(*pair)[1]);
}

int attend(struct attend *attend, struct supervisor *supervisor, const struct slot_paths *paths, struct record *record,
	struct error *err)
{
	_cleanup_(close_pair) int from[2] = {-1, -1};
	int started = -1, r;

	memset(attend, 0, sizeof *attend);
	attend->supervisor = supervisor;
	attend->paths = paths;
	attend->record = record;
	attend->pending = attend->output = attend->visitors = attend->releaser = -1;
	attend->start = (struct listener_start){.said = -1, .say = -1};
	attend->listening = handover_listen(paths->socket, err);
	if (attend->listening < 0)
		return -1;
	r = sd_event_new(&attend->event);
	if (r < 0)
		error_set(err, -r, "event loop");
	else
		started = start_listener(attend, from, err);
	if (started == 0 && (started = add_sources(attend, from, err)) == 0) {
		attend_obey(attend);
		r = attend_loop(attend);
		if (r < 0)
			log_line("event loop: %s", strerror(-r));
	}
	finish(attend, from);
	return started;
}
