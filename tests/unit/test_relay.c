#include "runner/worker/relay.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Everything that the relay lets through. */
static char passed[1 << 20];
static size_t n_passed;
static struct relay relay;
static int in, out;
static int64_t now_ns;

static void begin(void)
{
	int p[2], q[2];

	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	assert_int_equal(pipe2(q, O_NONBLOCK), 0);
	relay = (struct relay){.from = p[0], .to = q[1], .name = "standard error"};
	in = p[1];
	out = q[0];
	n_passed = 0;
	now_ns = 1;
}

static void drain(void)
{
	ssize_t n;

	while (relay_wants_write(&relay))
		relay_write(&relay);
	while ((n = read(out, passed + n_passed, sizeof passed - 1 - n_passed)) > 0)
		n_passed += (size_t)n;
	passed[n_passed] = '\0';
}

/* One turn as of poll(2), where there is something to read; time passes as the relay wants it to. */
static void turn(void)
{
	now_ns += relay_waits_ns(&relay, now_ns);
	assert_true(relay_wants_read(&relay, now_ns));
	relay_read(&relay, now_ns);
	drain();
}

static void feed(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(in, data, len < 16384 ? len : 16384);

		assert_true(n > 0);
		data += n;
		len -= (size_t)n;
		turn();
	}
}

static void end(void)
{
	close(in);
	while (relay.from >= 0)
		turn();
	drain();
	assert_true(relay_is_done(&relay));
	close(out);
	close(relay.to);
}

static void all_of_a_little(void **state)
{
	static const char text[] = "[WORKER] one\ntwo without an end";

	(void)state;
	begin();
	feed(text, strlen(text));
	assert_int_equal(n_passed, strlen(text)); /* at once */
	end();
	assert_string_equal(passed, text);
}

static char *lines_of(size_t n, size_t *len)
{
	char *text = malloc(n * 16 + 1);

	assert_non_null(text);
	*len = 0;
	for (size_t i = 0; i < n; i++)
		*len += (size_t)sprintf(text + *len, "%zu\n", i);
	return text;
}

/* What just does not fit into the head follows it without a seam. */
static void a_little_too_much(void **state)
{
	size_t len;
	char *text = lines_of(RELAY_HEAD_LINES + RELAY_TAIL_LINES, &len);

	(void)state;
	begin();
	feed(text, len);
	end();
	assert_int_equal(n_passed, len);
	assert_memory_equal(passed, text, len);
	free(text);
}

static void many_lines(void **state)
{
	size_t len, n = 100000;
	char *text = lines_of(n, &len), expected[128];

	(void)state;
	begin();
	feed(text, len);
	end();
	assert_memory_equal(passed, text, 1000);
	snprintf(expected, sizeof expected, "%d\ncofferdam: standard error of Runner.Worker: ", RELAY_HEAD_LINES - 1);
	assert_non_null(strstr(passed, expected));
	snprintf(expected, sizeof expected, " bytes, %zu lines left out\n%zu\n",
		n - RELAY_HEAD_LINES - RELAY_TAIL_LINES, n - RELAY_TAIL_LINES);
	assert_non_null(strstr(passed, expected));
	snprintf(expected, sizeof expected, "\n%zu\n%zu\n", n - 2, n - 1);
	assert_string_equal(passed + n_passed - strlen(expected), expected);
	free(text);
}

/* One line without an end, and a last one that says what was wrong. */
static void many_bytes(void **state)
{
	static char data[16384];

	(void)state;
	memset(data, 'x', sizeof data);
	begin();
	for (int i = 0; i < 1000; i++)
		feed(data, sizeof data);
	feed("\nthe end\n", 9);
	end();
	assert_true(n_passed <= RELAY_HEAD_BYTES + RELAY_TAIL_BYTES + 200);
	assert_memory_equal(passed + RELAY_HEAD_BYTES, "\ncofferdam: standard error", 26);
	assert_string_equal(strstr(passed, " left out\n"), " left out\nthe end\n");
}

/* Beyond the head a step cannot make us read as fast as it writes. */
static void paced(void **state)
{
	static char data[16384];
	int reads = 0;

	(void)state;
	begin();
	for (size_t n = 0; n < RELAY_HEAD_BYTES; n += sizeof data)
		feed(data, sizeof data);
	assert_int_equal(write(in, "x", 1), 1);
	for (int i = 0; i < 1000; i++, now_ns += 100000) /* a tenth of a second, in 1,000 turns */
		if (relay_wants_read(&relay, now_ns)) {
			relay_read(&relay, now_ns);
			assert_int_equal(write(in, "x", 1), 1);
			reads++;
		}
	assert_in_range(reads, 9, 11);
	end();
}

/* Where nobody reads any more it is thrown away, and ends. */
static void no_reader(void **state)
{
	static char data[16384];

	(void)state;
	begin();
	relay.to = -1;
	for (int i = 0; i < 100; i++)
		feed(data, sizeof data);
	end();
	assert_int_equal(n_passed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_little),
		cmocka_unit_test(a_little_too_much),
		cmocka_unit_test(many_lines),
		cmocka_unit_test(many_bytes),
		cmocka_unit_test(paced),
		cmocka_unit_test(no_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
