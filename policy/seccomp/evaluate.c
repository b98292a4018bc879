/* What a policy says of one call, read straight from the rules: what compiled programs are checked against. */
#include "policy/seccomp/rules.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>

uint32_t seccomp_native_arch(void)
{
#if defined(__x86_64__)
	return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
	return AUDIT_ARCH_AARCH64;
#else
#error "seccomp policies are for x86-64 and aarch64"
#endif
}

bool seccomp_lets_through(uint32_t action)
{
	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW ||
	       (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG;
}

bool seccomp_cond_holds(const struct seccomp_cond *cond, uint64_t arg)
{
	switch (cond->op) {
	case SECCOMP_OP_NE:
		return arg != cond->value;
	case SECCOMP_OP_LT:
		return arg < cond->value;
	case SECCOMP_OP_LE:
		return arg <= cond->value;
	case SECCOMP_OP_EQ:
		return arg == cond->value;
	case SECCOMP_OP_GE:
		return arg >= cond->value;
	case SECCOMP_OP_GT:
		return arg > cond->value;
	case SECCOMP_OP_MASKED_EQ:
		return (arg & cond->value) == cond->value_two;
	case SECCOMP_OP_MASKED_NE:
		return (arg & cond->value) != cond->value_two;
	}
	abort(); /* the parser makes no other */
}

static bool rule_holds(const struct seccomp_rule *rule, const struct seccomp_data *call)
{
	for (size_t i = 0; i < rule->n_conds; i++)
		if (seccomp_cond_holds(&rule->conds[i], call->args[rule->conds[i].index]) == rule->any)
			return rule->any;
	return !rule->any;
}

bool seccomp_rule_names(const struct seccomp_rule *rule, unsigned number)
{
	for (size_t i = 0; i < rule->n_numbers; i++)
		if (rule->numbers[i] == number)
			return true;
	return false;
}

struct seccomp_verdict seccomp_policy_evaluate(const struct seccomp_policy *policy, const struct seccomp_data *call)
{
	unsigned number = (unsigned)call->nr;

	if (call->arch != seccomp_native_arch())
		return (struct seccomp_verdict){SECCOMP_RET_KILL_PROCESS, SECCOMP_VERDICT_FOREIGN};
	if (number >= SYSCALL_NUMBERS || !policy->known[number])
		return (struct seccomp_verdict){SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_VERDICT_UNKNOWN};
	for (size_t i = 0; i < policy->n_rules; i++)
		if (!policy->rules[i].inactive && seccomp_rule_names(&policy->rules[i], number) &&
			rule_holds(&policy->rules[i], call))
			return (struct seccomp_verdict){policy->rules[i].action, (int)i};
	return (struct seccomp_verdict){policy->default_action, SECCOMP_VERDICT_DEFAULT};
}
