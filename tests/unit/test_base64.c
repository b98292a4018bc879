#include "runner/common/base64.h"
#include "runner/common/wipe.h"
#include "tests/unit/base64_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static void vectors(void **state)
{
	static const struct {
		const char *text;
		const char *plain;
	} good[] = {
		{"Zg==", "f"},
		{"Zm8=", "fo"},
		{"Zm9v", "foo"},
		{"Zm9vYg==", "foob"},
		{"Zm9vYmE=", "fooba"},
		{"Zm9vYmFy", "foobar"},
		{"+/+/", "\xfb\xff\xbf"},
		{"AZaz09+/", "\x01\x96\xb3\xd3\xdf\xbf"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		size_t len = 0;
		char *plain = wipe_base64_decode(good[i].text, strlen(good[i].text), &len);

		assert_non_null(plain);
		assert_int_equal(len, strlen(good[i].plain));
		assert_string_equal(plain, good[i].plain);
		wipe_free(plain);
	}
}

static void refused(void **state)
{
	static const char *const bad[] = {"", "Z", "Zg", "Zg=", "Zm9", "Zm9vYg",
		"====", "Z===", "=Zg=", "Zg==Zg==", "Zm=v", "Zm9v\n", "Zm9\n", "Zm 9", " Zm9", "Zm-_", "Zm9\xc3",
		"Zm9.", "Zm9@", "Zm9[", "Zm9`", "Zm9{", "Zm9:", "Zm9*", "Zm9,"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		size_t len = 0;

		assert_null(wipe_base64_decode(bad[i], strlen(bad[i]), &len));
		assert_int_equal(len, 0);
	}
	assert_null(wipe_base64_decode("Zm9\0", 4, &(size_t){0}));
}

static void every_byte_and_length(void **state)
{
	char data[259];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)(uint8_t)(255 - i % 256);
	for (size_t n = 1; n <= sizeof data; n++) {
		char *text = base64_encode(data, n), *plain;
		size_t len = 0;

		plain = wipe_base64_decode(text, strlen(text), &len);
		assert_non_null(plain);
		assert_int_equal(len, n);
		assert_memory_equal(plain, data, n);
		assert_int_equal(plain[n], 0);
		wipe_free(plain);
		free(text);
	}
}

/* The input is a slice of something longer: what follows it is not read. */
static void only_its_length(void **state)
{
	size_t len = 0;
	char *plain;

	(void)state;
	plain = wipe_base64_decode("Zm9vZm9v", 4, &len);
	assert_non_null(plain);
	assert_string_equal(plain, "foo");
	wipe_free(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(refused),
		cmocka_unit_test(every_byte_and_length),
		cmocka_unit_test(only_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
