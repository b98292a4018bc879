#include "policy/seccomp/crosscheck.h"

#include "common/cleanup.h"
#include "policy/seccomp/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#define X32_BIT 0x40000000
#define HIGH (UINT64_C(1) << 32)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct crosscheck {
	const struct seccomp_policy *policy;
	const struct bpf_program *program;
	struct seccomp_policy about; /* the same, but of the rules only those that name one number: see narrow() */
	struct error *err;
};

/* Of all rules only a few name a number, and thousands of calls are compared: without this, reading rules that do not
 * matter took four fifths of the time. */
static void narrow(struct crosscheck *c, unsigned number)
{
	c->about.n_rules = 0;
	if (number >= SYSCALL_NUMBERS || !c->policy->known[number])
		return; /* has its answer without any */
	for (size_t i = 0; i < c->policy->n_rules; i++)
		if (seccomp_rule_names(&c->policy->rules[i], number))
			c->about.rules[c->about.n_rules++] = c->policy->rules[i];
}

static int compare(const struct crosscheck *c, const struct seccomp_data *call)
{
	const struct seccomp_verdict verdict = seccomp_policy_evaluate(&c->about, call);
	const uint32_t got = bpf_program_run_valid(c->program, call);

	if (got == verdict.action)
		return 0;
	return error_set(c->err, 0,
		"%s: the compiled filter says 0x%x where the rules say 0x%x: architecture 0x%x, call %d(0x%" PRIx64
		", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ")",
		c->policy->name, got, verdict.action, call->arch, call->nr, (uint64_t)call->args[0],
		(uint64_t)call->args[1], (uint64_t)call->args[2], (uint64_t)call->args[3], (uint64_t)call->args[4],
		(uint64_t)call->args[5]);
}

static int compare_number(struct crosscheck *c, int nr)
{
	const struct seccomp_data calls[] = {
		{.nr = nr, .arch = seccomp_native_arch()},
		{.nr = nr, .arch = seccomp_native_arch(), .args = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL}},
		{.nr = nr | X32_BIT, .arch = seccomp_native_arch()},
		{.nr = nr, .arch = AUDIT_ARCH_I386},
	};

	narrow(c, (unsigned)nr);
	for (size_t i = 0; i < COUNT(calls); i++)
		if (compare(c, &calls[i]) < 0)
			return -1;
	return 0;
}

/* A value for which the condition holds, or does not; where there is none, one that is as good as any. */
static uint64_t value_for(const struct seccomp_cond *cond, bool holds)
{
	const uint64_t v = cond->op >= SECCOMP_OP_MASKED_EQ ? cond->value_two : cond->value;
	const uint64_t lowest_bit = cond->value & -cond->value;
	const uint64_t tries[] = {v, v + 1, v - 1, v ^ lowest_bit};

	for (size_t i = 0; i < COUNT(tries); i++)
		if (seccomp_cond_holds(cond, tries[i]) == holds)
			return tries[i];
	return v;
}

/* The condition on the border, with the others of its rule true or false around it. */
static int compare_cond(const struct crosscheck *c, const struct seccomp_rule *rule, unsigned number, size_t border)
{
	const struct seccomp_cond *cond = &rule->conds[border];
	const bool masked = cond->op >= SECCOMP_OP_MASKED_EQ;
	const uint64_t v = masked ? cond->value_two : cond->value;
	const uint64_t values[] = {v, v + 1, v - 1, v ^ HIGH, v + HIGH, v - HIGH, v ^ 1, v | ~UINT64_C(0) << 32,
		v & UINT32_MAX, masked ? v | ~cond->value : ~v, v ^ (cond->value & -cond->value), 0, UINT64_MAX};

	for (size_t i = 0; i < 2 * COUNT(values); i++) {
		struct seccomp_data call = {.nr = (int)number, .arch = seccomp_native_arch()};

		for (size_t other = 0; other < rule->n_conds; other++)
			call.args[rule->conds[other].index] = value_for(&rule->conds[other], i % 2 == 0);
		call.args[cond->index] = values[i / 2];
		if (compare(c, &call) < 0)
			return -1;
	}
	return 0;
}

/* The numbers beside the rule's own as well: with the same arguments they have answers of their own. */
static int compare_rule(struct crosscheck *c, const struct seccomp_rule *rule)
{
	for (size_t n = 0; rule->n_conds > 0 && n < rule->n_numbers; n++)
		for (unsigned beside = 0; beside < 3; beside++) {
			const unsigned number = rule->numbers[n] - 1 + beside;

			narrow(c, number);
			for (size_t i = 0; i < rule->n_conds; i++)
				if (compare_cond(c, rule, number, i) < 0)
					return -1;
		}
	return 0;
}

int seccomp_policy_crosscheck(const struct seccomp_policy *policy, const struct bpf_program *program, struct error *err)
{
	_cleanup_(freep) struct seccomp_rule *rules = calloc(policy->n_rules + 1, sizeof *rules);
	struct crosscheck c = {policy, program, *policy, err};

	if (rules == NULL)
		return error_set(err, ENOMEM, "%s", policy->name);
	c.about.rules = rules;
	if (!bpf_program_valid(program))
		return error_set(err, 0, "%s: the kernel would refuse the compiled filter", policy->name);
	for (int nr = 0; nr <= SYSCALL_NUMBERS; nr++)
		if (compare_number(&c, nr) < 0)
			return -1;
	for (size_t i = 0; i < policy->n_rules; i++)
		if (!policy->rules[i].inactive && compare_rule(&c, &policy->rules[i]) < 0)
			return -1;
	return 0;
}
