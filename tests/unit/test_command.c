/* What a command in another shell does to the slots. */
#include "runner/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Every slot that there can be, in turn of the pools "a" and "b"; what they run ends when `sweeps` is taken away. */
static struct supervisor supervisor;
static struct slots slots;
static struct commands commands = {.slots = &slots};
static int peer;

static int set_up(void **state)
{
	int fds[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	memset(&supervisor, 0, sizeof supervisor);
	memset(&slots, 0, sizeof slots);
	memset(&commands.control, 0, sizeof commands.control);
	commands.control.client[0].fd = fds[0];
	peer = fds[1];
	snprintf(pools_add(&supervisor.config.pools)->name, POOL_NAME_MAX, "a");
	snprintf(pools_add(&supervisor.config.pools)->name, POOL_NAME_MAX, "b");
	slots.supervisor = &supervisor;
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		slots.process[i] = (struct slot_process){.is_used = true, .pool = i % 2, .sweeps = true};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pools_free(&supervisor.config.pools);
	if (commands.control.client[0].fd > 0)
		close(commands.control.client[0].fd);
	return close(peer);
}

static void drain(const char *target)
{
	struct control_request request = {.verb = CONTROL_DRAIN, .deadline_ns = -1};

	snprintf(request.target, sizeof request.target, "%s", target);
	command_handle(&commands, &commands.control.client[0], &request);
}

/* What the command was told last. */
static const char *last_line(void)
{
	static char text[1 << 14];
	const ssize_t n = read(peer, text, sizeof text - 1);
	char *line;

	assert_true(n > 0);
	text[n - 1] = '\0';
	line = strrchr(text, '\n');
	return line == NULL ? text : line + 1;
}

static void a_pool_of_many_slots(void **state)
{
	(void)state;
	drain("b");
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		assert_int_equal(slots.process[i].told, i % 2 == 0 ? STOP_NONE : STOP_DRAIN);
	command_progress(&commands);
	assert_string_equal(last_line(), "p waiting for 64 slots, 0 with a job");
	for (unsigned i = 1; i < CONFIG_SLOTS_MAX - 1; i++)
		slots.process[i].sweeps = false;
	command_progress(&commands);
	assert_string_equal(last_line(), "p waiting for 1 slot, 0 with a job");
	slots.process[CONFIG_SLOTS_MAX - 1].sweeps = false;
	command_progress(&commands);
	assert_string_equal(last_line(), "x 0");
}

static void the_last_slot(void **state)
{
	char number[16];

	(void)state;
	snprintf(number, sizeof number, "%d", CONFIG_SLOTS_MAX);
	drain(number);
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		assert_int_equal(slots.process[i].told, i == CONFIG_SLOTS_MAX - 1 ? STOP_DRAIN : STOP_NONE);
}

static void none(void **state)
{
	(void)state;
	drain("129");
	assert_string_equal(last_line(), "x 2");
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		assert_int_equal(slots.process[i].told, STOP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pool_of_many_slots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_last_slot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
