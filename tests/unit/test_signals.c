/* Which signals a process ignores, from its status: however many groups it has. */
#include "sandbox/process/signals.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define GROUPS_MAX 65536

/* A status whose groups take `size` bytes, and what comes after them. */
static int status_with(size_t size, const char *after)
{
	const int fd = memfd_create("status", MFD_CLOEXEC);
	FILE *file = fdopen(dup(fd), "w");

	assert_non_null(file);
	fputs("Name:\tx\nGroups:\t", file);
	while (size-- > 0)
		fputc(size % 11 == 0 ? ' ' : '4', file);
	fprintf(file, "\nSigBlk:\t0000000000000000\n%s", after);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void found_wherever_it_stands(void **state)
{
	uint64_t ignored;

	(void)state;
	/* Each place of the line in a part, and the most groups that there can be. */
	for (size_t size = 0; size < 2 * 4096 + 64; size++) {
		_cleanup_(close_fd) int fd =
			status_with(size, "SigIgn:\t0000000000004001\nSigCgt:\t0000000000000002\n");

		ignored = 0;
		assert_true(signals_read_ignored(fd, &ignored));
		assert_int_equal(ignored, 0x4001);
	}
	{
		_cleanup_(close_fd) int fd = status_with(11 * GROUPS_MAX, "SigIgn:\t0000000000000001\n");

		ignored = 0;
		assert_true(signals_read_ignored(fd, &ignored));
		assert_int_equal(ignored, 1);
	}
}

static void what_is_not_there_is_not_found(void **state)
{
	static const char *const texts[] = {"", "SigIgn:\t", "SigIgn:\t0000000000004001", "SigIgn:\t4001\n",
		"SigIgn:\t000000000000400x\n", "SigIgn:\t0000000000004001 \n", "XSigIgn:\t0000000000004001\n"};
	uint64_t ignored;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t size = 0; size < 2 * 4096; size += 4000) {
			_cleanup_(close_fd) int fd = status_with(size, texts[i]);

			assert_false(signals_read_ignored(fd, &ignored));
		}
	{
		_cleanup_(close_fd) int fd = status_with(2 << 20, "SigIgn:\t0000000000000001\n");

		assert_false(signals_read_ignored(fd, &ignored)); /* more than any status has */
	}
}

static void our_own(void **state)
{
	(void)state;
	assert_true(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
	assert_true(signals_is_ignored(getpid(), SIGUSR2));
	assert_true(signal(SIGUSR2, SIG_DFL) != SIG_ERR);
	assert_false(signals_is_ignored(getpid(), SIGUSR2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_wherever_it_stands),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
