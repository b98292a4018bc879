#include "runner/job/job_dir.h"

#include "runner/common/json_file.h"
#include "runner/common/process.h"
#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "1-abcdefgh"
#define LIMIT_NS (INT64_C(10) * 1000000000)

static char dir[64];
static struct supervisor supervisor = {.world = &(struct world){.work = "/home/runner/work"}};
static struct slot_paths paths;

static void put(const char *path, const char *text)
{
	int fd = openat(supervisor.state.dirfd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	struct error err;

	(void)state;
	strcpy(dir, "/tmp/job-dir-XXXXXX");
	if (mkdtemp(dir) == NULL || state_open(&supervisor.state, dir, &err) < 0)
		return -1;
	if (slot_paths_make(&paths, &supervisor.state, 1, &err) < 0)
		return -1;
	put("slots/1/root/.runner", "{\"agentId\":1,\"agentName\":\"x\"}");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	slot_paths_free(&paths);
	state_close(&supervisor.state);
	return system(command);
}

static bool exists(const char *path)
{
	struct stat st;

	return fstatat(supervisor.state.dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* No name that RUNNER_WORKDIR may have leads to a file of the supervisor's. */
static void own_files_are_out_of_reach(void **state)
{
	static const char *const workdirs[] = {NULL, "_work", "_diag", "job.json", "report.json", ".runner", "a/b"};

	(void)state;
	for (size_t i = 0; i < sizeof workdirs / sizeof workdirs[0]; i++) {
		json_t *residue = json_array();
		struct job_dir job;
		struct error err;
		size_t len;

		supervisor.config.workdir = (char *)workdirs[i];
		if (job_dir_make(&job, &supervisor, &paths, &err) < 0)
			fail_msg("%s: %s", workdirs[i] != NULL ? workdirs[i] : "none", err.text);
		len = strlen(job.work);
		assert_true(strncmp(job.path, job.work, strlen(job.path)) == 0);
		assert_false(strncmp(job.diag, job.work, len) == 0);
		assert_false(strncmp(job.runner, job.work, len) == 0);
		assert_false(strncmp(job.report, job.work, len) == 0);
		assert_int_equal(access(job.work, W_OK), 0);
		job_dir_remove(&job, LIMIT_NS, residue);
		assert_int_equal(json_array_size(residue), 0);
		assert_int_equal(access(job.path, F_OK), -1);
		json_decref(residue);
		job_dir_free(&job);
	}
}

/* A supervisor that dies just after it made an absolute work directory leaves a note of it. */
static void noted_first(void **state)
{
	char workdir[96];
	json_t *residue = json_array();
	struct job_dir job, recalled;
	struct error err;

	(void)state;
	snprintf(workdir, sizeof workdir, "%s/elsewhere", dir);
	supervisor.config.workdir = workdir;
	/* not even the attempt to make it comes first */
	assert_int_equal(job_dir_make(&job, &supervisor, &paths, &err), -1);
	assert_int_equal(job_dir_recall(&recalled, &supervisor.state, job.id, LIMIT_NS, &err), 0);
	assert_string_equal(recalled.outer, job.outer);
	job_dir_free(&recalled);
	job_dir_free(&job);
	assert_int_equal(mkdir(workdir, 0700), 0);
	assert_int_equal(job_dir_make(&job, &supervisor, &paths, &err), 0);
	assert_int_equal(access(job.outer, F_OK), 0);
	assert_int_equal(job_dir_recall(&recalled, &supervisor.state, job.id, LIMIT_NS, &err), 0);
	job_dir_remove(&recalled, LIMIT_NS, residue);
	assert_int_equal(json_array_size(residue), 0);
	assert_int_equal(access(job.outer, F_OK), -1);
	assert_int_equal(access(job.path, F_OK), -1);
	json_decref(residue);
	job_dir_free(&recalled);
	job_dir_free(&job);
}

/* Whatever a note says, only a directory that bears the job's name is its own. */
static void foreign_directories(void **state)
{
	static const char *const outers[] = {"%s/canary", "%s/canary/", "%s/x/../" ID "/../canary", "%s/canary/.",
		"canary", ID, "", "/", "%s/" ID "/.."};
	struct job_dir job;
	struct error err;

	(void)state;
	assert_int_equal(mkdirat(supervisor.state.dirfd, "canary", 0700), 0);
	for (size_t i = 0; i < sizeof outers / sizeof outers[0]; i++) {
		json_t *residue = json_array(), *note;
		char outer[128];

		snprintf(outer, sizeof outer, outers[i][0] == '%' ? "%s%s" : "%.0s%s", dir,
			outers[i][0] == '%' ? outers[i] + 2 : outers[i]);
		assert_int_equal(mkdirat(supervisor.state.dirfd, "jobs/" ID, 0700), 0);
		note = json_pack("{s:i, s:i, s:s}", "launcher", 0, "start", 0, "outer", outer);
		assert_int_equal(json_file_write(supervisor.state.dirfd, "jobs/" ID "/job.json", note, &err), 0);
		assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err), -1);
		assert_null(job.outer);
		job_dir_remove(&job, LIMIT_NS, residue);
		assert_true(exists("canary"));
		assert_false(exists("jobs/" ID));
		json_decref(note);
		json_decref(residue);
		job_dir_free(&job);
	}
}

/* Only a note that is not there, or is empty, says that there is nothing: any other keeps what it might tell. */
static void broken_notes(void **state)
{
	static const char *const notes[] = {"{", "[]", "{}", "{\"launcher\": 1}", "{\"launcher\": \"1\", \"start\": 1}",
		"{\"launcher\": 0, \"start\": 0, \"outer\": 1}"};
	struct job_dir job;
	struct error err;

	(void)state;
	assert_int_equal(mkdirat(supervisor.state.dirfd, "jobs/" ID, 0700), 0);
	assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err), 0);
	job_dir_free(&job);
	put("jobs/" ID "/job.json", ""); /* by a power cut */
	assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err), 0);
	job_dir_free(&job);
	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
		put("jobs/" ID "/job.json", notes[i]);
		if (job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err) == 0)
			fail_msg("%s: a note", notes[i]);
		assert_non_null(strstr(err.text, ID));
		job_dir_free(&job);
	}
	assert_int_equal(fchmodat(supervisor.state.dirfd, "jobs/" ID "/job.json", 0, 0), 0);
	if (geteuid() != 0) {
		assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err), -1);
		assert_int_equal(err.errnum, EACCES);
		job_dir_free(&job);
	}
	assert_int_equal(unlinkat(supervisor.state.dirfd, "jobs/" ID "/job.json", 0), 0);
	assert_int_equal(mkdirat(supervisor.state.dirfd, "jobs/" ID "/job.json", 0700), 0);
	assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, LIMIT_NS, &err), -1);
	job_dir_free(&job);
}

/* A process that does not end, for it is not ours to kill. */
static void launcher_that_stays(void **state)
{
	json_t *note;
	struct job_dir job;
	struct error err;

	(void)state;
	if (kill(1, 0) == 0 || errno != EPERM)
		skip(); /* process 1 is ours */
	assert_int_equal(mkdirat(supervisor.state.dirfd, "jobs/" ID, 0700), 0);
	note = json_pack("{s:i, s:I}", "launcher", 1, "start", (json_int_t)process_start(1));
	assert_int_equal(json_file_write(supervisor.state.dirfd, "jobs/" ID "/job.json", note, &err), 0);
	json_decref(note);
	assert_int_equal(job_dir_recall(&job, &supervisor.state, ID, 1000000, &err), -1);
	assert_string_equal(err.text, "job " ID ": its launcher, process 1, does not end");
	job_dir_free(&job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(own_files_are_out_of_reach), TEST(noted_first),
		TEST(foreign_directories), TEST(broken_notes), TEST(launcher_that_stays)};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
