#include "runner/job/completed_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define VARIABLE "ACTIONS_RUNNER_HOOK_JOB_COMPLETED"
#define LIMIT                                                                                                         \
	"::warning::cofferdam: limit of 200 processes reached, 7 times: run fewer at once, or ask for a higher limit" \
	" (profile key pids)\n"

static char dir[64];
static char output[4096];

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/completed-hook-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* Runs the script as the Worker does, but with a directory as the job's cgroup. Returns its exit status. */
static int run(const char *shell)
{
	char command[256];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof command, "%s -e %s/cofferdam-job-completed.sh %s 2>&1", shell, dir, dir);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(output, 1, sizeof output - 1, pipe);
	output[n] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static const char *const shells[] = {"bash", "sh"};
#define SHELLS (sizeof shells / sizeof shells[0])

static void make(const char *next)
{
	struct error err;

	assert_int_equal(completed_hook_make(dir, next, &err), 0);
}

static void nothing_is_said_of_nothing(void **state)
{
	(void)state;
	make(NULL);
	for (size_t i = 0; i < SHELLS; i++) { /* neither a limit nor a file of one */
		assert_int_equal(run(shells[i]), 0);
		assert_string_equal(output, "");
	}
	put("pids.max", "max\n");
	put("pids.events", "max 0\n");
	for (size_t i = 0; i < SHELLS; i++) {
		assert_int_equal(run(shells[i]), 0);
		assert_string_equal(output, "");
	}
}

static void a_limit_and_denials_are_said(void **state)
{
	(void)state;
	make(NULL);
	put("pids.max", "200\n");
	put("pids.events", "max 7\n");
	for (size_t i = 0; i < SHELLS; i++) {
		assert_int_equal(run(shells[i]), 0);
		assert_string_equal(output, LIMIT);
	}
	put("pids.events", "max 0\n");
	put("cofferdam-denials", "a by x (EPERM)\nb by y (EPERM)\nc by z (EPERM)\nd by z (EPERM)\ne by z (EPERM)\n");
	for (size_t i = 0; i < SHELLS; i++) {
		assert_int_equal(run(shells[i]), 0);
		assert_string_equal(strstr(output, "::"),
			"::warning::cofferdam: denied system calls: a by x (EPERM), b by y (EPERM), c by z (EPERM) and others\n");
		assert_non_null(strstr(output, "cofferdam: denied: e by z (EPERM)\n"));
	}
}

/* The name of a process is the job's. */
static void no_name_becomes_a_command(void **state)
{
	(void)state;
	make(NULL);
	put("cofferdam-denials", "a by %0A::error::x%% \\n$(id)`id` (EPERM)\n");
	for (size_t i = 0; i < SHELLS; i++) {
		assert_int_equal(run(shells[i]), 0);
		assert_string_equal(output,
			"cofferdam: denied: a by %0A::error::x%% \\n$(id)`id` (EPERM)\n"
			"::warning::cofferdam: denied system calls: a by %250A::error::x%25%25 \\n$(id)`id` (EPERM)\n");
	}
}

static void the_next_hook_is_as_it_was(void **state)
{
	char next[128], expected[512];

	(void)state;
	snprintf(next, sizeof next, "%s/its own.sh", dir);
	make(next);
	put("pids.max", "200\n");
	put("pids.events", "max 7\n");
	put("its own.sh",
		"echo \"$0 $# $" VARIABLE " ${most-unset} $$\" | sed 's/[0-9]*$//'\nfalse\necho not reached\n");
	assert_int_equal(setenv(VARIABLE, "ours", 1), 0);
	snprintf(expected, sizeof expected, LIMIT "%s 0 %s unset \n", next, next);
	for (size_t i = 0; i < SHELLS; i++) {
		assert_int_equal(run(shells[i]), 1);
		assert_string_equal(output, expected);
	}
	put("its own.sh", "case ${BASH_VERSION:-} in '') echo sh ;; *) echo bash ;; esac; exit 3\n");
	put("pids.events", "max 0\n");
	assert_int_equal(run("bash"), 3);
	assert_string_equal(output, "bash\n");
	unsetenv(VARIABLE);
}

static void which_jobs_have_it(void **state)
{
	static const struct {
		enum job_notes notes;
		const char *hook;
		bool wanted;
	} rows[] = {
		{JOB_NOTES_WITH_HOOK, NULL, false},
		{JOB_NOTES_WITH_HOOK, "", false},
		{JOB_NOTES_WITH_HOOK, "/etc/end.sh", true},
		{JOB_NOTES_WITH_HOOK, "/etc/end.js", false},
		{JOB_NOTES_WITH_HOOK, "/etc/it's.sh", false},
		{JOB_NOTES_ALWAYS, NULL, true},
		{JOB_NOTES_ALWAYS, "/etc/end.sh", true},
		{JOB_NOTES_ALWAYS, "/etc/end.ps1", false},
		{JOB_NOTES_NEVER, NULL, false},
		{JOB_NOTES_NEVER, "/etc/end.sh", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct supervisor supervisor = {.config = {.job_notes = rows[i].notes}};
		const char *next;

		if (rows[i].hook != NULL)
			assert_int_equal(setenv(VARIABLE, rows[i].hook, 1), 0);
		assert_int_equal(completed_hook_is_wanted(&supervisor, &next), rows[i].wanted);
		if (rows[i].hook != NULL && *rows[i].hook != '\0')
			assert_string_equal(next, rows[i].hook);
		else
			assert_null(next);
		unsetenv(VARIABLE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_said_of_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_limit_and_denials_are_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_name_becomes_a_command, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_next_hook_is_as_it_was, set_up, tear_down),
		cmocka_unit_test(which_jobs_have_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
