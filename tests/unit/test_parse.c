#include "common/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"0", 0},
		{"1", 1},
		{"4096", 4096},
		{"1K", 1024},
		{"512M", UINT64_C(512) << 20},
		{"4G", UINT64_C(4) << 30},
		{"2T", UINT64_C(2) << 40},
		{"18446744073709551615", UINT64_MAX},
		{"16777215T", UINT64_C(16777215) << 40},
		{"1k", 1024},
		{"512m", UINT64_C(512) << 20},
		{"2g", UINT64_C(2) << 30},
		{"2Gi", UINT64_C(2) << 30},
		{"2GiB", UINT64_C(2) << 30},
		{"2gib", UINT64_C(2) << 30},
	};
	static const char *const bad[] = {"", "K", "12Q", "12kk", "1Kix", "1KiBx", "1iB", "1B", "1.5G", "-1", "+1",
		" 1", "1 ", "1GB", "0x10", "max", "none", "18446744073709551616", "16777216T",
		"99999999999999999999999999"};
	struct error err;
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(parse_size(good[i].text, &bytes, &err), 0);
		assert_true(bytes == good[i].bytes);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_true(parse_size(bad[i], &bytes, &err) < 0);
	parse_size("12Q", &bytes, &err);
	assert_string_equal(err.text, "12Q: not a size");
	parse_size("2GB", &bytes, &err);
	assert_string_equal(err.text, "2GB: not a size");
	assert_string_equal(err.hint, "2G or 2GiB is in powers of 1024");
	parse_size("16777216T", &bytes, &err);
	assert_string_equal(err.text, "16777216T: too large");
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"0s", 0},
		{"5ms", INT64_C(5000000)},
		{"90s", INT64_C(90000000000)},
		{"15m", INT64_C(900000000000)},
		{"6h", INT64_C(21600000000000)},
		{"1d", INT64_C(86400000000000)},
		{"53375d", INT64_C(53375) * 86400 * 1000000000},
	};
	static const char *const bad[] = {
		"", "90", "s", "1.5s", "-1s", "1 s", "1S", "1us", "1sec", "53376d", "106752d", "18446744073709551616s"};
	struct error err;
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(parse_duration(good[i].text, &ns, &err), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_true(parse_duration(bad[i], &ns, &err) < 0);
}

static void counts(void **state)
{
	static const char *const bad[] = {"", "x", "1x", "-1", "1.0", " 1", "101", "18446744073709551616"};
	struct error err;
	uint64_t count;

	(void)state;
	assert_int_equal(parse_count("0", 100, &count, &err), 0);
	assert_true(count == 0);
	assert_int_equal(parse_count("100", 100, &count, &err), 0);
	assert_true(count == 100);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_true(parse_count(bad[i], 100, &count, &err) < 0);
	parse_count("101", 100, &count, &err);
	assert_string_equal(err.text, "101: more than 100");
}

static void cpus(void **state)
{
	static const struct {
		const char *text;
		uint64_t milli;
	} good[] = {{"1", 1000}, {"2", 2000}, {"0.5", 500}, {"1.25", 1250}, {"0.01", 10}, {"3.0009", 3000},
		{"1000000", 1000000000}};
	static const char *const bad[] = {
		"", ".5", "1.", "0", "0.009", "-1", "1e3", "1000001", "nan", "18446744073709551616"};
	struct error err;
	uint64_t milli;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(parse_cpus(good[i].text, &milli, &err), 0);
		assert_true(milli == good[i].milli);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_true(parse_cpus(bad[i], &milli, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(counts),
		cmocka_unit_test(cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
