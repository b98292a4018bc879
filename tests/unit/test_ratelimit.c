#include "runner/github/ratelimit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE               \
	{                  \
		-1, -1, -1 \
	}

static void headers(void **state)
{
	static const struct {
		const char *line;
		struct ratelimit limit;
	} rows[] = {
		{"retry-after: 30\r\n", {30, -1, -1}},
		{"Retry-After:30\r\n", {30, -1, -1}},
		{"RETRY-AFTER: \t 0 \r\n", {0, -1, -1}},
		{"retry-after: 30", {30, -1, -1}},
		{"retry-after: 00000000000000000000030\r\n", {30, -1, -1}},
		{"retry-after: 000000000000000000000030\r\n", NONE}, /* longer than any number */
		{"X-RateLimit-Remaining: 0\r\n", {-1, 0, -1}},
		{"x-ratelimit-reset: 1700000000\r\n", {-1, -1, 1700000000}},
		{"x-ratelimit-reset: 9223372036854775807\r\n", {-1, -1, INT64_MAX}},
		{"x-ratelimit-reset: 9223372036854775808\r\n", NONE},
		{"x-ratelimit-reset: 99999999999999999999999999999999\r\n", NONE},
		{"x-ratelimit-limit: 60\r\n", NONE},
		{"x-retry-after: 30\r\n", NONE},
		{"retry-after 30\r\n", NONE},
		{"retry-after:", NONE},
		{"retry-after:\r\n", NONE},
		{"retry-after: -1\r\n", NONE},
		{"retry-after: 1.5\r\n", NONE},
		{"retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n", NONE}, /* not GitHub's form */
		{"\r\n", NONE},
		{"", NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ratelimit limit = NONE;
		unsigned long len = strlen(rows[i].line);
		char *exact = test_malloc(len + 1);

		/* libcurl's lines have no NUL: a block of just this size shows a read past the end. */
		memcpy(exact, rows[i].line, len);
		ratelimit_header(&limit, exact, len);
		test_free(exact);
		assert_true(limit.retry_after_s == rows[i].limit.retry_after_s);
		assert_true(limit.remaining == rows[i].limit.remaining);
		assert_true(limit.reset == rows[i].limit.reset);
	}
}

static void an_answer_adds_up(void **state)
{
	struct ratelimit limit = NONE;

	(void)state;
	ratelimit_header(&limit, "x-ratelimit-remaining: 0\r\n", 26);
	ratelimit_header(&limit, "retry-after: soon\r\n", 19);
	ratelimit_header(&limit, "x-ratelimit-reset: 1000\r\n", 25);
	assert_true(limit.retry_after_s == -1 && limit.remaining == 0 && limit.reset == 1000);
	ratelimit_header(&limit, "x-ratelimit-reset: 1000", 21); /* the length counts: "10" */
	assert_true(limit.reset == 10);
}

static void waits(void **state)
{
	static const struct {
		struct ratelimit limit;
		long status;
		const char *message;
		unsigned attempt;
		int64_t wait_s;
	} rows[] = {
		/* other answers are none, whatever their headers say */
		{{30, 0, 2000}, 200, "", 0, -1},
		{{30, 0, 2000}, 401, "rate limit", 0, -1},
		{{30, 0, 2000}, 404, "rate limit", 0, -1},
		{{30, 0, 2000}, 500, "rate limit", 0, -1},
		{{30, 0, 2000}, 503, "rate limit", 0, -1},
		/* retry-after goes first, and counts from now */
		{{30, 0, 2000}, 403, "", 0, 30},
		{{30, -1, -1}, 429, "", 7, 30},
		{{0, -1, -1}, 429, "", 0, 0},
		/* the primary limit: until the reset, and the second that it begins in */
		{{-1, 0, 1060}, 403, "", 0, 61},
		{{-1, 0, 1060}, 429, "", 9, 61},
		{{-1, 0, 1000}, 403, "", 0, 1},
		{{-1, 0, 1}, 403, "", 0, 1},
		/* a lie, or a clock that is wrong */
		{{-1, 0, INT64_MAX}, 403, "", 0, 3601},
		{{INT64_MAX, -1, -1}, 403, "", 0, 3600},
		{{86400, -1, -1}, 429, "", 0, 3600},
		/* a 403 with requests left, or without any header, is a refusal */
		{{-1, 1, 1060}, 403, "Resource not accessible", 0, -1},
		{NONE, 403, "Must have admin rights to Repository.", 3, -1},
		{NONE, 403, "", 0, -1},
		{{-1, 0, -1}, 403, "", 0, -1},
		/* the secondary limit: named in the message */
		{NONE, 403, "You have exceeded a secondary rate limit.", 0, 60},
		{NONE, 403, "API Rate Limit exceeded for user", 1, 120},
		{{-1, 4999, 1060}, 403, "secondary rate limit", 2, 240},
		{{-1, 0, -1}, 403, "secondary rate limit", 2, 240},
		/* doubled up to a quarter of an hour */
		{NONE, 429, "", 0, 60},
		{NONE, 429, "", 1, 120},
		{NONE, 429, "", 3, 480},
		{NONE, 429, "", 4, 900},
		{NONE, 429, "", 5, 900},
		{NONE, 429, "", 4000000000U, 900},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_true(ratelimit_wait_s(&rows[i].limit, rows[i].status, rows[i].message, rows[i].attempt, 1000) ==
			    rows[i].wait_s);
}

/* Never before GitHub's time, never at one moment for all, and no overflow. */
static void spread(void **state)
{
	static const struct {
		int64_t wait;
		bool limited;
		int64_t least, most;
	} rows[] = {
		{0, true, 0, 0},
		{10000000000, true, 10000000000, 11000000000},
		{3600000000000, true, 3600000000000, 3630000000000},
		{INT64_MAX, true, INT64_MAX, INT64_MAX},
		{0, false, 0, 0},
		{8000000000, false, 4000000000, 8000000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const int64_t low = ratelimit_spread_ns(rows[i].wait, rows[i].limited, 0),
			      high = ratelimit_spread_ns(rows[i].wait, rows[i].limited, UINT32_MAX);

		assert_true(low == rows[i].least);
		assert_true(high <= rows[i].most && high >= rows[i].most - UINT16_MAX);
		assert_true((high > low) == (rows[i].most > rows[i].least));
	}
}

static void with_a_time(void **state)
{
	(void)state;
	assert_true(ratelimit_has_time(&(struct ratelimit){0, -1, -1}));
	assert_true(ratelimit_has_time(&(struct ratelimit){-1, 0, 5}));
	assert_false(ratelimit_has_time(&(struct ratelimit){-1, 1, 5}));
	assert_false(ratelimit_has_time(&(struct ratelimit){-1, 0, -1}));
	assert_false(ratelimit_has_time(&(struct ratelimit)NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(an_answer_adds_up),
		cmocka_unit_test(waits),
		cmocka_unit_test(spread),
		cmocka_unit_test(with_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
