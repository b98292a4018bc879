#include "sandbox/process/image.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

static const char program[] = "#!/bin/sh\nexit 7\n";

static void assert_contents(int fd, const char *expected)
{
	char text[64];
	const ssize_t n = pread(fd, text, sizeof text - 1, 0);

	assert_int_equal(n, (ssize_t)strlen(expected));
	text[n] = '\0';
	assert_string_equal(text, expected);
}

/* As the owner of the file, by every way that there is. */
static void assert_sealed(int fd)
{
	_cleanup_(close_fd) int again = -1;
	char path[32];

	assert_int_equal(fcntl(fd, F_GET_SEALS), IMAGE_SEALS | F_SEAL_SEAL);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(fchmod(fd, 0700), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		const int to = i == 0 ? fd : again;

		if (to < 0)
			continue;
		assert_int_equal(pwrite(to, "x", 1, 0), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(to, 0), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(to, 4096), -1);
		assert_int_equal(errno, EPERM);
		assert_ptr_equal(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0), MAP_FAILED);
	}
}

static void a_program_in_memory_is_sealed(void **state)
{
	struct error err;
	_cleanup_(close_fd) int fd = image_open("what", "name", program, program + sizeof program - 1, 0500, &err);
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0500);
	assert_contents(fd, program);
	assert_sealed(fd);
	assert_contents(fd, program);
}

static void a_copy_is_whole_sealed_and_apart(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = -1, fd = -1;
	struct error err;
	struct stat st;

	place_file(place, "program", program, 0600);
	from = openat(place->fd, "program", O_RDWR | O_CLOEXEC);
	fd = image_copy("what", "name", from, 0100, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0100);
	assert_int_equal(pwrite(from, "changed", 7, 0), 7);
	assert_contents(fd, program);
	assert_sealed(fd);
}

static void nothing_is_a_copy_of_nothing(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = -1, fd = -1;
	struct error err;

	place_file(place, "empty", "", 0600);
	from = openat(place->fd, "empty", O_RDONLY | O_CLOEXEC);
	fd = image_copy("what", "name", from, 0500, &err);
	assert_true(fd >= 0);
	assert_contents(fd, "");
	assert_int_equal(fcntl(fd, F_GET_SEALS), IMAGE_SEALS | F_SEAL_SEAL);
}

static void what_cannot_be_read_is_no_copy(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err;

	assert_int_equal(image_copy("what", "name", directory, 0500, &err), -1);
	assert_memory_equal(err.text, "what: copy: ", 12);
	assert_int_equal(image_copy("what", "name", place->fd, 0500, &err), -1); /* O_PATH */
	assert_memory_equal(err.text, "what: copy: ", 12);
}

/* Which is what they are for, also where vm.memfd_noexec is 1. */
static void it_can_be_executed(void **state)
{
	_cleanup_(close_fd) int from = open("/bin/true", O_RDONLY | O_CLOEXEC), fd = -1;
	struct error err;
	int status;
	pid_t pid;

	(void)state;
	fd = image_copy("what", "name", from, 0100, &err);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0) {
		execveat(fd, "", (char *[]){"true", NULL}, (char *[]){NULL}, AT_EMPTY_PATH);
		_exit(errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_in_memory_is_sealed),
		cmocka_unit_test_setup_teardown(a_copy_is_whole_sealed_and_apart, place_make, place_remove),
		cmocka_unit_test_setup_teardown(nothing_is_a_copy_of_nothing, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_no_copy, place_make, place_remove),
		cmocka_unit_test(it_can_be_executed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
