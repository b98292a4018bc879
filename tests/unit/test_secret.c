#include "runner/common/secret.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

static int read_at(const struct place *place, const char *name, int64_t limit_ns, struct secret *secret)
{
	struct error err;
	char path[128];
	int result;

	snprintf(path, sizeof path, "%s/%s", place->path, name);
	*secret = (struct secret){NULL, 0, 0};
	result = secret_read(secret, path, limit_ns, &err);
	if (result < 0)
		assert_null(secret->text);
	errno = result < 0 ? err.errnum : 0;
	return result;
}

static void fifo_without_writer(void **state)
{
	const struct place *place = *state;
	struct secret secret;

	alarm(10); /* ends the test where it would hang */
	assert_int_equal(mkfifoat(place->fd, "fifo", 0600), 0);
	assert_int_equal(read_at(place, "fifo", NS_PER_MS, &secret), -1);
	assert_int_equal(errno, ETIMEDOUT);
}

static void fifo_whose_writer_stays(void **state)
{
	const struct place *place = *state;
	struct secret secret;
	int fd;

	assert_int_equal(mkfifoat(place->fd, "fifo", 0600), 0);
	fd = openat(place->fd, "fifo", O_RDWR | O_CLOEXEC);
	assert_int_equal(write(fd, "hush", 4), 4);
	assert_int_equal(read_at(place, "fifo", NS_PER_MS, &secret), -1);
	assert_int_equal(errno, ETIMEDOUT);
	close(fd);
}

/* As from `NAME_FILE=<(program)`, or an orchestrator that comes later. */
static void fifo_whose_writer_ends(void **state)
{
	const struct place *place = *state;
	struct secret secret;
	int status;
	pid_t pid;

	assert_int_equal(mkfifoat(place->fd, "fifo", 0600), 0);
	pid = fork();
	if (pid == 0) {
		int fd = openat(place->fd, "fifo", O_WRONLY | O_CLOEXEC);

		_exit(write(fd, "hu", 2) == 2 && write(fd, "sh\n", 3) == 3 ? 0 : 1);
	}
	assert_int_equal(read_at(place, "fifo", 20 * NS_PER_S, &secret), 0);
	assert_string_equal(secret.text, "hush");
	secret_free(&secret);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void device_without_end(void **state)
{
	struct secret secret = {NULL, 0, 0};
	struct error err;

	(void)state;
	assert_int_equal(secret_read(&secret, "/dev/zero", NS_PER_S, &err), -1);
	assert_null(secret.text);
}

static void regular_file(void **state)
{
	const struct place *place = *state;
	struct secret secret;

	place_file(place, "file", "hush \r\n", 0600);
	/* It never waits. */
	assert_int_equal(read_at(place, "file", 0, &secret), 0);
	assert_string_equal(secret.text, "hush");
	assert_int_equal(secret.len, 4);
	secret_free(&secret);
}

/* What may not be locked is not read either. In a process of its own, which has no limit any more. */
static void nothing_is_read_unlocked(void **state)
{
	static const struct rlimit none = {0, 0};
	int ends[2], left = 0, status;
	pid_t pid;

	(void)state;
	if (geteuid() == 0)
		skip(); /* CAP_IPC_LOCK */
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its runtime answers mlock(2) without asking the kernel */
#endif
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "hush", 4), 4);
	close(ends[1]);
	pid = fork();
	if (pid == 0) {
		struct secret secret = {NULL, 0, 0};
		struct error err;
		char path[32];

		snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
		_exit(setrlimit(RLIMIT_MEMLOCK, &none) == 0 && secret_read(&secret, path, NS_PER_S, &err) < 0 &&
					strstr(err.hint, "RLIMIT_MEMLOCK") != NULL
				? 0
				: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
	assert_int_equal(left, 4);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fifo_without_writer, place_make, place_remove),
		cmocka_unit_test_setup_teardown(fifo_whose_writer_stays, place_make, place_remove),
		cmocka_unit_test_setup_teardown(fifo_whose_writer_ends, place_make, place_remove),
		cmocka_unit_test(device_without_end),
		cmocka_unit_test(nothing_is_read_unlocked),
		cmocka_unit_test_setup_teardown(regular_file, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
