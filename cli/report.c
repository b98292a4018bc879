#include "cli/report.h"

#include "cli/denials.h"
#include "cli/report_network.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "policy/path.h"
#include "policy/plan_json.h"
#include "sandbox/whereabouts.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>

#define REPORT_VERSION 1

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* 0 means "not known" for every figure that comes through here. */
static json_t *number_or_null(uint64_t value)
{
	return value == 0 ? json_null() : number(value);
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

static json_t *memory_limits(const struct plan_limits *l, const struct outcome *outcome)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o}", "limit", number_or_null(l->memory), "high",
		number_or_null(l->memory_high), "peak", number_or_null(outcome->memory_peak), "peak_of",
		outcome->memory_peak_is_rss ? "largest process" : "cgroup", "oom_kills", number(outcome->oom_kills),
		"high_events", number(outcome->memory_high_events));
}

static json_t *limits(const struct plan *plan, const struct outcome *outcome)
{
	const struct plan_limits *l = &plan->limits;

	return json_pack("{s:o, s:{s:o,s:o}, s:{s:o,s:o,s:o}, s:{s:o,s:o,s:o,s:o}, s:{s:o,s:o,s:o,s:o}, "
			 "s:{s:o,s:o,s:o,s:o*}, s:{s:o}, "
			 "s:{s:o,s:o}}",
		"memory", memory_limits(l, outcome), "swap", "limit",
		l->swap == PLAN_SWAP_UNSET ? json_null() : number(l->swap), "peak", number_or_null(outcome->swap_peak),
		"pids", "limit", number_or_null(l->pids), "peak", number_or_null(outcome->pids_peak), "refused",
		number(outcome->pids_refused), "cpu", "limit_milli", number_or_null(l->cpus_milli), "weight",
		number_or_null(l->cpu_weight), "used_usec", number(outcome->cpu_usec), "throttled_usec",
		number(outcome->cpu_throttled_usec), "io", "read_limit", number_or_null(l->io_read), "write_limit",
		number_or_null(l->io_write), "read", number(outcome->io_read), "written", number(outcome->io_written),
		"disk", "limit", number_or_null(l->disk), "used", number_or_null(outcome->disk_used), "files",
		number_or_null(outcome->disk_files), "uncounted",
		outcome->disk_uncounted != UNCOUNTED_NOTHING
			? json_string(usage_uncounted_text(outcome->disk_uncounted))
			: NULL,
		"nofile", "limit", number_or_null(l->nofile), "time", "limit_ms",
		number_or_null((uint64_t)l->time_ns / 1000000), "grace_ms", number((uint64_t)l->grace_ns / 1000000));
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

static json_t *build(const struct plan *plan, const struct outcome *outcome, const char *failure)
{
	json_t *report = json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:o, s:f}", "version", REPORT_VERSION, "id",
		plan_text_json(plan->id), "profile", plan_text_json(plan->profile), "profile_digest",
		plan->profile_digest, "command", command(plan->argv), "start", timestamp(&outcome->start), "end",
		timestamp(&outcome->end), "duration_ms", (double)outcome->duration_ns / 1e6);

	if (report == NULL)
		return NULL;
	json_object_set_new(
		report, "exit_code", outcome->exit_code < 0 ? json_null() : json_integer(outcome->exit_code));
	json_object_set_new(report, "signal", outcome->signal == 0 ? json_null() : json_integer(outcome->signal));
	json_object_set_new(report, "status", json_integer(outcome->status));
	json_object_set_new(report, "ended_by", json_string(ended_by_name(outcome->ended_by)));
	json_object_set_new(report, "error", plan_text_json(failure));
	json_object_set_new(report, "protections", protections(outcome));
	json_object_set_new(report, "limits", limits(plan, outcome));
	json_object_set_new(report, "changes", changes(outcome));
	json_object_set_new(report, "denials", denials_json(plan, outcome));
	report_network(report, plan, outcome);
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
		return whereabouts_open(plan, what, path, err);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "%s: %s", what, path) : fd;
}

static int hint_at_directory(struct error *err)
{
	return err->errnum == ENOENT || err->errnum == EACCES || err->errnum == EROFS
		       ? error_hint(err, "its directory must exist and be writable: a file beside it becomes it")
		       : -1;
}

int report_open(struct report *report, const struct plan *plan, const char *what, const char *path, struct error *err)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	*report = (struct report){.fd = -1, .dirfd = -1, .what = what};
	if (path == NULL || strcmp(path, "-") == 0)
		return 0;
	report->path = path;
	report->name = slash != NULL ? slash + 1 : path;
	report->dirfd = open_place(plan, what, path, err);
	if (report->dirfd < 0)
		return hint_at_directory(err);
	report->temporary = format("%s.%d.tmp", report->name, getpid());
	if (report->temporary == NULL)
		return error_set(err, ENOMEM, "%s: %s", what, path);
	report->fd =
		openat(report->dirfd, report->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
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

static int replace(struct report *report, struct error *err)
{
	if (renameat(report->dirfd, report->temporary, report->dirfd, report->name) < 0)
		return error_set(err, errno, "%s: %s", report->what, report->path);
	return 0;
}

static int put(struct report *report, const char *text, struct error *err)
{
	int fd = report->path != NULL ? report->fd : STDOUT_FILENO;
	const char *name = report->path != NULL ? report->path : "standard output";

	if (write_all(fd, text, strlen(text)) < 0 || write_all(fd, "\n", 1) < 0)
		return error_set(err, errno, "report: %s", name);
	return report->path != NULL ? replace(report, err) : 0;
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
	return n < 0 ? error_set(err, errno, "changes: %s", report->path) : replace(report, err);
}

int report_write(struct report *report, const struct plan *plan, const struct outcome *outcome, const char *failure,
	struct error *err)
{
	json_t *json = build(plan, outcome, failure);
	_cleanup_(freep) char *text = json != NULL ? json_dumps(json, JSON_SHOWN) : NULL;

	json_decref(json);
	if (text == NULL)
		return error_set(err, ENOMEM, "report");
	return put(report, text, err);
}
