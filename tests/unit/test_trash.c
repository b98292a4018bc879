#include "runner/job/trash.h"

#include "common/clock.h"
#include "runner/common/json_file.h"
#include "runner/common/wipe.h"
#include "runner/job/job_dir.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_NS (60 * NS_PER_S)

static char dir[64], workdir[80];
static struct supervisor supervisor = {.world = &(struct world){.work = "/home/runner/work"}};
static struct slot_paths paths;
static struct stop stop;

static int set_up(void **state)
{
	struct error err;
	int fd;

	(void)state;
	stop_init(&stop);
	strcpy(dir, "/tmp/trash-XXXXXX");
	if (mkdtemp(dir) == NULL || state_open(&supervisor.state, dir, &err) < 0)
		return -1;
	snprintf(workdir, sizeof workdir, "%s/elsewhere", dir);
	if (mkdir(workdir, 0700) < 0 || slot_paths_make(&paths, &supervisor.state, 1, &err) < 0)
		return -1;
	fd = openat(supervisor.state.dirfd, "slots/1/root/.runner", O_WRONLY | O_CREAT, 0600);
	return write(fd, "{\"agentId\":1}", 13) == 13 && close(fd) == 0 ? 0 : -1;
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

/* The files of a job; a limit of no time at all is over before they are removed. */
static void end_job(const char *where, size_t set_aside)
{
	json_t *residue = json_array(), *removing = json_array();
	char file[256];
	struct job_dir job;
	struct error err;

	supervisor.config.workdir = (char *)where;
	if (job_dir_make(&job, &supervisor, &paths, &err) < 0)
		fail_msg("%s", err.text);
	for (int i = 0; i < 50; i++) {
		snprintf(file, sizeof file, "%s/f%d", job.work, i);
		close(open(file, O_WRONLY | O_CREAT, 0600));
	}
	job_dir_end(&job, &supervisor.state, 0, residue, removing);
	assert_int_equal(json_array_size(residue), 0);
	assert_int_equal(json_array_size(removing), set_aside);
	/* Never both: what is said to be gone is. */
	assert_int_equal(access(job.path, F_OK), -1);
	if (job.outer != NULL)
		assert_int_equal(access(job.outer, F_OK), set_aside > 0 ? 0 : -1);
	json_decref(residue);
	json_decref(removing);
	job_dir_free(&job);
}

static unsigned left_in(const char *path)
{
	char command[128], text[16] = "";
	FILE *list;

	snprintf(command, sizeof command, "ls -A %s | wc -l", path);
	list = popen(command, "r");
	assert_non_null(list);
	assert_non_null(fgets(text, sizeof text, list));
	pclose(list);
	return (unsigned)strtoul(text, NULL, 10);
}

static void in_trash(unsigned entries, unsigned elsewhere)
{
	char path[80];

	snprintf(path, sizeof path, "%s/trash", dir);
	assert_int_equal(left_in(path), entries);
	assert_int_equal(left_in(workdir), elsewhere);
}

static void set_aside_and_removed(void **state)
{
	struct trash trash = {0};

	(void)state;
	end_job("_work", 1);
	in_trash(1, 0);
	stop.bound = STOP_KILL;
	trash_finish(&trash, &supervisor.state, &stop, LIMIT_NS);
	assert_int_equal(trash.remover, 0);
	in_trash(0, 0);
	/* What lies elsewhere is found by the note. */
	end_job(workdir, 2);
	in_trash(1, 1);
	trash_finish(&trash, &supervisor.state, &stop, LIMIT_NS);
	in_trash(0, 0);
}

/* While there is something of this slot's, the next has to wait. */
static void one_of_each_slot(void **state)
{
	(void)state;
	end_job("_work", 1);
	end_job("_work", 0);
	in_trash(1, 0);
	paths.number = 2;
	end_job(workdir, 2);
	end_job(workdir, 0);
	in_trash(2, 1);
}

/* A signal that arrives while the next one waits, of each kind: in the event loop nobody hears it before the end. */
static void a_stop_is_heard(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	end_job(workdir, 2);
	for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		raise(signals[i]);
		assert_true(stop_is_pending());
		end_job(workdir, 2);
		in_trash(2 + i, 2 + i);
		stop_poll(&stop);
		assert_false(stop_is_pending());
	}
	assert_int_equal(stop.step, STOP_KILL);
	stop.step = STOP_NONE;
	raise(SIGUSR1); /* the supervisor's word for the first step */
	end_job("_work", 1);
	in_trash(5, 4);
	stop_poll(&stop);
	assert_int_equal(stop.step, STOP_DRAIN);
	stop.step = STOP_NONE;
	raise(SIGCHLD); /* no stop */
	end_job("_work", 0);
	in_trash(5, 4);
}

static void serves(void **state)
{
	struct trash trash = {0};
	int64_t end = clock_monotonic_ns() + LIMIT_NS;

	(void)state;
	assert_int_equal(trash_serve(&trash, &supervisor.state), -1);
	assert_int_equal(trash.remover, 0);
	end_job("_work", 1);
	assert_int_equal(trash_serve(&trash, &supervisor.state), -1);
	assert_true(trash.remover > 0);
	stop.bound = STOP_KILL;
	while (trash.remover > 0 && clock_monotonic_ns() < end) {
		stop_sleep_child(&stop, NS_PER_S);
		assert_int_equal(trash_serve(&trash, &supervisor.state), -1);
	}
	in_trash(0, 0);
}

/* What the removing process has of the secrets: a copy, unless their pages are shared as they are here. */
static void without_secrets(void **state)
{
	struct credentials credentials = {0};
	struct administrator administrator = {0};
	struct trash trash = {.credentials = &credentials, .administrator = &administrator};
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(pages != MAP_FAILED);
	memcpy(pages, "key", sizeof "key");
	memcpy(pages + 4096, "ghs_x", sizeof "ghs_x");
	credentials.secrets[CREDENTIAL_APP] = (struct secret){.text = pages, .len = 3, .mapped = 4096};
	administrator.app.token = (struct secret){.text = pages + 4096, .len = 5, .mapped = 4096};
	end_job("_work", 1);
	stop.bound = STOP_KILL;
	trash_finish(&trash, &supervisor.state, &stop, LIMIT_NS);
	in_trash(0, 0);
	assert_string_equal(pages, "");
	assert_string_equal(pages + 4096, "");
	assert_non_null(administrator.app.token.text); /* ours */
	munmap(pages, 8192);
}

/* Killed with the supervisor, or told to stop at once: another goes on. */
static void goes_on(void **state)
{
	struct trash trash = {0};

	(void)state;
	end_job(workdir, 2);
	stop.step = STOP_KILL;
	stop.bound = STOP_KILL;
	trash_finish(&trash, &supervisor.state, &stop, LIMIT_NS);
	assert_int_equal(trash.remover, 0);
	stop.step = STOP_NONE;
	trash_finish(&trash, &supervisor.state, &stop, LIMIT_NS);
	in_trash(0, 0);
}

/* What cannot be removed is tried again later, not again and again. */
static void fails(void **state)
{
	struct trash trash = {0};
	char note[128];
	struct error err;
	json_t *text = json_pack("{s:s}", "outer", "/somewhere/else");

	(void)state;
	assert_int_equal(mkdirat(supervisor.state.dirfd, "trash/1-abcdefgh", 0700), 0);
	snprintf(note, sizeof note, "trash/1-abcdefgh/job.json");
	assert_int_equal(json_file_write(supervisor.state.dirfd, note, text, &err), 0);
	json_decref(text);
	assert_int_equal(trash_serve(&trash, &supervisor.state), -1);
	assert_true(trash.remover > 0);
	stop.bound = STOP_KILL;
	while (trash.remover > 0) {
		stop_sleep_child(&stop, NS_PER_S);
		trash_serve(&trash, &supervisor.state);
	}
	assert_true(trash_serve(&trash, &supervisor.state) > 0);
	assert_int_equal(trash.remover, 0);
	in_trash(1, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(set_aside_and_removed), TEST(one_of_each_slot), TEST(a_stop_is_heard),
		TEST(serves), TEST(without_secrets), TEST(goes_on), TEST(fails)};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
