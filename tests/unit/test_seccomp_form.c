/* Our own form: terms, and conditions as alternatives. What a whole document says is in tests/e2e/policy.bats. */
#include "policy/explain/alternatives.h"
#include "policy/explain/print_expr.h"
#include "policy/seccomp/expr.h"
#include "policy/seccomp/groups.h"
#include "policy/syscalls/args.h"
#include "tests/unit/seccomp_support.h"

static void parsed(const char *text, struct expr *expr)
{
	struct error err;

	if (expr_parse(text, expr, &err) < 0)
		fail_msg("%s: %s", text, err.text);
}

static void same_cond(const struct seccomp_cond *a, const struct seccomp_cond *b)
{
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->value, b->value);
	assert_int_equal(a->value_two, b->value_two);
}

static void terms_become_conditions(void **state)
{
	static const struct {
		const char *text;
		struct seccomp_cond cond;
	} cases[] = {
		{"socket: family is inet", {0, SECCOMP_OP_MASKED_EQ, 0xffffffff, 2}},
		{"socket: family is not inet", {0, SECCOMP_OP_MASKED_NE, 0xffffffff, 2}},
		{"socket: type is raw", {1, SECCOMP_OP_MASKED_EQ, 0xf, 3}},
		{"socket:arg0 is 2", {0, SECCOMP_OP_EQ, 2, 0}},
		{"socket: arg0 is not 0x10", {0, SECCOMP_OP_NE, 16, 0}},
		{"socket: arg5 <= 18446744073709551615", {5, SECCOMP_OP_LE, UINT64_MAX, 0}},
		{"socket: arg5 < 7", {5, SECCOMP_OP_LT, 7, 0}},
		{"socket: arg5 >= 7", {5, SECCOMP_OP_GE, 7, 0}},
		{"socket: arg5 > 7", {5, SECCOMP_OP_GT, 7, 0}},
		{"clone: flags with CLONE_VM|CLONE_FS", {0, SECCOMP_OP_MASKED_EQ, 0x300, 0x300}},
		{"clone: flags without CLONE_VM | CLONE_FS", {0, SECCOMP_OP_MASKED_EQ, 0x300, 0}},
		{"clone: flags & 0x300 is 0x100", {0, SECCOMP_OP_MASKED_EQ, 0x300, 0x100}},
		{"clone: arg1 & 0x300 is not 0x100", {1, SECCOMP_OP_MASKED_NE, 0x300, 0x100}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct expr expr;

		parsed(cases[i].text, &expr);
		assert_int_equal(expr.n_rules, 1);
		assert_int_equal(expr.rules[0].n_conds, 1);
		same_cond(&expr.rules[0].conds[0], &cases[i].cond);
		expr_free(&expr);
	}
}

static void lists_and_connectives(void **state)
{
	static const struct {
		const char *text;
		size_t rules, conds;
		bool any;
	} cases[] = {
		{"socket: family in [unix, inet, inet6]", 1, 3, true},
		{"socket: family not in [unix, inet, inet6]", 1, 3, false},
		{"socket: family in [unix, inet] and type in [stream, dgram] and protocol is 0", 4, 3, false},
		{"socket: family in [unix, inet] and type not in [stream, dgram]", 2, 3, false},
		{"socket: family is unix or type is stream or protocol in [1, 2]", 1, 4, true},
		{"socket: family is unix and type is stream", 1, 2, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct expr expr;

		parsed(cases[i].text, &expr);
		assert_int_equal(expr.n_rules, cases[i].rules);
		for (size_t r = 0; r < expr.n_rules; r++) {
			assert_int_equal(expr.rules[r].n_conds, cases[i].conds);
			assert_int_equal(expr.rules[r].any, cases[i].any);
		}
		expr_free(&expr);
	}
}

/* A condition printed as a term reads as one that holds for the same values. */
static void terms_print_as_they_read(void **state)
{
	static const char *const calls[] = {"socket", "clone", "ioctl", "read", "personality", "openat"};
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct seccomp_cond cond = {.index = (unsigned)pick(&random, 6),
			.op = (enum seccomp_op)pick(&random, 8),
			.value = next_random(&random) >> pick(&random, 64)};
		const char *call = calls[pick(&random, COUNT(calls))];
		char text[640], term[512];
		struct expr expr;

		if (cond.op == SECCOMP_OP_MASKED_EQ || cond.op == SECCOMP_OP_MASKED_NE) {
			if (pick(&random, 3) == 0)
				cond.value = 0xffffffff;
			cond.value |= 1;
			cond.value_two = next_random(&random) & cond.value;
			if (pick(&random, 3) == 0)
				cond.value_two = pick(&random, 2) == 0 ? 0 : cond.value;
		}
		expr_print_cond(call, &cond, term, sizeof term);
		snprintf(text, sizeof text, "%s: %s", call, term);
		parsed(text, &expr);
		assert_int_equal(expr.rules[0].n_conds, 1);
		for (unsigned n = 0; n < 50; n++) {
			uint64_t value = n == 0   ? cond.value
					 : n == 1 ? cond.value_two
					 : n < 10 ? cond.value_two ^ (UINT64_C(1) << pick(&random, 64))
					 : n < 20 ? cond.value + n - 15
						  : next_random(&random);

			if (seccomp_cond_holds(&cond, value) != seccomp_cond_holds(&expr.rules[0].conds[0], value))
				fail_msg("%s", text);
		}
		expr_free(&expr);
	}
}

/* Alternatives hold where all of the conditions do, and nowhere else. */
static void alternatives_say_the_same(void **state)
{
	static struct seccomp_cond out[ALTERNATIVES_MAX];
	uint64_t random = 7;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		struct seccomp_cond conds[3];
		size_t n = 1 + pick(&random, 3);
		int alternatives;

		for (size_t c = 0; c < n; c++) {
			conds[c] = (struct seccomp_cond){.index = 2,
				.op = (enum seccomp_op)pick(&random, 8),
				.value = next_random(&random) >> (pick(&random, 2) == 0 ? 58 : pick(&random, 64))};
			if (conds[c].op >= SECCOMP_OP_MASKED_EQ)
				conds[c].value_two = next_random(&random) & conds[c].value;
		}
		alternatives = seccomp_alternatives(conds, n, out);
		if (alternatives < 0)
			continue;
		for (unsigned v = 0; v < 300; v++) {
			uint64_t value = next_random(&random);
			bool all = true, any = false;

			if (v < 150)
				value = conds[pick(&random, n)].value_two ^ (value >> (58 + pick(&random, 6)));
			else if (v < 280)
				value = conds[pick(&random, n)].value + pick(&random, 5) - 2;
			for (size_t c = 0; c < n; c++)
				all &= seccomp_cond_holds(&conds[c], value);
			for (int c = 0; c < alternatives; c++)
				any |= seccomp_cond_holds(&out[c], value);
			assert_int_equal(all, any);
		}
	}
}

/* Every call of a group is known, and stands in no other. */
static void groups_are_sound(void **state)
{
	char seen[SYSCALL_NUMBERS] = {0};

	(void)state;
	for (size_t g = 0; g < seccomp_groups_count; g++) {
		char *names = strdup(seccomp_groups[g].names), *save = NULL;

		assert_ptr_equal(seccomp_group_find(seccomp_groups[g].name), &seccomp_groups[g]);
		for (char *name = strtok_r(names, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save)) {
			int number = syscall_number(name);

			if (number == SYSCALL_UNKNOWN)
				fail_msg("@%s: %s", seccomp_groups[g].name, name);
			if (number < 0)
				continue;
			if (seen[number]++)
				fail_msg("%s stands in two groups", name);
		}
		free(names);
	}
}

static void arguments_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < syscall_args_count; i++) {
		const struct syscall_arg *arg = &syscall_args[i];

		assert_int_not_equal(syscall_number(arg->syscall), SYSCALL_UNKNOWN);
		assert_true(arg->index < SECCOMP_ARG_COUNT);
		assert_ptr_equal(syscall_arg_named(arg->syscall, arg->name), arg);
		assert_ptr_equal(syscall_arg_at(arg->syscall, arg->index), arg);
		for (const struct arg_value *v = arg->values; v != NULL && v->name[0] != '\0'; v++)
			if ((v->value & ~arg->mask) != 0)
				fail_msg("%s %s %s", arg->syscall, arg->name, v->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_become_conditions),
		cmocka_unit_test(lists_and_connectives),
		cmocka_unit_test(terms_print_as_they_read),
		cmocka_unit_test(alternatives_say_the_same),
		cmocka_unit_test(groups_are_sound),
		cmocka_unit_test(arguments_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
