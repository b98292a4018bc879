#include "runner/state/job_usage.h"

#include "runner/common/process.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (INT64_C(1) << 20)

static pid_t launcher;
static char dir[64];

/* A launcher with a process, which has one that holds 8 MiB. Says on the pipe that all is there. */
static void run_launcher(int ready)
{
	const pid_t child = fork();

	if (child == 0) {
		const pid_t grandchild = fork();

		if (grandchild == 0) {
			const void *memory = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

			if (memory == MAP_FAILED || write(ready, &child, 1) != 1)
				_exit(1);
		}
		for (;;)
			pause();
	}
	if (write(ready, &child, sizeof child) != sizeof child)
		_exit(1);
	for (;;)
		pause();
}

static int set_up(void **state)
{
	char done[sizeof launcher + 1];
	size_t got = 0;
	int p[2];

	(void)state;
	if (pipe(p) < 0 || (launcher = fork()) < 0)
		return -1;
	if (launcher == 0) {
		setpgid(0, 0);
		run_launcher(p[1]);
	}
	setpgid(launcher, launcher);
	while (got < sizeof done) {
		const ssize_t n = read(p[0], done + got, sizeof done - got);

		if (n <= 0)
			return -1;
		got += (size_t)n;
	}
	close(p[0]);
	close(p[1]);
	strcpy(dir, "/tmp/job-usage-XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[96];

	(void)state;
	kill(-launcher, SIGKILL);
	waitpid(launcher, NULL, 0);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "w");
	if (file == NULL) {
		fail();
		return;
	}
	fputs(text, file);
	fclose(file);
}

/* The launcher is none of the job. */
static void by_processes(void **state)
{
	const struct job_usage usage = job_usage_read(launcher, process_start(launcher), NULL);

	(void)state;
	assert_null(usage.missing);
	assert_true(usage.is_sum);
	assert_int_equal(usage.processes, 2);
	assert_in_range(usage.memory, 8 * MIB, 512 * MIB);
	/* A cgroup that is not there is none. */
	assert_int_equal(job_usage_read(launcher, process_start(launcher), "/nonexistent").processes, 2);
}

static void by_cgroup(void **state)
{
	struct job_usage usage;
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "%d\n%d\n", getpid(), launcher);
	put("cgroup.procs", text);
	put("cpu.stat", "usage_usec 1234567\nuser_usec 1\n");
	usage = job_usage_read(launcher, process_start(launcher), dir);
	assert_null(usage.missing);
	assert_int_equal(usage.cpu_usec, 1234567);
	assert_int_equal(usage.processes, 2);
	assert_true(usage.is_sum && usage.memory > 0);
	put("memory.current", "4096\n");
	usage = job_usage_read(launcher, process_start(launcher), dir);
	assert_int_equal(usage.memory, 4096);
	assert_false(usage.is_sum);
}

/* Another process may have the number by now. */
static void not_known(void **state)
{
	(void)state;
	assert_non_null(job_usage_read(launcher, process_start(launcher) + 1, dir).missing);
	assert_non_null(job_usage_read(launcher, 0, dir).missing);
	assert_non_null(job_usage_read(0, 1, dir).missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_processes),
		cmocka_unit_test(by_cgroup),
		cmocka_unit_test(not_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
