#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox/filter/peek.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static char *pages; /* the first is there, the second is not */

static pid_t victim(bool dumpable)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "a\nb\\c\033d");
		prctl(PR_SET_DUMPABLE, dumpable);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void peek_open(struct peek *peek, pid_t pid)
{
	*peek = PEEK_NONE;
	peek_memory(peek, pid);
	peek_identify(peek, pid);
}

static void strings(void **state)
{
	char *border = pages + PAGE, text[16];
	struct peek peek;
	pid_t pid;

	(void)state;
	memcpy(pages, "in the middle", sizeof "in the middle");
	memcpy(border - 4, "end", 4);
	memset(pages + 100, 'x', 100);
	pid = victim(true);
	peek_open(&peek, pid);
	assert_true(peek.memory >= 0);
	assert_true(peek_string(&peek, (uintptr_t)pages, text, sizeof text));
	assert_string_equal(text, "in the middle");
	assert_true(peek_string(&peek, (uintptr_t)border - 4, text, sizeof text));
	assert_string_equal(text, "end");
	assert_true(peek_string(&peek, (uintptr_t)pages + 100, text, sizeof text));
	assert_string_equal(text, "xxxxxxxxxxxxxxx");
	assert_false(peek_string(&peek, (uintptr_t)border, text, sizeof text));
	assert_false(peek_string(&peek, 0, text, sizeof text));
	assert_false(peek_string(&peek, UINT64_MAX, text, sizeof text));
	assert_false(peek_string(&peek, INT64_MAX, text, sizeof text));
	peek_close(&peek);
	end(pid);
	/* what runs into the border has no end */
	memset(border - 4, 'x', 4);
	pid = victim(true);
	peek_open(&peek, pid);
	assert_false(peek_string(&peek, (uintptr_t)border - 4, text, sizeof text));
	peek_close(&peek);
	end(pid);
}

static void names(void **state)
{
	struct peek peek;
	pid_t pid = victim(true);

	(void)state;
	peek = PEEK_NONE;
	peek_identify(&peek, pid);
	assert_string_equal(peek.name, "a\nb\\c\033d");
	assert_int_equal(peek.memory, -1);
	assert_int_equal(peek.pid, 0); /* in no other namespace than ours */
	peek_close(&peek);
	end(pid);
	/* gone: nothing is known */
	peek_open(&peek, pid);
	assert_string_equal(peek.name, "");
	assert_int_equal(peek.memory, -1);
	peek_close(&peek);
}

static void closed_memory(void **state)
{
	struct peek peek;
	char text[8];
	pid_t pid;

	(void)state;
	if (geteuid() == 0) {
		print_message("root may look into any process\n");
		skip();
	}
	pid = victim(false);
	peek_open(&peek, pid);
	assert_int_equal(peek.memory, -1);
	assert_false(peek_string(&peek, (uintptr_t)pages, text, sizeof text));
	assert_string_equal(peek.name, "a\nb\\c\033d");
	peek_close(&peek);
	end(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(names),
		cmocka_unit_test(closed_memory),
	};

	int fd = memfd_create("pages", MFD_CLOEXEC);

	/* Behind the end of a file there is nothing, and nobody else is mapped there. */
	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		return 1;
	pages = mmap(NULL, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
