#include "sandbox/disk/freeze.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

/* What the processes of the test share. */
struct shared {
	_Atomic uint64_t turns[3]; /* each thread that runs counts in one */
	_Atomic pid_t sleeper;     /* has stopped itself */
	_Atomic bool reported;     /* a parent found a child stopped */
};

static struct shared *shared;

static void *turn(void *at)
{
	for (;;)
		atomic_fetch_add((_Atomic uint64_t *)at, 1);
	return NULL;
}

static _Noreturn void worker(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, turn, &shared->turns[1]) != 0)
		_exit(1);
	turn(&shared->turns[0]);
	_exit(0);
}

static _Noreturn void forker(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		atomic_fetch_add(&shared->turns[2], 1);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

/* As a shell with job control: wants to hear of children that stop. One has stopped before. */
static _Noreturn void shell(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	if (fork() == 0)
		worker();
	if (fork() == 0)
		forker();
	atomic_store(&shared->sleeper, pid);
	for (;;)
		if (waitpid(-1, &status, WUNTRACED | WCONTINUED) > 0 && WIFSTOPPED(status))
			atomic_store(&shared->reported, true);
}

static char state_of(pid_t pid)
{
	_cleanup_(freep) char *path = format("/proc/%d/stat", pid), *text = NULL;
	struct error err;
	size_t len;

	assert_int_equal(read_file_at(AT_FDCWD, path, 4096, &text, &len, &err), 0);
	return strrchr(text, ')')[2];
}

static void await(const _Atomic uint64_t *turns)
{
	const uint64_t before = atomic_load(turns);
	const int64_t end = clock_monotonic_ns() + 20 * NS_PER_S;

	while (atomic_load(turns) == before) {
		assert_true(clock_monotonic_ns() < end);
		poll(NULL, 0, 1);
	}
}

static int begin(void **state)
{
	pid_t *init = malloc(sizeof *init);

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (init == NULL || shared == MAP_FAILED)
		return -1;
	*state = init;
	*init = fork();
	if (*init == 0) {
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		if (fork() == 0)
			shell();
		for (;;)
			pause();
	}
	for (size_t i = 0; i < 3; i++)
		await(&shared->turns[i]);
	return 0;
}

static int end(void **state)
{
	struct freeze still = {.init = *(pid_t *)*state};

	if (freeze_begin(&still, 20 * NS_PER_S))
		for (size_t i = 0; i < still.n; i++)
			kill(still.processes[i].pid, SIGKILL);
	free(still.processes);
	kill(still.init, SIGKILL);
	while (waitpid(still.init, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(shared, sizeof *shared);
	free(*state);
	return 0;
}

static void all_threads_stand_still_and_go_on(void **state)
{
	struct freeze still = {.init = *(pid_t *)*state};

	for (int round = 0; round < 5; round++) {
		uint64_t turns[3];

		assert_true(freeze_begin(&still, 20 * NS_PER_S));
		assert_true(still.n >= 4);
		for (size_t i = 0; i < 3; i++)
			turns[i] = atomic_load(&shared->turns[i]);
		for (size_t i = 0; i < still.n; i++)
			assert_non_null(strchr("TZ", state_of(still.processes[i].pid)));
		for (size_t i = 0; i < 3; i++)
			assert_true(turns[i] == atomic_load(&shared->turns[i]));
		assert_int_not_equal(state_of(still.init), 'T');
		freeze_end(&still);
		for (size_t i = 0; i < 3; i++)
			await(&shared->turns[i]);
	}
}

static void what_was_stopped_before_stays_stopped(void **state)
{
	struct freeze still = {.init = *(pid_t *)*state};
	const pid_t sleeper = atomic_load(&shared->sleeper);

	assert_int_equal(state_of(sleeper), 'T');
	assert_true(freeze_begin(&still, 20 * NS_PER_S));
	freeze_end(&still);
	for (size_t i = 0; i < 3; i++)
		await(&shared->turns[i]);
	assert_int_equal(state_of(sleeper), 'T');
	assert_false(atomic_load(&shared->reported));
}

/* The forker cannot be caught in no time, and whatever was caught goes on. */
static void a_limit_ends_it(void **state)
{
	struct freeze still = {.init = *(pid_t *)*state};

	assert_false(freeze_begin(&still, 0));
	freeze_end(&still);
	for (size_t i = 0; i < 3; i++)
		await(&shared->turns[i]);
}

/* A process that is not the job's, and has the number that one of the job's had when it was looked at. */
static void a_number_that_is_anothers_by_now_is_left_alone(void **state)
{
	struct freeze still = {.init = *(pid_t *)*state};
	pid_t other;

	poll(NULL, 0, 20); /* its start is another one, in clock ticks */
	other = fork();
	if (other == 0)
		for (;;)
			pause();
	assert_true(freeze_begin(&still, 20 * NS_PER_S));
	for (size_t i = 0; i < still.n; i++)
		if (state_of(still.processes[i].pid) == 'T' && still.processes[i].stopped) {
			kill(still.processes[i].pid, SIGCONT);
			still.processes[i].pid = other;
			break;
		}
	kill(other, SIGSTOP);
	assert_int_equal(waitpid(other, NULL, WUNTRACED), other);
	freeze_end(&still);
	assert_int_equal(state_of(other), 'T');
	kill(other, SIGKILL);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_threads_stand_still_and_go_on),
		TEST(what_was_stopped_before_stays_stopped),
		TEST(a_limit_ends_it),
		TEST(a_number_that_is_anothers_by_now_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
