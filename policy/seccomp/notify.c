#include "policy/seccomp/notify.h"

#include "common/cleanup.h"
#include "policy/seccomp/crosscheck.h"
#include "policy/seccomp/rules.h"
#include "policy/seccomp/watched.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define RET (BPF_RET | BPF_K)
#define ACTION(value) ((value)&SECCOMP_RET_ACTION_FULL)
#define DATA(value) ((value)&SECCOMP_RET_DATA)

/* seccomp(SECCOMP_SET_MODE_FILTER, flags with NEW_LISTENER, …). The kernel looks at 32 bits of both. */
static const struct seccomp_cond new_listener[] = {
	{.index = 0, .op = SECCOMP_OP_MASKED_EQ, .value = UINT32_MAX, .value_two = SECCOMP_SET_MODE_FILTER},
	{.index = 1,
		.op = SECCOMP_OP_MASKED_EQ,
		.value = SECCOMP_FILTER_FLAG_NEW_LISTENER,
		.value_two = SECCOMP_FILTER_FLAG_NEW_LISTENER},
};
#define N_LISTENER (sizeof new_listener / sizeof new_listener[0])

/* Whether the condition cannot hold of a call that asks for a listener. Only what is easily seen. */
static bool excludes_listener(const struct seccomp_cond *cond)
{
	uint64_t mask = cond->op == SECCOMP_OP_MASKED_EQ ? cond->value : UINT64_MAX;
	uint64_t value = cond->op == SECCOMP_OP_MASKED_EQ ? cond->value_two : cond->value;

	if (cond->op != SECCOMP_OP_MASKED_EQ && cond->op != SECCOMP_OP_EQ)
		return false;
	for (size_t i = 0; i < N_LISTENER; i++)
		if (cond->index == new_listener[i].index &&
			((value ^ new_listener[i].value_two) & mask & new_listener[i].value) != 0)
			return true;
	return false;
}

/* The policy with rules put in: in front of each that allows seccomp(2), the same with the wish for a listener on top,
 * refused. The rules are the policy's own but for those. */
struct extended {
	struct seccomp_policy policy;
	struct seccomp_rule *rules;
	struct seccomp_cond *conds;
	unsigned number;
	size_t n_conds;
};

static void extended_free(struct extended *x)
{
	free(x->rules);
	free(x->conds);
}

static void refuse_listener(struct extended *x, const struct seccomp_cond *conds, size_t n)
{
	struct seccomp_cond *all = x->conds + x->n_conds;

	for (size_t i = 0; i < n; i++) {
		if (excludes_listener(&conds[i]))
			return;
		all[i] = conds[i];
	}
	memcpy(all + n, new_listener, sizeof new_listener);
	x->n_conds += n + N_LISTENER;
	x->rules[x->policy.n_rules++] = (struct seccomp_rule){.numbers = &x->number,
		.n_numbers = 1,
		.conds = all,
		.n_conds = n + N_LISTENER,
		.action = SECCOMP_RET_ERRNO | EBUSY};
}

static int extend(struct extended *x, const struct seccomp_policy *policy, struct error *err)
{
	size_t n_rules = policy->n_rules + 1, n_conds = N_LISTENER;

	for (size_t i = 0; i < policy->n_rules; i++) {
		n_rules += 1 + policy->rules[i].n_conds;
		n_conds += (1 + N_LISTENER) * (1 + policy->rules[i].n_conds);
	}
	x->policy = *policy;
	x->policy.n_rules = 0;
	x->number = SYS_seccomp;
	x->policy.rules = x->rules = calloc(n_rules, sizeof *x->rules);
	x->conds = calloc(n_conds, sizeof *x->conds);
	if (x->rules == NULL || x->conds == NULL)
		return error_set(err, ENOMEM, "%s", policy->name);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (!rule->inactive && seccomp_rule_names(rule, SYS_seccomp) && seccomp_lets_through(rule->action)) {
			if (!rule->any)
				refuse_listener(x, rule->conds, rule->n_conds);
			for (size_t c = 0; rule->any && c < rule->n_conds; c++)
				refuse_listener(x, &rule->conds[c], 1);
		}
		x->rules[x->policy.n_rules++] = *rule;
	}
	if (seccomp_lets_through(policy->default_action))
		refuse_listener(x, NULL, 0);
	return 0;
}

int seccomp_notify_compile(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err)
{
	_cleanup_(extended_free) struct extended x = {0};

	if (extend(&x, policy, err) < 0 || seccomp_policy_compile(&x.policy, program, err) < 0 ||
		seccomp_policy_crosscheck(&x.policy, program, err) < 0)
		return -1;
	for (size_t i = 0; i < program->len; i++) {
		struct sock_filter *insn = &program->insns[i];

		if (insn->code == RET && ACTION(insn->k) == SECCOMP_RET_ERRNO && DATA(insn->k) != ENOSYS)
			insn->k = SECCOMP_RET_USER_NOTIF | DATA(insn->k);
	}
	return 0;
}

int seccomp_notify_undo(const struct bpf_program *program, struct bpf_program *plain, struct error *err)
{
	*plain = (struct bpf_program){.insns = calloc(program->len, sizeof *plain->insns), .len = program->len};
	if (plain->insns == NULL)
		return error_set(err, ENOMEM, "seccomp");
	for (size_t i = 0; i < program->len; i++) {
		plain->insns[i] = program->insns[i];
		if (plain->insns[i].code != RET || ACTION(plain->insns[i].k) != SECCOMP_RET_USER_NOTIF)
			continue;
		if (DATA(plain->insns[i].k) == WATCHED_DATA)
			plain->insns[i].k = SECCOMP_RET_ALLOW;
		else
			plain->insns[i].k = SECCOMP_RET_ERRNO | DATA(plain->insns[i].k);
	}
	return 0;
}

struct seccomp_verdict seccomp_notify_verdict(const struct seccomp_policy *policy, const struct seccomp_data *call)
{
	struct seccomp_verdict verdict = seccomp_policy_evaluate(policy, call);

	if (!seccomp_lets_through(verdict.action) || call->nr != SYS_seccomp)
		return verdict;
	for (size_t i = 0; i < N_LISTENER; i++)
		if ((call->args[new_listener[i].index] & new_listener[i].value) != new_listener[i].value_two)
			return verdict;
	return (struct seccomp_verdict){SECCOMP_RET_ERRNO | EBUSY, SECCOMP_VERDICT_LISTENER};
}

/* Whether a rule cannot be about a call with this one argument, whatever the others are. */
static bool is_not_about(const struct seccomp_rule *rule, unsigned index, uint64_t value)
{
	bool all = true, some = false;

	for (size_t i = 0; i < rule->n_conds; i++) {
		const bool fails = rule->conds[i].index == index && !seccomp_cond_holds(&rule->conds[i], value);

		all &= fails;
		some |= fails;
	}
	return rule->n_conds > 0 && (rule->any ? all : some);
}

/* Whether all rules that can decide a call of this number let it through (or none of them does). Where `known` is given
 * the call's argument of that place is. */
static bool all_rules(const struct seccomp_policy *policy, int number, bool through, const struct seccomp_cond *known)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule->inactive || !seccomp_rule_names(rule, (unsigned)number))
			continue;
		if (known != NULL && is_not_about(rule, known->index, known->value))
			continue;
		if (seccomp_lets_through(rule->action) != through)
			return false;
		if (rule->n_conds == 0)
			return true;
	}
	return seccomp_lets_through(policy->default_action) == through;
}

bool seccomp_policy_always_allows(const struct seccomp_policy *policy, int number)
{
	return all_rules(policy, number, true, NULL);
}

bool seccomp_policy_never_allows(const struct seccomp_policy *policy, int number)
{
	return all_rules(policy, number, false, NULL);
}

bool seccomp_policy_allows_message(const struct seccomp_policy *policy)
{
	static const struct seccomp_cond flags = {.index = 2, .op = SECCOMP_OP_EQ, .value = MSG_NOSIGNAL};

	return all_rules(policy, syscall_number("sendmsg"), true, &flags);
}

bool seccomp_policy_lets_start(const struct seccomp_policy *policy)
{
	static const char *const calls[] = {"prlimit64", "execve", "exit_group"};

	if (!seccomp_policy_allows_message(policy))
		return false;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (!seccomp_policy_always_allows(policy, syscall_number(calls[i])))
			return false;
	return true;
}

void seccomp_rule_place(const struct seccomp_policy *policy, int rule, char *text, size_t size)
{
	if (rule >= 0)
		snprintf(text, size, "%s", policy->rules[rule].place);
	else if (rule == SECCOMP_VERDICT_LISTENER)
		snprintf(text, size, "explain (--no-explain leaves the listener to the job)");
	else
		snprintf(text, size, "%s, default", policy->name);
}

const char *seccomp_rule_why(const struct seccomp_policy *policy, int rule)
{
	return rule >= 0 ? policy->rules[rule].comment : NULL;
}

void seccomp_rule_reason(const struct seccomp_policy *policy, int rule, char *text, size_t size)
{
	const char *why = seccomp_rule_why(policy, rule), *end = why != NULL ? strstr(why, ". ") : NULL;
	size_t len = end != NULL ? (size_t)(end - why) : why != NULL ? strlen(why) : 0;

	if (end == NULL && len > 0 && why[len - 1] == '.')
		len--;
	if (len > 0)
		snprintf(text, size, "%.*s", (int)len, why);
	else if (rule >= 0)
		snprintf(text, size, "rule %s", policy->rules[rule].place);
	else if (rule == SECCOMP_VERDICT_LISTENER)
		snprintf(text, size, "--no-explain leaves the listener to the job");
	else
		snprintf(text, size, "no rule of %s allows it", policy->name);
}
