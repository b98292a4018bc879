/* The table of protections is whole. */
#include "policy/limits.h"
#include "sandbox/protection_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_protection_has_a_whole_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		const struct protection_row *row = &protection_rows[i];

		if (row->name == NULL || row->name[0] == '\0' || row->launched == NULL || row->entered == NULL)
			fail_msg("protection %u: a member is empty", i);
		assert_true(row->degradable <= PLAN_DEGRADABLE_COUNT);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(row->name, protection_rows[j].name);
	}
}

/* What may be missing by consent is one protection of the report. */
static void every_degradable_has_one_protection(void **state)
{
	(void)state;
	for (unsigned what = 0; what < PLAN_DEGRADABLE_COUNT; what++) {
		unsigned rows = 0;

		for (unsigned i = 0; i < PROTECTION_COUNT; i++)
			rows += protection_rows[i].degradable == what;
		if (rows != 1)
			fail_msg("%s: %u protections", limit_degradable_name(what), rows);
	}
}

/* A limit that is asked for and missing by consent is never called active. */
static void what_is_missing_is_not_active(void **state)
{
	static const enum plan_degradable limits[] = {PLAN_DEGRADABLE_MEMORY, PLAN_DEGRADABLE_SWAP,
		PLAN_DEGRADABLE_PIDS, PLAN_DEGRADABLE_CPU, PLAN_DEGRADABLE_IO, PLAN_DEGRADABLE_NETWORK};
	const struct plan_limits asked = {.memory = 1, .swap = 1, .pids = 9, .cpus_milli = 1, .io_read = 1};
	const struct plan_identity identity = {.kind = PLAN_IDENTITY_SINGLE};
	const struct denials denials = {0};
	struct put_up up = {.identity = &identity, .limits = &asked, .denials = &denials};

	(void)state;
	for (size_t n = 0; n < sizeof limits / sizeof limits[0]; n++)
		for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
			if (protection_rows[i].degradable != limits[n])
				continue;
			up.degraded = 0;
			up.row = &protection_rows[i];
			assert_int_equal(protection_rows[i].launched(&up).state, PROTECTION_ACTIVE);
			up.degraded = 1u << limits[n];
			assert_true(protection_rows[i].launched(&up).state >= PROTECTION_DEGRADED);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_protection_has_a_whole_row),
		cmocka_unit_test(every_degradable_has_one_protection),
		cmocka_unit_test(what_is_missing_is_not_active),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
