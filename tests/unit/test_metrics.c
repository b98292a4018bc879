#include "runner/config/listen.h"
#include "runner/metrics/page.h"
#include "runner/metrics/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void addresses(void **state)
{
	static const struct {
		const char *text, *problem; /* NULL: none */
	} cases[] = {
		{"127.0.0.1:9464", NULL},
		{"127.8.8.8:1", NULL},
		{"localhost:0", NULL},
		{"[::1]:9464", NULL},
		{"none", NULL},
		{"remote:0.0.0.0:9464", NULL},
		{"remote:[::]:9464", NULL},
		{"", ": not an address with a port"},
		{"off", "off: not an address with a port"},
		{"127.0.0.1", "127.0.0.1: not an address with a port"},
		{"127.0.0.1:", "127.0.0.1:: not an address with a port"},
		{"127.0.0.1:65536", "127.0.0.1:65536: not an address with a port"},
		{"127.0.0.1:+1", "127.0.0.1:+1: not an address with a port"},
		{"::1:80", "::1:80: not an address with a port"},
		{"[127.0.0.1]:80", "[127.0.0.1]:80: not an address with a port"},
		{"remote:none", "remote:none: not an address with a port"},
		{"0.0.0.0:80", "0.0.0.0:80: others can reach this address, and the page names repositories and jobs"},
		{"[::]:80", "[::]:80: others can reach this address, and the page names repositories and jobs"},
		{"[::ffff:127.0.0.1]:80",
			"[::ffff:127.0.0.1]:80: others can reach this address, and the page names repositories and jobs"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listen listen;
		struct error err;

		assert_int_equal(listen_parse(cases[i].text, &listen, &err), cases[i].problem != NULL ? -1 : 0);
		if (cases[i].problem != NULL)
			assert_string_equal(err.text, cases[i].problem);
	}
}

static void hosts(void **state)
{
	(void)state;
	assert_true(listen_is_host("127.0.0.1:9464"));
	assert_true(listen_is_host("LocalHost"));
	assert_true(listen_is_host("[::1]:1"));
	assert_false(listen_is_host(NULL));
	assert_false(listen_is_host(""));
	assert_false(listen_is_host("localhost.evil.example"));
	assert_false(listen_is_host("evil.example:9464"));
	assert_false(listen_is_host("127.0.0.1.evil.example"));
}

static void a_port(void **state)
{
	char text[LISTEN_TEXT_SIZE], other[LISTEN_TEXT_SIZE];
	struct listen listen;
	struct error err;
	int fd, second;

	(void)state;
	assert_int_equal(listen_parse("127.0.0.1:0", &listen, &err), 0);
	fd = listen_open(&listen, text, &err);
	assert_true(fd >= 0);
	assert_int_equal(strncmp(text, "127.0.0.1:", 10), 0);
	assert_string_not_equal(text, "127.0.0.1:0");
	assert_int_equal(listen_parse(text, &listen, &err), 0);
	second = listen_open(&listen, other, &err);
	assert_int_equal(second, -1);
	assert_string_equal(err.text, "COFFERDAM_LISTEN: Address already in use");
	close(fd);
}

static void escaped(void (*print)(FILE *out, const char *text), const char *text, const char *expected)
{
	char *printed = NULL;
	size_t len;
	FILE *out = open_memstream(&printed, &len);

	print(out, text);
	fclose(out);
	assert_string_equal(printed, expected);
	free(printed);
}

static void escapes(void **state)
{
	(void)state;
	escaped(text_label, "a\"b\\c\nd{}", "a\\\"b\\\\c\\nd{}");
	escaped(page_text, "<a href='x'>\"&amp;", "&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(hosts),
		cmocka_unit_test(a_port),
		cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
