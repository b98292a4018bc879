#include "cli/report.h"

#include "cli/denials.h"
#include "cli/leftover.h"
#include "cli/report_network.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/json.h"
#include "common/path.h"
#include "common/status.h"
#include "policy/limits.h"
#include "policy/plan_json.h"
#include "sandbox/files/whereabouts.h"
#include "sandbox/process/stdio.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>

#define REPORT_VERSION 1
#define NAME_TRIES 100
#define READER_NS (5 * NS_PER_S) /* as for a notice */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* 0 means "not known" for every figure that comes through here. */
static json_t *number_or_null(uint64_t value)
{
	return value == 0 ? json_null() : number(value);
}

static json_t *known(bool is_known, uint64_t value)
{
	return is_known ? number(value) : json_null();
}

/* pids.max counts what it refuses; what stands in for it does not. */
static json_t *pids_refused(const struct plan_limits *l, const struct outcome *outcome)
{
	const enum protection_state state = outcome->protections[PROTECTION_PIDS].state;

	return known(l->pids == 0 || (state != PROTECTION_DEGRADED && state != PROTECTION_UNAVAILABLE),
		outcome->pids_refused);
}

static json_t *timestamp(const struct timespec *when)
{
	char text[64];
	struct tm tm;

	gmtime_r(&when->tv_sec, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *command(char *const argv[])
{
	json_t *array = json_array();

	for (; *argv != NULL; argv++)
		json_array_append_new(array, plan_text_json(*argv));
	return array;
}

static json_t *facts(const struct protection_report *p)
{
	json_t *all = json_object();

	for (unsigned i = 0; i < p->n_facts; i++)
		json_object_set_new(all, p->facts[i].name, number(p->facts[i].value));
	return all;
}

static json_t *protections(const struct outcome *outcome)
{
	json_t *all = json_object();

	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		const struct protection_report *p = &outcome->protections[i];
		json_t *one = json_pack("{s:s}", "state", protection_state_name(p->state));

		if (p->detail != NULL)
			json_object_set_new(one, "detail", plan_text_json(p->detail));
		if (p->n_facts > 0)
			json_object_set_new(one, "seen", facts(p));
		if (p->unseen != NULL)
			json_object_set_new(one, "not_seen", json_string(p->unseen));
		json_object_set_new(all, protection_name(i), one);
	}
	return all;
}

/* The limits of one kind that were asked for, then what was measured, which is taken over. */
static json_t *limit_object(const struct plan *plan, enum plan_degradable what, json_t *measured)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];

		if (limit->degradable == what)
			json_object_set_new(object, limit->report,
				limit_is_asked_for(&plan->limits, limit) ? number(*limit_field(&plan->limits, limit))
									 : json_null());
	}
	json_object_update(object, measured);
	json_decref(measured);
	return object;
}

static json_t *memory_measured(const struct outcome *outcome)
{
	return json_pack("{s:o, s:s, s:o, s:o}", "peak", number_or_null(outcome->memory_peak), "peak_of",
		outcome->memory_peak_is_rss ? "largest process" : "cgroup", "oom_kills", number(outcome->oom_kills),
		"high_events", number(outcome->memory_high_events));
}

static json_t *limits(const struct plan *plan, const struct outcome *outcome)
{
	const struct plan_limits *l = &plan->limits;
	json_t *swap = json_pack("{s:o}", "peak", number_or_null(outcome->swap_peak));
	json_t *pids = json_pack(
		"{s:o, s:o}", "peak", number_or_null(outcome->pids_peak), "refused", pids_refused(l, outcome));
	json_t *cpu = json_pack("{s:o, s:o}", "used_usec", number(outcome->cpu_usec), "throttled_usec",
		number(outcome->cpu_throttled_usec));
	json_t *io = json_pack("{s:o, s:o}", "read", number(outcome->io_read), "written", number(outcome->io_written));

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o,s:o,s:o,s:o*}, s:{s:o,s:o}, s:{s:o,s:o}}", "memory",
		limit_object(plan, PLAN_DEGRADABLE_MEMORY, memory_measured(outcome)), "swap",
		limit_object(plan, PLAN_DEGRADABLE_SWAP, swap), "pids", limit_object(plan, PLAN_DEGRADABLE_PIDS, pids),
		"cpu", limit_object(plan, PLAN_DEGRADABLE_CPU, cpu), "io", limit_object(plan, PLAN_DEGRADABLE_IO, io),
		"disk", "limit", number_or_null(l->disk), "used", known(outcome->disk_known, outcome->disk_used),
		"files", known(outcome->disk_known, outcome->disk_files), "uncounted",
		outcome->disk_uncounted != UNCOUNTED_NOTHING
			? json_string(usage_uncounted_text(outcome->disk_uncounted))
			: NULL,
		"nofile", "limit", number_or_null(l->nofile), "hard", number_or_null(l->nofile_hard), "time",
		"limit_ms", number_or_null((uint64_t)l->time_ns / 1000000), "grace_ms",
		number((uint64_t)l->grace_ns / 1000000));
}

static json_t *changes(const struct outcome *outcome)
{
	const struct changes *c = &outcome->changes;

	if (!c->listed)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:b}", "added", number(c->added), "modified", number(c->modified), "deleted",
		number(c->deleted), "complete", c->cut == NULL);
}

static json_t *teardown(const struct outcome *outcome)
{
	json_t *residue = json_array();

	for (unsigned i = 0; i < outcome->n_residue; i++)
		json_array_append_new(residue, plan_text_json(outcome->residue[i]));
	return json_pack("{s:o, s:f, s:o}", "processes_killed", number(outcome->processes_killed), "duration_ms",
		(double)outcome->teardown_ns / 1e6, "residue", residue);
}

/* What every report has. An id that is not given is made for a plan that is complete. */
static json_t *build_head(const struct plan *plan, const struct outcome *outcome, const char *failure)
{
	json_t *report = json_pack("{s:i, s:o*, s:o, s:s, s:o, s:o, s:o, s:f}", "version", REPORT_VERSION, "id",
		plan->id != NULL ? plan_text_json(plan->id) : NULL, "profile", plan_text_json(plan->profile),
		"profile_digest", plan->profile_digest, "command", command(plan->command.argv), "start",
		timestamp(&outcome->start), "end", timestamp(&outcome->end), "duration_ms",
		(double)outcome->duration_ns / 1e6);

	if (report == NULL)
		return NULL;
	json_object_set_new(
		report, "exit_code", outcome->exit_code < 0 ? json_null() : json_integer(outcome->exit_code));
	json_object_set_new(report, "signal", outcome->signal == 0 ? json_null() : json_integer(outcome->signal));
	json_object_set_new(report, "status", json_integer(outcome->status));
	json_object_set_new(report, "ended_by", json_string(ended_by_name(outcome->ended_by)));
	json_object_set_new(report, "error", plan_text_json(failure));
	if (plan->root.image_digest != NULL)
		json_object_set_new(report, "image",
			json_pack("{s:s, s:s}", "name", plan->root.image, "digest", plan->root.image_digest));
	return report;
}

static json_t *build(const struct plan *plan, const struct outcome *outcome, const char *failure)
{
	json_t *report = build_head(plan, outcome, failure);

	if (report == NULL)
		return NULL;
	json_object_set_new(report, "protections", protections(outcome));
	json_object_set_new(report, "limits", limits(plan, outcome));
	json_object_set_new(report, "changes", changes(outcome));
	json_object_set_new(report, "denials", denials_json(plan, outcome));
	report_network(report, plan, outcome);
	if (outcome->sudo_known)
		json_object_set_new(report, "sudo",
			json_pack("{s:o, s:o}", "calls", number(outcome->sudo_calls), "refused",
				number(outcome->sudo_refused)));
	json_object_set_new(report, "teardown", teardown(outcome));
	return report;
}

/* Where it will be, by descriptor: what the path leads to may be another directory in the end. */
static int open_place(const struct plan *plan, const char *what, const char *path, struct error *err)
{
	_cleanup_(freep) char *dir = path_directory(path);
	int fd;

	if (dir == NULL)
		return error_set(err, ENOMEM, "%s", what);
	if (plan != NULL)
		return whereabouts_open(&plan->root, what, path, err);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "%s: %s", what, path) : fd;
}

static int hint_at_directory(struct error *err)
{
	if (err->errnum == EISDIR)
		return error_hint(err, "name a file in it");
	return err->errnum == ENOENT || err->errnum == EACCES || err->errnum == EROFS
		       ? error_hint(err,
				 "its directory must exist and be writable: a temporary file there is renamed to it")
		       : -1;
}

/* 0 and report->temporary. */
static int name_temporary(struct report *report, unsigned try)
{
	freep(&report->temporary);
	report->temporary = try == 0 ? format("%s.%d.tmp", report->name, getpid())
				     : format("%s.%d.%u.tmp", report->name, getpid(), try);
	if (report->temporary != NULL)
		return 0;
	errno = ENOMEM;
	return -1;
}

static void link_to(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* Without a name until it is the report, where the file system has such files and /proc can give one a name. */
static int open_file(struct report *report)
{
	int fd = openat(report->dirfd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
	char path[32];

	link_to(fd, path);
	if (fd >= 0 && access(path, F_OK) == 0)
		return fd;
	if (fd < 0 && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
		return -1;
	close_fd(&fd);
	leftover_remove(report->dirfd, report->name);
	if (name_temporary(report, 0) < 0)
		return -1;
	fd = openat(report->dirfd, report->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd >= 0)
		leftover_hold(fd);
	return fd;
}

/* rename(2) would find it out when all is over. */
static int refuse_directory(const struct report *report, struct error *err)
{
	struct stat st;

	if (fstatat(report->dirfd, report->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return error_set(err, EISDIR, "%s: %s", report->what, report->path);
}

int report_divert(struct report *report, const struct plan *plan, struct error *err)
{
	if (!plan_reports_to_stdout(plan))
		return 0;
	report->fd = stdio_divert_output(err);
	return report->fd < 0 ? error_context(err, "report") : 0;
}

int report_open(struct report *report, const struct plan *plan, const char *what, const char *path, struct error *err)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	report->what = what;
	if (path == NULL || strcmp(path, "-") == 0)
		return 0;
	report->path = path;
	report->name = slash != NULL ? slash + 1 : path;
	report->dirfd = open_place(plan, what, path, err);
	if (report->dirfd < 0 || refuse_directory(report, err) < 0)
		return hint_at_directory(err);
	report->fd = open_file(report);
	if (report->fd < 0) {
		error_set(err, errno, "%s: %s", what, path);
		return hint_at_directory(err);
	}
	return 0;
}

void report_close(struct report *report)
{
	close_fd(&report->fd);
	if (report->temporary != NULL && report->dirfd >= 0)
		unlinkat(report->dirfd, report->temporary, 0); /* gone already where it became the report */
	close_fd(&report->dirfd);
	freep(&report->temporary);
}

/* linkat(2) replaces nothing: it takes two steps. */
static int give_name(struct report *report)
{
	char path[32];

	link_to(report->fd, path);
	for (unsigned try = 0; try < NAME_TRIES; try++) {
		if (name_temporary(report, try) < 0)
			return -1;
		if (linkat(AT_FDCWD, path, report->dirfd, report->temporary, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		freep(&report->temporary); /* somebody else's */
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static int replace(struct report *report, struct error *err)
{
	if (report->temporary == NULL && give_name(report) < 0)
		return error_set(err, errno, "%s: %s", report->what, report->path);
	if (renameat(report->dirfd, report->temporary, report->dirfd, report->name) < 0)
		return error_set(err, errno, "%s: %s", report->what, report->path);
	return 0;
}

static int cannot_write(const char *what, const char *name, struct error *err)
{
	error_set(err, errno, "%s: %s", what, name);
	return err->errnum == EFBIG ? error_hint(err, "files of the caller may not be large enough: raise `ulimit -f`")
				    : -1;
}

/* Others can have filled the pipe: a job whose standard error it is too, say. Where poll(2) finds room in one, so much
 * fits. */
static int put_to_stdout(int fd, const char *text, size_t len, struct error *err)
{
	while (len > 0) {
		const int sig = wait_unless_ended(fd, POLLOUT, READER_NS, err);
		ssize_t n;

		if (sig > 0)
			return error_set(err, 0, "report: standard output: the reader does not read, SIG%s received",
				sigabbrev_np(sig));
		if (sig < 0 && err->errnum == ETIMEDOUT)
			return error_set(err, 0, "report: standard output: the reader does not read");
		if (sig < 0)
			return -1;
		n = write(fd, text, len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return cannot_write("report", "standard output", err);
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int put(struct report *report, const char *text, struct error *err)
{
	if (report->path == NULL)
		return put_to_stdout(report->fd, text, strlen(text), err) < 0 ? -1
									      : put_to_stdout(report->fd, "\n", 1, err);
	if (write_all(report->fd, text, strlen(text)) < 0 || write_all(report->fd, "\n", 1) < 0)
		return cannot_write("report", report->path, err);
	return replace(report, err);
}

int report_changes(struct report *report, const struct outcome *outcome, struct error *err)
{
	off_t at = 0;
	ssize_t n;

	if (!outcome->changes.listed)
		return outcome->changes.cut != NULL ? error_set(err, 0, "%s", outcome->changes.cut) : 0;
	do
		n = sendfile(report->fd, outcome->changes.fd, &at, 1 << 20);
	while (n > 0);
	return n < 0 ? cannot_write("changes", report->path, err) : replace(report, err);
}

static int put_json(struct report *report, json_t *json, struct error *err)
{
	_cleanup_(freep) char *text = json != NULL ? json_dumps(json, JSON_SHOWN) : NULL;

	json_decref(json);
	if (text == NULL)
		return error_set(err, ENOMEM, "report");
	return put(report, text, err);
}

int report_write(struct report *report, const struct plan *plan, const struct outcome *outcome, const char *failure,
	struct error *err)
{
	return put_json(report, build(plan, outcome, failure), err);
}

int report_write_refusal(struct report *report, const struct plan *plan, const char *why, struct error *err)
{
	struct outcome outcome = {.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};

	clock_gettime(CLOCK_REALTIME, &outcome.start);
	outcome.end = outcome.start;
	return put_json(report, build_head(plan, &outcome, why), err);
}
