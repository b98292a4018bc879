#include "common/status.h"
#include "runner/job/verdict.h"

#include "runner/launch/launcher.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define EXITED(code) ((code) << 8)

struct row {
	int status;
	const char *report; /* NULL: there is none */
	enum job_end end;
	int code;
	const char *result;
	const char *reason;
};

static void reach(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *report = rows[i].report != NULL ? json_loads(rows[i].report, 0, NULL) : NULL;
		struct verdict verdict;

		assert_true(rows[i].report == NULL || report != NULL);
		memset(&verdict, 0x55, sizeof verdict);
		verdict_reach(&verdict, rows[i].status, report, rows[i].end);
		assert_int_equal(verdict.code, rows[i].code);
		assert_string_equal(verdict.result, rows[i].result);
		assert_string_equal(verdict.reason, rows[i].reason);
		json_decref(report);
	}
}

/* The Worker's own result stands, whatever came after; what that was is the reason. */
static void own_results(void **state)
{
	static const struct row rows[] = {
		{EXITED(100), "{}", JOB_END_ITSELF, 100, "succeeded", ""},
		{EXITED(101), "{}", JOB_END_ITSELF, 101, "succeeded with issues", ""},
		{EXITED(102), "{}", JOB_END_ITSELF, 102, "failed", ""},
		{EXITED(103), "{}", JOB_END_ITSELF, 103, "canceled", ""},
		{EXITED(104), "{}", JOB_END_ITSELF, 104, "skipped", ""},
		{EXITED(105), "{}", JOB_END_ITSELF, 105, "abandoned", ""},
		{EXITED(100), NULL, JOB_END_ITSELF, 100, "succeeded", ""},
		{EXITED(103), "{\"ended_by\":\"cancel\"}", JOB_END_STOP, 103, "canceled",
			"job ended: the runner was told to stop at once"},
		{EXITED(100), "{\"ended_by\":\"timeout\"}", JOB_END_SHIM_GONE, 100, "succeeded",
			"job ended: the Listener abandoned it"},
		/* what refuses and does not end may still be why */
		{EXITED(102), "{\"ended_by\":\"pids\",\"exit_code\":102,\"limits\":{\"pids\":{\"limit\":120}}}",
			JOB_END_ITSELF, 102, "failed", "limit of 120 processes reached"},
		/* a limit has its own exit code, and the Worker's is in the report */
		{EXITED(124), "{\"ended_by\":\"timeout\",\"exit_code\":103,\"limits\":{\"time\":{\"limit_ms\":60000}}}",
			JOB_END_ITSELF, 103, "canceled", "job ended: time limit 1m reached"},
		{EXITED(124), "{\"ended_by\":\"timeout\",\"exit_code\":106,\"limits\":{\"time\":{\"limit_ms\":60000}}}",
			JOB_END_ITSELF, 1, "ended at its time limit", "job ended: time limit 1m reached"},
		{EXITED(124),
			"{\"ended_by\":\"timeout\",\"exit_code\":null,\"limits\":{\"time\":{\"limit_ms\":60000}}}",
			JOB_END_ITSELF, 1, "ended at its time limit", "job ended: time limit 1m reached"},
		/* beside the range */
		{EXITED(99), "{}", JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 99"},
		{EXITED(106), "{}", JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 106"},
		{EXITED(0), "{}", JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 0"},
		{EXITED(134), NULL, JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 134"},
	};

	(void)state;
	reach(rows, sizeof rows / sizeof rows[0]);
}

static void limits(void **state)
{
	static const struct row rows[] = {
		{EXITED(124), "{\"ended_by\":\"timeout\",\"limits\":{\"time\":{\"limit_ms\":21600000}}}",
			JOB_END_ITSELF, 1, "ended at its time limit", "job ended: time limit 6h reached"},
		{EXITED(124), "{\"ended_by\":\"timeout\",\"limits\":{\"time\":{\"limit_ms\":5400000}}}", JOB_END_ITSELF,
			1, "ended at its time limit", "job ended: time limit 90m reached"},
		{EXITED(124), "{\"ended_by\":\"timeout\",\"limits\":{\"time\":{\"limit_ms\":90000}}}", JOB_END_ITSELF,
			1, "ended at its time limit", "job ended: time limit 90s reached"},
		{EXITED(124), "{\"ended_by\":\"timeout\",\"limits\":{\"time\":{\"limit_ms\":1500}}}", JOB_END_ITSELF, 1,
			"ended at its time limit", "job ended: time limit 1500ms reached"},
		{EXITED(137),
			"{\"ended_by\":\"memory\",\"limits\":{\"memory\":{\"limit\":536870912,\"peak\":1610612736}}}",
			JOB_END_ITSELF, 1, "ended at its memory limit",
			"job ended: memory limit 512.0M reached (peak 1.5G)"},
		{EXITED(137), "{\"ended_by\":\"memory\",\"limits\":{\"memory\":{\"limit\":1023,\"peak\":1024}}}",
			JOB_END_ITSELF, 1, "ended at its memory limit",
			"job ended: memory limit 1023B reached (peak 1.0K)"},
		{EXITED(137),
			"{\"ended_by\":\"memory\",\"limits\":{\"memory\":{\"limit\":1099511627776,"
			"\"peak\":9223372036854775807}}}",
			JOB_END_ITSELF, 1, "ended at its memory limit",
			"job ended: memory limit 1.0T reached (peak 8388608.0T)"},
		{EXITED(1), "{\"ended_by\":\"pids\",\"limits\":{\"pids\":{\"limit\":512}}}", JOB_END_ITSELF, 1,
			"ended at its limit of processes", "job ended: limit of 512 processes reached"},
		{EXITED(137), "{\"ended_by\":\"disk\",\"limits\":{\"disk\":{\"limit\":67108864,\"used\":83886080}}}",
			JOB_END_ITSELF, 1, "ended at its disk limit",
			"job ended: disk limit 64.0M reached (used 80.0M)"},
		{EXITED(137),
			"{\"ended_by\":\"disk\",\"limits\":{\"disk\":{\"limit\":1,\"used\":0,\"uncounted\":\"why\"}}}",
			JOB_END_ITSELF, 1, "ended at its disk limit", "job ended: its files cannot be counted: why"},
	};

	(void)state;
	reach(rows, sizeof rows / sizeof rows[0]);
}

static void other_ends(void **state)
{
	static const struct row rows[] = {
		{EXITED(143), "{\"ended_by\":\"cancel\"}", JOB_END_ITSELF, 1, "ended",
			"job ended: its sandbox was told to end"},
		{EXITED(139), "{\"ended_by\":\"signal\",\"signal\":11}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker was killed by signal 11"},
		{EXITED(STATUS_LAUNCHER), "{\"ended_by\":\"launcher\"}", JOB_END_ITSELF, 1, "refused",
			"job refused: its sandbox could not be set up"},
		{EXITED(STATUS_LAUNCHER), NULL, JOB_END_ITSELF, 1, "refused",
			"job refused: its sandbox could not be set up"},
		{EXITED(STATUS_TIMEOUT), NULL, JOB_END_ITSELF, 1, "ended at its time limit",
			"job ended: time limit reached"},
		/* the Worker itself may exit with that number */
		{EXITED(STATUS_TIMEOUT), "{\"ended_by\":\"exit\"}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 124"},
		{EXITED(STATUS_LAUNCHER), "{\"ended_by\":\"exit\"}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 125"},
		{SIGKILL, NULL, JOB_END_ITSELF, 1, "lost", "job ended: its launcher was killed by signal 9"},
		{SIGSEGV, "{\"ended_by\":\"exit\"}", JOB_END_ITSELF, 1, "lost",
			"job ended: its launcher was killed by signal 11"},
		/* what we did ourselves explains more than what the launcher saw of it */
		{SIGKILL, NULL, JOB_END_SHIM_GONE, 1, "ended by the supervisor",
			"job ended: the Listener abandoned it"},
		{EXITED(143), "{\"ended_by\":\"cancel\"}", JOB_END_LISTENER, 1, "ended by the supervisor",
			"job ended: the Listener is gone"},
		{EXITED(143), "{\"ended_by\":\"cancel\"}", JOB_END_NOT_CANCELLED, 1, "ended by the supervisor",
			"job ended: it was canceled and did not end in time"},
		{EXITED(143), "{\"ended_by\":\"cancel\"}", JOB_END_STOP, 1, "ended by the supervisor",
			"job ended: the runner was told to stop at once"},
	};

	(void)state;
	reach(rows, sizeof rows / sizeof rows[0]);
}

/* A report that is not what we expect leaves a verdict all the same. */
static void odd_reports(void **state)
{
	static const struct row rows[] = {
		{EXITED(7), "{\"ended_by\":\"meteorite\"}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 7"},
		{EXITED(7), "{\"ended_by\":7}", JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 7"},
		{EXITED(7), "[]", JOB_END_ITSELF, 1, "crashed", "job ended: Runner.Worker exited with 7"},
		/* no number of an int, and no result of the Worker's either */
		{EXITED(7), "{\"exit_code\":4294967396}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 7"},
		{EXITED(124), "{\"ended_by\":\"timeout\"}", JOB_END_ITSELF, 1, "ended at its time limit",
			"job ended: time limit reached"},
		{EXITED(7), "{\"ended_by\":\"pids\",\"limits\":[]}", JOB_END_ITSELF, 1,
			"ended at its limit of processes", "job ended: limit of 0 processes reached"},
		{EXITED(7), "{\"ended_by\":\"memory\",\"limits\":{\"memory\":{\"limit\":\"1G\"}}}", JOB_END_ITSELF, 1,
			"ended at its memory limit", "job ended: memory limit 0B reached (peak 0B)"},
	};

	(void)state;
	reach(rows, sizeof rows / sizeof rows[0]);
}

/* What was denied is named by whoever did not end by itself; a process's name is the job's. */
static void denials(void **state)
{
	static const struct row rows[] = {
		{EXITED(134),
			"{\"ended_by\":\"signal\",\"signal\":6,\"denials\":{\"seccomp\":[{\"syscall\":\"mount\",\"process\":\"apt-get\","
			"\"errno\":\"EPERM\",\"count\":3},{\"syscall\":null},{\"syscall\":\"bpf\",\"process\":\"a\\nb\"}]}}",
			JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker was killed by signal 6; denied before: mount by apt-get (EPERM), bpf by a\\x0ab and others"},
		{EXITED(134),
			"{\"denials\":{\"seccomp\":[{\"syscall\":\"a\"},{\"syscall\":\"b\"},{\"syscall\":\"c\"},{\"syscall\":\"d\"}]}}",
			JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 134; denied before: a by ?, b by ?, c by ? and others"},
		{EXITED(102), "{\"denials\":{\"seccomp\":[{\"syscall\":\"mount\",\"process\":\"x\"}]}}", JOB_END_ITSELF,
			102, "failed", ""},
		{EXITED(1), "{\"denials\":{\"seccomp\":[7,{}]}}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 1"},
		{EXITED(1), "{\"denials\":{\"seccomp\":null}}", JOB_END_ITSELF, 1, "crashed",
			"job ended: Runner.Worker exited with 1"},
	};

	(void)state;
	reach(rows, sizeof rows / sizeof rows[0]);
}

/* What the journal and the metrics count by: few words, whatever the report says. */
static void words_of_the_journal(void **state)
{
	static const struct {
		int status;
		const char *report;
		enum job_end end;
		const char *outcome, *ended_by;
	} rows[] = {
		{EXITED(100), "{\"ended_by\":\"exit\"}", JOB_END_ITSELF, "succeeded", "exit"},
		{EXITED(101), NULL, JOB_END_ITSELF, "succeeded", "exit"},
		{EXITED(105), "{\"ended_by\":\"anything else\"}", JOB_END_ITSELF, "abandoned", "exit"},
		{EXITED(137), "{\"ended_by\":\"memory\"}", JOB_END_ITSELF, "ended", "memory"},
		{EXITED(124), "{\"ended_by\":\"timeout\",\"exit_code\":103}", JOB_END_ITSELF, "canceled", "timeout"},
		{EXITED(124), NULL, JOB_END_ITSELF, "ended", "timeout"},
		{EXITED(125), NULL, JOB_END_ITSELF, "refused", "launcher"},
		{EXITED(125), "{\"ended_by\":\"launcher\"}", JOB_END_ITSELF, "refused", "launcher"},
		{SIGKILL, NULL, JOB_END_ITSELF, "ended", "lost"},
		{SIGKILL, NULL, JOB_END_STOP, "ended", "stop"},
		{EXITED(103), "{\"ended_by\":\"cancel\"}", JOB_END_NOT_CANCELLED, "canceled", "cancel"},
		{EXITED(1), NULL, JOB_END_SHIM_GONE, "ended", "abandoned"},
		{EXITED(1), NULL, JOB_END_LISTENER, "ended", "listener"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *report = rows[i].report != NULL ? json_loads(rows[i].report, 0, NULL) : NULL;
		struct verdict verdict;

		verdict_reach(&verdict, rows[i].status, report, rows[i].end);
		assert_string_equal(verdict.outcome, rows[i].outcome);
		assert_string_equal(verdict.ended_by, rows[i].ended_by);
		json_decref(report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_results),
		cmocka_unit_test(limits),
		cmocka_unit_test(other_ends),
		cmocka_unit_test(odd_reports),
		cmocka_unit_test(denials),
		cmocka_unit_test(words_of_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
