#include "runner/job/verdict.h"

#include "common/status.h"
#include "runner/job/denials.h"
#include "runner/launch/launcher.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define FIRST_RESULT 100

/* TaskResult of the official runner, in its order. actions/runner: src/Sdk/DTWebApi/WebApi/TaskResult.cs. */
static const char *const results[] = {
	"succeeded", "succeeded with issues", "failed", "canceled", "skipped", "abandoned"};
static const char *const outcomes[] = {"succeeded", "succeeded", "failed", "canceled", "skipped", "abandoned"};
#define RESULT_COUNT ((int)(sizeof results / sizeof results[0]))
#define FAILED 2

static const char *const ends[] = {
	[JOB_END_SHIM_GONE] = "the Listener abandoned it",
	[JOB_END_LISTENER] = "the Listener is gone",
	[JOB_END_NOT_CANCELLED] = "it was canceled and did not end in time",
	[JOB_END_STOP] = "the runner was told to stop at once",
};

static const char *const ended_by_us[] = {
	[JOB_END_SHIM_GONE] = "abandoned",
	[JOB_END_LISTENER] = "listener",
	[JOB_END_NOT_CANCELLED] = "cancel",
	[JOB_END_STOP] = "stop",
};

static int64_t limit(const json_t *report, const char *of, const char *what)
{
	return json_integer_value(json_object_get(json_object_get(json_object_get(report, "limits"), of), what));
}

/* The largest unit that divides it. */
static void duration_text(char *text, size_t size, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
	size_t i = 0;

	while (ms % units[i].ms != 0)
		i++;
	snprintf(text, size, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
}

static void size_text(char *text, size_t size, int64_t bytes)
{
	static const char units[] = "BKMGT";
	double value = (double)bytes;
	size_t i = 0;

	while (value >= 1024 && units[i + 1] != '\0') {
		value /= 1024;
		i++;
	}
	snprintf(text, size, i == 0 ? "%.0f%c" : "%.1f%c", value, units[i]);
}

static void timeout_reason(struct verdict *verdict, const json_t *report)
{
	int64_t ms = limit(report, "time", "limit_ms");
	char text[32] = "";

	if (ms > 0)
		duration_text(text, sizeof text, ms);
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: time limit %s%sreached", text, ms > 0 ? " " : "");
}

static void memory_reason(struct verdict *verdict, const json_t *report)
{
	char most[32], peak[32];

	size_text(most, sizeof most, limit(report, "memory", "limit"));
	size_text(peak, sizeof peak, limit(report, "memory", "peak"));
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: memory limit %s reached (peak %s)", most, peak);
}

static void pids_reason(struct verdict *verdict, const json_t *report)
{
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: limit of %lld processes reached",
		(long long)limit(report, "pids", "limit"));
}

static void disk_reason(struct verdict *verdict, const json_t *report)
{
	const char *uncounted = json_string_value(
		json_object_get(json_object_get(json_object_get(report, "limits"), "disk"), "uncounted"));
	char most[32], used[32];

	if (uncounted != NULL) {
		snprintf(verdict->reason, sizeof verdict->reason, "job ended: its files cannot be counted: %s",
			uncounted);
		return;
	}
	size_text(most, sizeof most, limit(report, "disk", "limit"));
	size_text(used, sizeof used, limit(report, "disk", "used"));
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: disk limit %s reached (used %s)", most, used);
}

static void cancel_reason(struct verdict *verdict, const json_t *report)
{
	(void)report;
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: its sandbox was told to end");
}

static void launcher_reason(struct verdict *verdict, const json_t *report)
{
	/* The launcher has written its line where the annotation comes from. */
	(void)report;
	snprintf(verdict->reason, sizeof verdict->reason, "job refused: its sandbox could not be set up");
}

static void signal_reason(struct verdict *verdict, const json_t *report)
{
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: Runner.Worker was killed by signal %lld",
		(long long)json_integer_value(json_object_get(report, "signal")));
}

static const struct {
	const char *ended_by;
	const char *result;
	void (*reason)(struct verdict *verdict, const json_t *report);
} causes[] = {
	{"timeout", "ended at its time limit", timeout_reason},
	{"memory", "ended at its memory limit", memory_reason},
	{"pids", "ended at its limit of processes", pids_reason},
	{"disk", "ended at its disk limit", disk_reason},
	{"cancel", "ended", cancel_reason},
	{"launcher", "refused", launcher_reason},
	{"signal", "crashed", signal_reason},
};

/* The Worker's own result, or -1. After a limit it is not the launcher's exit code, but it is in its report. */
static int result_of(const json_t *report, int code)
{
	const json_t *reported = json_object_get(report, "exit_code");

	json_int_t result = json_is_integer(reported) ? json_integer_value(reported) : code;

	return result >= FIRST_RESULT && result < FIRST_RESULT + RESULT_COUNT ? (int)result : -1;
}

static void by_report(struct verdict *verdict, const json_t *report, int exit_code)
{
	const char *ended_by = json_string_value(json_object_get(report, "ended_by"));

	for (size_t i = 0; ended_by != NULL && i < sizeof causes / sizeof causes[0]; i++)
		if (strcmp(ended_by, causes[i].ended_by) == 0) {
			verdict->result = causes[i].result;
			causes[i].reason(verdict, report);
			return;
		}
	verdict->result = "crashed";
	snprintf(verdict->reason, sizeof verdict->reason, "job ended: Runner.Worker exited with %d", exit_code);
}

static const char *what_ended(int code, const json_t *report, enum job_end end)
{
	const char *reported = json_string_value(json_object_get(report, "ended_by"));

	if (end != JOB_END_ITSELF)
		return ended_by_us[end];
	if (code < 0)
		return "lost";
	for (size_t i = 0; reported != NULL && i < sizeof causes / sizeof causes[0]; i++)
		if (strcmp(reported, causes[i].ended_by) == 0)
			return causes[i].ended_by;
	if (reported == NULL && code == STATUS_LAUNCHER)
		return "launcher";
	return reported == NULL && code == STATUS_TIMEOUT ? "timeout" : "exit";
}

/* A job that did not end by itself may have ended for what it was denied. */
static void add_denials(struct verdict *verdict, const json_t *denials)
{
	char text[DENIALS_TEXT_MAX];
	size_t used = strlen(verdict->reason);

	denials_text(text, sizeof text, denials);
	if (text[0] != '\0')
		snprintf(verdict->reason + used, sizeof verdict->reason - used, "; denied before: %s", text);
}

/* The one limit that refuses and does not end. What a job failed for may be this, whoever says that it failed. */
static bool refused_processes(const json_t *report)
{
	const char *ended_by = json_string_value(json_object_get(report, "ended_by"));

	return ended_by != NULL && strcmp(ended_by, "pids") == 0;
}

void verdict_reach(struct verdict *verdict, int status, const json_t *report, enum job_end end)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, result = result_of(report, code);

	memset(verdict, 0, sizeof *verdict);
	verdict->ended_by = what_ended(code, report, end);
	verdict->outcome = strcmp(verdict->ended_by, "launcher") == 0 ? "refused" : "ended";
	if (end != JOB_END_ITSELF) {
		verdict->result = "ended by the supervisor";
		snprintf(verdict->reason, sizeof verdict->reason, "job ended: %s", ends[end]);
	} else if (code < 0) {
		verdict->result = "lost";
		snprintf(verdict->reason, sizeof verdict->reason, "job ended: its launcher was killed by signal %d",
			WTERMSIG(status));
	} else if (report == NULL && code == STATUS_LAUNCHER) {
		verdict->result = "refused";
		launcher_reason(verdict, NULL);
	} else if (report == NULL && code == STATUS_TIMEOUT) {
		verdict->result = "ended at its time limit";
		timeout_reason(verdict, NULL);
	} else if (code != result) {
		by_report(verdict, report, code);
	} else if (refused_processes(report)) {
		snprintf(verdict->reason, sizeof verdict->reason, "limit of %lld processes reached",
			(long long)limit(report, "pids", "limit"));
	}
	verdict->code = 1;
	if (verdict->reason[0] != '\0')
		add_denials(verdict, json_object_get(report, "denials"));
	/* The Worker had its say: the result is at GitHub already, and the reason is for log and report only. */
	if (result >= FIRST_RESULT) {
		verdict->code = result;
		verdict->result = results[result - FIRST_RESULT];
		verdict->outcome = outcomes[result - FIRST_RESULT];
	}
}

void verdict_of_held(struct verdict *verdict)
{
	memset(verdict, 0, sizeof *verdict);
	verdict->code = FIRST_RESULT + FAILED;
	verdict->result = results[FAILED];
	verdict->outcome = outcomes[FAILED];
	verdict->ended_by = "exit";
}
