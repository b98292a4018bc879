#include "sandbox/conclude.h"

#include "common/status.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#define EXITED(value) CLD_EXITED, value
#define KILLED(value) CLD_KILLED, value

struct row {
	const char *name;
	struct plan_limits limits;
	struct outcome before;
	int code, value; /* of the command's end; 0, 0: PID 1 said nothing */
	enum ended_by ended_by;
	int status;
};

static const struct row rows[] = {
	{"success", {0}, {0}, EXITED(0), ENDED_BY_EXIT, 0},
	{"failure", {0}, {0}, EXITED(3), ENDED_BY_EXIT, 3},
	{"PID 1 was killed", {0}, {.processes_killed = 2}, 0, 0, ENDED_BY_SIGNAL, 137},

	/* What a job can do to itself is no evidence of a limit. */
	{"124", {.time_ns = 1}, {0}, EXITED(STATUS_TIMEOUT), ENDED_BY_EXIT, STATUS_TIMEOUT},
	{"125", {.memory = 1}, {0}, EXITED(125), ENDED_BY_EXIT, 125},
	{"137", {.memory = 1, .disk = 1}, {0}, EXITED(137), ENDED_BY_EXIT, 137},
	{"153", {.disk = 1}, {0}, EXITED(153), ENDED_BY_EXIT, 153},
	{"SIGKILL", {.memory = 1, .pids = 1, .disk = 1, .time_ns = 1}, {0}, KILLED(SIGKILL), ENDED_BY_SIGNAL, 137},
	{"SIGXFSZ", {.disk = 1}, {0}, KILLED(SIGXFSZ), ENDED_BY_SIGNAL, 153},
	{"SIGXFSZ, no limit", {0}, {0}, KILLED(SIGXFSZ), ENDED_BY_SIGNAL, 153},
	{"SIGXCPU", {.time_ns = 1}, {0}, KILLED(SIGXCPU), ENDED_BY_SIGNAL, 152},
	{"SIGTERM", {.time_ns = 1}, {0}, KILLED(SIGTERM), ENDED_BY_SIGNAL, 143},

	/* The kernel's counters, of a limit that there is. */
	{"memory", {.memory = 1}, {.oom_kills = 1, .memory_oom = 1}, KILLED(SIGKILL), ENDED_BY_MEMORY, 137},
	{"memory, a child", {.memory = 1}, {.oom_kills = 1, .memory_oom = 1}, EXITED(2), ENDED_BY_MEMORY, 2},
	{"memory, and it went on", {.memory = 1}, {.oom_kills = 1, .memory_oom = 1}, EXITED(0), ENDED_BY_EXIT, 0},
	{"the machine's OOM killer", {.memory = 1}, {.oom_kills = 1}, KILLED(SIGKILL), ENDED_BY_SIGNAL, 137},
	{"OOM without a limit", {0}, {.oom_kills = 1, .memory_oom = 1}, KILLED(SIGKILL), ENDED_BY_SIGNAL, 137},
	{"pids", {.pids = 9}, {.pids_refused = 4}, EXITED(1), ENDED_BY_PIDS, 1},
	{"pids, of somebody else", {0}, {.pids_refused = 4}, EXITED(1), ENDED_BY_EXIT, 1},
	{"full", {.disk = 1}, {.disk_full = true}, EXITED(1), ENDED_BY_DISK, 1},
	{"full without a limit", {0}, {.disk_full = true}, EXITED(1), ENDED_BY_EXIT, 1},
	{"full, and successful", {.disk = 1}, {.disk_full = true}, EXITED(0), ENDED_BY_EXIT, 0},

	/* What we did. */
	{"time limit", {.time_ns = 1}, {.ended_by = ENDED_BY_TIMEOUT}, EXITED(0), ENDED_BY_TIMEOUT, STATUS_TIMEOUT},
	{"cancelled", {0}, {.ended_by = ENDED_BY_CANCEL, .oom_kills = 1}, EXITED(7), ENDED_BY_CANCEL, 7},
	{"disk", {.disk = 1}, {.ended_by = ENDED_BY_DISK}, KILLED(SIGKILL), ENDED_BY_DISK, 137},
	{"over in the end", {.disk = 1}, {.disk_over = true}, EXITED(0), ENDED_BY_DISK, 137},
	{"over, and late", {.disk = 1}, {.ended_by = ENDED_BY_TIMEOUT, .disk_over = true}, EXITED(1), ENDED_BY_DISK,
		STATUS_TIMEOUT},
};

static void concludes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct outcome outcome = row->before;
		struct received received = {.ended = row->code != 0};

		received.end.code = row->code;
		received.end.value = row->value;
		received.end.killed = 3;
		if (outcome.ended_by == ENDED_BY_EXIT)
			outcome.ended_by = ENDED_BY_LAUNCHER; /* what it is until something is known */
		conclude(&row->limits, &received, &outcome);
		if (outcome.ended_by != row->ended_by || outcome.status != row->status)
			fail_msg("%s: %s, status %d", row->name, ended_by_name(outcome.ended_by), outcome.status);
		assert_int_equal(outcome.processes_killed, row->before.processes_killed + (received.ended ? 3 : 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(concludes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
