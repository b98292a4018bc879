#include "runner/job/job_report.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/visible.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/common/prune.h"
#include "runner/job/denials.h"
#include "runner/journal/journal.h"

#include <errno.h>
#include <string.h>

#define REPORTS_KEPT 100

/* The launcher's residue is what it saw from within, ours what is left after it. */
static json_t *all_residue(const struct job_summary *summary, const json_t *launcher)
{
	json_t *all = json_copy(summary->residue), *one;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(launcher, "teardown"), "residue"), i, one)
		json_array_append(all, one);
	return all;
}

int job_report_write(
	const struct state *state, const struct job_summary *summary, const json_t *launcher, struct error *err)
{
	_cleanup_(freep) char *path = format("reports/%s.json", summary->id);
	_cleanup_(json_drop) json_t *report = launcher != NULL ? json_deep_copy(launcher) : json_object();
	char name[SUBJECT_JOB_SIZE];
	json_t *job = NULL;

	visible(name, sizeof name, summary->subject->job, strlen(summary->subject->job), VISIBLE_TEXT);
	job = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:f, s:i, s:s*}", "id", summary->id, "runner",
		summary->runner, "repository", summary->subject->repository, "name", name, "result",
		summary->verdict->result, "code", summary->verdict->code, "reason", summary->verdict->reason,
		"duration_ms", (double)summary->duration_ns / 1e6, "orphans_killed", (int)summary->orphans,
		"report_missing", summary->missing);
	if (job != NULL && summary->released_by != NULL)
		json_object_set_new(job, "held",
			json_pack("{s:f, s:s}", "duration_ms", (double)summary->held_ns / 1e6, "released_by",
				summary->released_by));

	if (path == NULL || report == NULL || json_object_set_new(report, "job", job) < 0 ||
		json_object_set_new(report, "residue", all_residue(summary, launcher)) < 0 ||
		json_object_set(report, "removing", summary->removing) < 0)
		return error_set(err, ENOMEM, "report %s", summary->id);
	if (json_file_write(state->dirfd, path, report, err) < 0)
		return -1;
	prune(state->dirfd, "reports", REPORTS_KEPT, UINT64_MAX);
	return 0;
}

void job_report_journal(const struct state *state, const struct job_summary *summary, const json_t *launcher)
{
	const struct journal_end end = {
		.id = summary->id,
		.outcome = summary->verdict->outcome,
		.ended_by = summary->verdict->ended_by,
		.reason = summary->verdict->reason,
		.report = launcher,
		.run_ns = summary->duration_ns,
		.teardown_ns = clock_monotonic_ns() - summary->ended_ns,
		.residue = json_array_size(summary->residue),
		.orphans = summary->orphans,
	};

	journal_job_ended(state, &end);
}

static void log_denials(const struct job_summary *summary, const json_t *denials)
{
	json_int_t calls = json_integer_value(json_object_get(denials, "more"));
	char text[DENIALS_TEXT_MAX];
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(denials, "seccomp"), i, one)
		calls += json_integer_value(json_object_get(one, "count"));
	denials_text(text, sizeof text, denials);
	if (calls > 0)
		log_line("job %s: denied system calls: %lld, listed in reports/%s.json%s%s", summary->label,
			(long long)calls, summary->id, text[0] != '\0' ? ": " : "", text);
}

void job_report_log(const struct job_summary *summary, const json_t *launcher)
{
	_cleanup_(json_drop) json_t *residue = all_residue(summary, launcher);
	const char *failure = json_string_value(json_object_get(launcher, "error"));
	const char *reason = summary->verdict->reason;
	json_t *one;
	size_t i;

	log_line("job %s: %s in %lld s, residue: %s%s%s%s%s", summary->label, summary->verdict->result,
		(long long)((summary->duration_ns + NS_PER_S / 2) / NS_PER_S),
		json_array_size(residue) > 0             ? "see below"
		: json_array_size(summary->removing) > 0 ? "only files that are being removed"
							 : "none",
		*reason != '\0' ? "; " : "", reason, failure != NULL ? ": " : "", failure != NULL ? failure : "");
	if (summary->missing != NULL)
		log_line("job %s: launcher's report missing: %s", summary->label, summary->missing);
	log_denials(summary, json_object_get(launcher, "denials"));
	json_array_foreach (residue, i, one)
		log_line("job %s: residue: %s", summary->label, json_string_value(one));
	json_array_foreach (summary->removing, i, one)
		log_line("job %s: being removed in the background: %s", summary->label, json_string_value(one));
}
