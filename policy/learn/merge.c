/* Earlier runs: the policies that they wrote, read as what was seen. */
#include "policy/learn/class.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

static int add_way(struct learn *learn, struct learn_call *call, const struct seccomp_cond *conds, size_t n)
{
	struct learn_way way = {.conds = calloc(n, sizeof *conds), .n = n};

	if (way.conds == NULL)
		return -1;
	memcpy(way.conds, conds, n * sizeof *conds);
	learn_add_way(learn, call, &way);
	return 0;
}

static int merge_allow(struct learn *learn, struct learn_call *call, const struct seccomp_rule *rule)
{
	call->allowed = call->merged = true;
	if (rule->n_conds == 0)
		call->whole = true;
	else if (!rule->any)
		return add_way(learn, call, rule->conds, rule->n_conds);
	for (size_t i = 0; i < rule->n_conds; i++)
		if (add_way(learn, call, &rule->conds[i], 1) < 0)
			return -1;
	return 0;
}

/* A denial on conditions comes from the base, where any other arguments were learned. */
static void merge_deny(struct learn_call *call, const struct seccomp_rule *rule)
{
	if (rule->n_conds > 0) {
		call->allowed = call->merged = call->whole = true;
	} else if (!call->answered) {
		call->answered = true;
		call->denied_with = (int)(rule->action & SECCOMP_RET_DATA);
	}
}

/* "any that the base allows" stands for whole only as far as this base goes along. */
static int check_base(const struct learn *learn, const struct seccomp_policy *policy, unsigned number,
	const struct seccomp_rule *rule, struct error *err)
{
	struct seccomp_data call = {.nr = (int)number, .arch = seccomp_native_arch()};
	uint32_t theirs = seccomp_policy_evaluate(policy, &call).action & SECCOMP_RET_ACTION_FULL;
	_cleanup_(freep) char *name = NULL;

	if (rule->n_conds != 0 || theirs != SECCOMP_RET_ALLOW || learn->calls[number].included ||
		!learn_base_has_rules(learn, number))
		return 0;
	name = syscall_name(number);
	error_set(err, 0, "%s: allows %s in ways that the base policy %s denies", rule->place,
		name != NULL ? name : "a call", learn->base->name);
	return error_hint(
		err, "--deny-as with the policy it was learned under, or --include %s", name != NULL ? name : "");
}

static int merge_rule(
	struct learn *learn, const struct seccomp_policy *policy, const struct seccomp_rule *rule, struct error *err)
{
	uint32_t action = rule->action & SECCOMP_RET_ACTION_FULL;

	for (size_t n = 0; n < rule->n_numbers; n++) {
		struct learn_call *call = &learn->calls[rule->numbers[n]];

		if (call->whole && call->merged && rule->n_conds == 0 && action == SECCOMP_RET_ALLOW)
			continue;
		if (action == SECCOMP_RET_ERRNO)
			merge_deny(call, rule);
		else if (action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG)
			return error_set(err, 0, "%s: neither allows nor denies", rule->place);
		else if (check_base(learn, policy, rule->numbers[n], rule, err) < 0)
			return -1;
		else if (merge_allow(learn, call, rule) < 0)
			return error_set(err, ENOMEM, "learn");
	}
	return 0;
}

int learn_merge(struct learn *learn, const char *file, const struct seccomp_context *context, struct error *err)
{
	struct seccomp_policy *policy = NULL;
	int result = 0;

	if (seccomp_policy_load(file, context, &policy, err) < 0)
		return error_context(err, "--merge");
	if ((policy->default_action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		result = error_set(err, 0, "--merge %s: not a learned policy: its default is not deny", file);
	for (size_t i = 0; i < policy->n_rules && result == 0; i++)
		if (!policy->rules[i].inactive)
			result = merge_rule(learn, policy, &policy->rules[i], err);
	seccomp_policy_free(policy);
	return result;
}
