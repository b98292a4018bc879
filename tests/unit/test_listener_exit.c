#include "runner/slot/listener_exit.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define EXITED(code) ((code) << 8)

static void actions(void **state)
{
	enum { STOPPING = 1, DONE = 2, RENEWABLE = 4, NO_SHIM = 8 };
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
		{EXITED(0), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(1), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(2), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(7), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(127), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(1), NO_SHIM | STOPPING, LISTENER_DONE},
		/* The launcher's failure, or a killed sandbox: nothing is known of the shim. */
		{EXITED(125), NO_SHIM | RENEWABLE, LISTENER_FAIL},
		{EXITED(137), NO_SHIM | RENEWABLE, LISTENER_RESTART},
		{SIGKILL, NO_SHIM | RENEWABLE, LISTENER_RESTART},
		{SIGKILL, RENEWABLE, LISTENER_RESTART},
		{SIGKILL, DONE, LISTENER_FAIL},
		{SIGKILL, STOPPING, LISTENER_DONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int flags = cases[i].flags;
		struct listener_exit end = listener_exit(
			cases[i].status, (flags & NO_SHIM) == 0, flags & STOPPING, flags & DONE, flags & RENEWABLE);

		assert_int_equal(end.action, cases[i].action);
		assert_non_null(end.meaning);
		if ((flags & (NO_SHIM | STOPPING)) == NO_SHIM && cases[i].status <= EXITED(124) &&
			cases[i].status != SIGKILL)
			assert_non_null(strstr(end.meaning, "Runner.Worker in its sandbox is another program"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(actions)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
