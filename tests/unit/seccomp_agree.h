/* Direct reading of the rules, our interpreter on the compiled program, and the kernel, call by call. */
#pragma once

#include "tests/unit/seccomp_support.h"
#include "tests/unit/seccomp_witness.h"

#define X32_BIT 0x40000000

struct agreement {
	const struct seccomp_policy *policy;
	const struct bpf_program *program;
	uint64_t random;
	unsigned long calls;
	struct kernel_witness *kernel; /* or NULL */
};

static inline void agree(struct agreement *a, const struct seccomp_data *call)
{
	struct seccomp_verdict verdict = seccomp_policy_evaluate(a->policy, call);
	uint32_t got = bpf_program_run_valid(a->program, call);

	a->calls++;
	if (got != verdict.action)
		fail_msg("%s: syscall %d (%#llx, %#llx, %#llx, %#llx, %#llx, %#llx): rule %d says %#x, the program %#x",
			a->policy->name, call->nr, (unsigned long long)call->args[0], (unsigned long long)call->args[1],
			(unsigned long long)call->args[2], (unsigned long long)call->args[3],
			(unsigned long long)call->args[4], (unsigned long long)call->args[5], verdict.rule,
			verdict.action, got);
	if (a->kernel != NULL)
		witness_note(a->kernel, a->policy->name, a->program, call, verdict.action);
}

/* Behind the last call of a policy. */
static inline void agree_end(struct agreement *a)
{
	if (a->kernel != NULL)
		witness_flush(a->kernel, a->policy->name, a->program);
}

static const uint64_t common_values[] = {
	0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX};

/* A value near what the condition compares with: itself, its neighbours, the same low or high half with another one. */
static inline uint64_t near_cond(const struct seccomp_cond *cond, size_t which)
{
	uint64_t v = cond->op >= SECCOMP_OP_MASKED_EQ ? cond->value_two : cond->value;

	switch (which) {
	case 0:
		return v;
	case 1:
		return v + 1;
	case 2:
		return v - 1;
	case 3:
		return v ^ (UINT64_C(1) << 32);
	case 4:
		return v + (UINT64_C(1) << 32);
	case 5:
		return v - (UINT64_C(1) << 32);
	case 6:
		return v | 0xffffffff00000000;
	case 7:
		return v & 0xffffffff;
	case 8:
		return v & 0xffffffff00000000;
	case 9:
		return v | ~cond->value; /* for a mask: all bits that do not count */
	case 10:
		return ~v;
	default:
		return v ^ (UINT64_C(1) << (which % 64));
	}
}
#define NEAR_COUNT 24

static inline void random_args(struct agreement *a, const struct seccomp_rule *rule, struct seccomp_data *call)
{
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++)
		call->args[i] = pick(&a->random, 4) == 0 ? next_random(&a->random)
							 : common_values[pick(&a->random, COUNT(common_values))];
	for (size_t i = 0; rule != NULL && i < rule->n_conds; i++)
		call->args[rule->conds[i].index] =
			near_cond(&rule->conds[i], pick(&a->random, 3) == 0 ? pick(&a->random, NEAR_COUNT) : 0);
}

/* Around each border of each rule, for each of its numbers up to `max_numbers`, with `rounds` times random company. */
static inline void agree_on_borders(struct agreement *a, size_t max_numbers, size_t rounds)
{
	for (size_t r = 0; r < a->policy->n_rules; r++) {
		const struct seccomp_rule *rule = &a->policy->rules[r];

		for (size_t n = 0; n < rule->n_numbers && n < max_numbers; n++)
			for (size_t c = 0; c < rule->n_conds * NEAR_COUNT * rounds; c++) {
				const struct seccomp_cond *cond = &rule->conds[c % rule->n_conds];
				struct seccomp_data call = {.nr = (int)rule->numbers[n], .arch = seccomp_native_arch()};

				random_args(a, rule, &call);
				call.args[cond->index] = near_cond(cond, c / rule->n_conds % NEAR_COUNT);
				agree(a, &call);
			}
	}
}

/* Every number, as a native, an x32 and a foreign call. */
static inline void agree_on_numbers(struct agreement *a, size_t rounds)
{
	static const int odd[] = {9999, INT32_MAX, -1, INT32_MIN, X32_BIT - 1, SYSCALL_NUMBERS - 1, SYSCALL_NUMBERS};
	static const uint32_t archs[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_S390X, 0, UINT32_MAX};

	for (int nr = -(int)COUNT(odd); nr <= 660; nr++) {
		struct seccomp_data call = {
			.nr = nr < 0 ? odd[-1 - nr] : nr, .arch = seccomp_native_arch(), .instruction_pointer = 1};

		agree(a, &call);
		for (size_t i = 0; i < rounds; i++) {
			random_args(a, NULL, &call);
			agree(a, &call);
		}
		call.nr |= X32_BIT;
		agree(a, &call);
		call.nr &= ~X32_BIT;
		call.arch = archs[pick(&a->random, COUNT(archs))];
		agree(a, &call);
	}
}
