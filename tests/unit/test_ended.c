/* The line that says which limit ended a job. */
#include "cli/ended.h"

#include "tests/unit/resolve.h"

#include <stddef.h>

#define M (UINT64_C(1) << 20)

static struct plan plan;

static int make_plan(void **state)
{
	struct error err;

	(void)state;
	MAKE(&plan, {"memory", "64M"}, {"pids", "10"}, {"time", "90s"}, {"disk", "20M"});
	return setting_apply(&plan, setting_find("pids"), "12", "profiles/job.json:7:11", &err);
}

static int drop_plan(void **state)
{
	(void)state;
	plan_free(&plan);
	return 0;
}

static void each_limit_with_its_value_and_where_it_was_set(void **state)
{
	static const struct {
		struct outcome outcome;
		const char *text;
	} rows[] = {
		{{.ended_by = ENDED_BY_MEMORY, .oom_kills = 3, .memory_peak = 64 * M},
			"memory limit of 64M (--test): the kernel killed 3 processes, peak 64M"},
		{{.ended_by = ENDED_BY_MEMORY, .oom_kills = 1, .memory_peak = 60 * M + M / 2},
			"memory limit of 64M (--test): the kernel killed 1 process, peak 60.5M"},
		{{.ended_by = ENDED_BY_PIDS, .pids_refused = 20},
			"process limit of 12 refused 20 (profiles/job.json:7:11: pids)"},
		{{.ended_by = ENDED_BY_TIMEOUT}, "time limit of 90s (--test)"},
		{{.ended_by = ENDED_BY_DISK, .disk_over = true, .disk_used = 30 * M, .disk_files = 3},
			"disk limit of 20M (--test): what the job may write holds 30M in 3 files, and at most 20M in 16384"},
		{{.ended_by = ENDED_BY_DISK, .disk_over = true, .disk_uncounted = UNCOUNTED_DEPTH},
			"disk limit of 20M (--test): what the job may write: the contents cannot be counted: directories are nested too deep"},
		{{.ended_by = ENDED_BY_DISK, .disk_full = true},
			"disk limit of 20M (--test): no room was left when the command failed"},
		{{.ended_by = ENDED_BY_EXIT, .status = 137, .oom_kills = 2},
			"the kernel killed 2 processes for lack of memory, not at a limit of this job: the host, or a cgroup around it, had none left"},
	};
	static const struct outcome silent[] = {
		{.ended_by = ENDED_BY_EXIT},
		{.ended_by = ENDED_BY_EXIT, .status = 1, .pids_refused = 3},
		{.ended_by = ENDED_BY_EXIT, .oom_kills = 2},
		{.ended_by = ENDED_BY_SIGNAL, .status = 139, .signal = 11},
		{.ended_by = ENDED_BY_CANCEL, .status = 143},
		{.ended_by = ENDED_BY_LAUNCHER, .status = 125, .oom_kills = 1},
	};
	char text[ENDED_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(ended_text(&plan, &rows[i].outcome, text));
		assert_string_equal(text, rows[i].text);
	}
	for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
		assert_false(ended_text(&plan, &silent[i], text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_limit_with_its_value_and_where_it_was_set, make_plan, drop_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
