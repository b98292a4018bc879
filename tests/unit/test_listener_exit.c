#include "runner/slot/listener_exit.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define EXITED(code) ((code) << 8)

static void actions(void **state)
{
	enum { STOPPING = 1, DONE = 2, RENEWABLE = 4 };
	static const struct {
		int status, flags;
		enum listener_action action;
	} cases[] = {
		{EXITED(0), 0, LISTENER_DONE},
		{EXITED(1), RENEWABLE, LISTENER_REREGISTER},
		{EXITED(1), 0, LISTENER_FAIL},
		{EXITED(1), RENEWABLE | DONE, LISTENER_FAIL},
		{EXITED(1), RENEWABLE | STOPPING, LISTENER_DONE},
		{EXITED(2), RENEWABLE, LISTENER_RESTART},
		{EXITED(2), DONE, LISTENER_FAIL},
		{EXITED(3), 0, LISTENER_RESTART},
		{EXITED(4), 0, LISTENER_RESTART},
		{EXITED(5), 0, LISTENER_FAIL},
		{EXITED(7), RENEWABLE, LISTENER_OUTDATED},
		{EXITED(7), DONE, LISTENER_OUTDATED},
		{EXITED(102), DONE, LISTENER_DONE},
		{EXITED(125), RENEWABLE, LISTENER_FAIL},
		{EXITED(126), RENEWABLE, LISTENER_FAIL},
		{EXITED(127), RENEWABLE, LISTENER_FAIL},
		{EXITED(139), RENEWABLE, LISTENER_RESTART},
		{SIGKILL, RENEWABLE, LISTENER_RESTART},
		{SIGKILL, DONE, LISTENER_FAIL},
		{SIGKILL, STOPPING, LISTENER_DONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int flags = cases[i].flags;
		struct listener_exit end =
			listener_exit(cases[i].status, flags & STOPPING, flags & DONE, flags & RENEWABLE);

		assert_int_equal(end.action, cases[i].action);
		assert_non_null(end.meaning);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(actions)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
