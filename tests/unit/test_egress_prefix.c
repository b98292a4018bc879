#include "policy/egress/prefix.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void one_covers_another(void **state)
{
	static const struct {
		struct egress_prefix outer, inner;
		bool covers;
	} rows[] = {
		{{AF_INET, {0}, 0}, {AF_INET, {255, 255, 255, 255}, 32}, true},
		{{AF_INET, {10}, 8}, {AF_INET, {10}, 8}, true},
		{{AF_INET, {10}, 8}, {AF_INET, {10, 255, 255, 255}, 32}, true},
		{{AF_INET, {10}, 8}, {AF_INET, {11}, 32}, false},
		{{AF_INET, {10}, 16}, {AF_INET, {10}, 8}, false}, /* a part does not cover the whole */
		{{AF_INET, {10}, 8}, {AF_INET, {0}, 0}, false},
		/* Within a byte. */
		{{AF_INET, {172, 16}, 12}, {AF_INET, {172, 31, 255, 255}, 32}, true},
		{{AF_INET, {172, 16}, 12}, {AF_INET, {172, 32}, 32}, false},
		{{AF_INET, {203, 0, 113, 6}, 31}, {AF_INET, {203, 0, 113, 7}, 32}, true},
		{{AF_INET, {203, 0, 113, 6}, 31}, {AF_INET, {203, 0, 113, 8}, 32}, false},
		{{AF_INET6, {0xfe, 0x80}, 10}, {AF_INET6, {0xfe, 0xbf, [15] = 1}, 128}, true},
		{{AF_INET6, {0xfe, 0x80}, 10}, {AF_INET6, {0xfe, 0xc0}, 128}, false},
		{{AF_INET6, {[15] = 2}, 127}, {AF_INET6, {[15] = 3}, 128}, true},
		{{AF_INET6, {[15] = 2}, 127}, {AF_INET6, {[15] = 1}, 128}, false},
		/* Bits behind the prefix do not count, of neither. */
		{{AF_INET, {10, 9, 8, 7}, 8}, {AF_INET, {10, 1, 2, 3}, 16}, true},
		/* The same bytes in another family are another address. */
		{{AF_INET, {10}, 8}, {AF_INET6, {10}, 128}, false},
		{{AF_INET6, {0}, 0}, {AF_INET, {10}, 8}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (egress_prefix_covers(&rows[i].outer, &rows[i].inner) != rows[i].covers)
			fail_msg("row %zu", i);
}

static void add(struct egress_prefixes *set, struct egress_prefix prefix)
{
	struct error err;

	if (egress_prefixes_add(set, &prefix, &err) < 0)
		fail_msg("%s", err.text);
}

static void what_does_not_count_is_dropped(void **state)
{
	_cleanup_(egress_prefixes_free) struct egress_prefixes set = {0};

	(void)state;
	add(&set, (struct egress_prefix){AF_INET, {172, 31, 9, 7, 0xff, 0xff, [15] = 0xff}, 12});
	add(&set, (struct egress_prefix){AF_INET6, {0xff, 0xff, [15] = 0xff}, 0});
	add(&set, (struct egress_prefix){AF_INET6, {[15] = 0xff}, 128});
	assert_memory_equal(set.items[0].bytes, ((uint8_t[16]){172, 16}), 16);
	assert_int_equal(set.items[0].length, 12);
	assert_memory_equal(set.items[1].bytes, ((uint8_t[16]){0}), 16);
	assert_memory_equal(set.items[2].bytes, ((uint8_t[16]){[15] = 0xff}), 16);
}

static void a_normalized_set_has_no_order_and_no_parts(void **state)
{
	static const struct egress_prefix given[] = {
		{AF_INET6, {0x20, 1}, 16},
		{AF_INET, {10, 1, 2, 3}, 32},
		{AF_INET, {9, 255, 255, 255}, 32},
		{AF_INET, {10, 1}, 16},
		{AF_INET, {0x20, 1}, 16}, /* the bytes of the first */
		{AF_INET, {10}, 8},
		{AF_INET6, {0x20, 1, 0xd, 0xb8}, 32},
		{AF_INET, {11}, 32},
		{AF_INET, {10}, 8},
	};
	static const struct egress_prefix normalized[] = {{AF_INET, {9, 255, 255, 255}, 32}, {AF_INET, {10}, 8},
		{AF_INET, {11}, 32}, {AF_INET, {0x20, 1}, 16}, {AF_INET6, {0x20, 1}, 16}};
	const size_t n = sizeof given / sizeof given[0], expected = sizeof normalized / sizeof normalized[0];

	(void)state;
	for (size_t first = 0; first < n; first++) {
		_cleanup_(egress_prefixes_free) struct egress_prefixes set = {0};

		for (size_t i = 0; i < n; i++)
			add(&set, given[(first + i) % n]);
		egress_prefixes_normalize(&set);
		assert_int_equal(set.n, expected);
		for (size_t i = 0; i < expected; i++) {
			assert_int_equal(set.items[i].family, normalized[i].family);
			assert_int_equal(set.items[i].length, normalized[i].length);
			assert_memory_equal(set.items[i].bytes, normalized[i].bytes, 16);
		}
	}
}

static void nothing_is_normalized_and_freed(void **state)
{
	struct egress_prefixes set = {0};

	(void)state;
	egress_prefixes_normalize(&set);
	assert_int_equal(set.n, 0);
	add(&set, (struct egress_prefix){AF_INET, {10}, 8});
	egress_prefixes_free(&set);
	assert_null(set.items);
	assert_int_equal(set.n + set.room, 0);
	egress_prefixes_free(&set);
}

static struct egress_prefix number(unsigned i)
{
	return (struct egress_prefix){AF_INET, {100, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, 32};
}

static void there_is_room_for_so_many(void **state)
{
	_cleanup_(egress_prefixes_free) struct egress_prefixes set = {0}, same = {0};
	struct egress_prefix one;
	struct error err = {0};
	int result = 0;

	(void)state;
	for (unsigned i = 0; i < EGRESS_PREFIXES_MAX; i++)
		add(&set, number(i));
	egress_prefixes_normalize(&set);
	assert_int_equal(set.n, EGRESS_PREFIXES_MAX);
	for (unsigned i = EGRESS_PREFIXES_MAX; result == 0 && i < 8 * EGRESS_PREFIXES_MAX; i++) {
		one = number(i);
		result = egress_prefixes_add(&set, &one, &err);
	}
	assert_int_equal(result, -1);
	assert_string_equal(err.text, "more than 512 addresses and networks");
	assert_true(set.room <= 2 * EGRESS_PREFIXES_MAX);
	/* The same ones again and again take no more than they did at first. */
	for (unsigned i = 0; i < 100000; i++)
		add(&same, number(i % 40));
	assert_true(same.room <= 128);
	egress_prefixes_normalize(&same);
	assert_int_equal(same.n, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_covers_another),
		cmocka_unit_test(what_does_not_count_is_dropped),
		cmocka_unit_test(a_normalized_set_has_no_order_and_no_parts),
		cmocka_unit_test(nothing_is_normalized_and_freed),
		cmocka_unit_test(there_is_room_for_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
