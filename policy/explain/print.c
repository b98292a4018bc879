#include "policy/explain/print.h"

#include "common/capability_names.h"
#include "policy/explain/alternatives.h"
#include "policy/seccomp/rules.h"
#include "policy/seccomp/when.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MAX 1024

/* JSON integers of ours end at 2^63-1; beyond, the number is written as text. */
static json_t *number(uint64_t value)
{
	char text[32];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
	return json_string(text);
}

static const char *oci_action(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "SCMP_ACT_ALLOW";
	case SECCOMP_RET_ERRNO:
		return "SCMP_ACT_ERRNO";
	case SECCOMP_RET_KILL_PROCESS:
		return "SCMP_ACT_KILL_PROCESS";
	case SECCOMP_RET_KILL_THREAD:
		return "SCMP_ACT_KILL_THREAD";
	case SECCOMP_RET_TRAP:
		return "SCMP_ACT_TRAP";
	default:
		return "SCMP_ACT_LOG";
	}
}

json_t *seccomp_print_when(const struct seccomp_when *when)
{
	json_t *object = json_object(), *caps = json_array(), *arches = json_array();
	char version[32];

	for (unsigned cap = 0; capability_name(cap) != NULL; cap++)
		if ((when->caps & UINT64_C(1) << cap) != 0)
			json_array_append_new(caps, json_string(capability_name(cap)));
	for (size_t i = 0; seccomp_arch_names[i] != NULL; i++)
		if ((when->arches & UINT32_C(1) << i) != 0)
			json_array_append_new(arches, json_string(seccomp_arch_names[i]));
	if (json_array_size(caps) > 0)
		json_object_set(object, "caps", caps);
	if (json_array_size(arches) > 0)
		json_object_set(object, "arches", arches);
	if (when->min_kernel != 0) {
		snprintf(version, sizeof version, "%u.%u", when->min_kernel >> 16, when->min_kernel & 0xffff);
		json_object_set_new(object, "minKernel", json_string(version));
	}
	json_decref(caps);
	json_decref(arches);
	return object;
}

static json_t *oci_cond(const struct seccomp_cond *cond)
{
	json_t *object = json_pack("{s:i, s:o}", "index", (int)cond->index, "value", number(cond->value));

	if (cond->op == SECCOMP_OP_MASKED_EQ)
		json_object_set_new(object, "valueTwo", number(cond->value_two));
	json_object_set_new(object, "op", json_string(seccomp_op_names[cond->op]));
	return object;
}

/* The rule with these conditions in place of its own. */
static json_t *oci_element(const struct seccomp_rule *rule, const struct seccomp_cond *conds, size_t n_conds)
{
	json_t *names = json_array(), *args = json_array(), *object = json_object();

	for (size_t i = 0; i < rule->n_names; i++)
		json_array_append_new(names, json_string(rule->names[i]));
	for (size_t i = 0; i < n_conds; i++)
		json_array_append_new(args, oci_cond(&conds[i]));
	json_object_set_new(object, "names", names);
	json_object_set_new(object, "action", json_string(oci_action(rule->action)));
	if ((rule->action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		json_object_set_new(object, "errnoRet", json_integer(rule->action & SECCOMP_RET_DATA));
	if (n_conds > 0)
		json_object_set(object, "args", args);
	json_decref(args);
	if (rule->comment != NULL)
		json_object_set_new(object, "comment", json_string(rule->comment));
	if (!seccomp_when_is_empty(&rule->includes))
		json_object_set_new(object, "includes", seccomp_print_when(&rule->includes));
	if (!seccomp_when_is_empty(&rule->excludes))
		json_object_set_new(object, "excludes", seccomp_print_when(&rule->excludes));
	return object;
}

/* What one argument may be: conditions of which one is enough. */
struct choice {
	struct seccomp_cond conds[ALTERNATIVES_MAX];
	size_t n;
};

/* Sorts the conditions, which must all hold, by argument. False when it would be too many. */
static bool choices_of(const struct seccomp_rule *rule, struct choice choices[SECCOMP_ARG_COUNT])
{
	for (unsigned index = 0; index < SECCOMP_ARG_COUNT; index++) {
		struct seccomp_cond *own = choices[index].conds;
		struct seccomp_cond all[ALTERNATIVES_MAX];
		size_t n = 0;
		int alternatives;

		for (size_t i = 0; i < rule->n_conds && n < ALTERNATIVES_MAX; i++)
			if (rule->conds[i].index == index)
				all[n++] = rule->conds[i];
		choices[index].n = n;
		if (n == 0)
			continue;
		own[0] = all[0];
		if (n == 1 && all[0].op != SECCOMP_OP_MASKED_NE)
			continue;
		alternatives = seccomp_alternatives(all, n, own);
		if (alternatives < 0)
			return false;
		choices[index].n = (size_t)alternatives;
		if (alternatives == 0) { /* they contradict each other: the rule never holds */
			choices[0].n = SIZE_MAX;
			return true;
		}
	}
	return true;
}

/* Alternatives on one argument are one element; several such arguments are multiplied out. */
static int add_all(json_t *list, const struct seccomp_rule *rule, struct choice choices[SECCOMP_ARG_COUNT])
{
	size_t at[SECCOMP_ARG_COUNT] = {0}, total = 1, several = 0, asked = 0;

	if (choices[0].n == SIZE_MAX)
		return 0;
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++) {
		total *= choices[i].n > 0 ? choices[i].n : 1;
		several += choices[i].n > 1;
		asked += choices[i].n > 0;
		if (total > ELEMENTS_MAX)
			return -1;
	}
	if (several == 1 && asked == 1)
		for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++)
			if (choices[i].n > 1)
				return json_array_append_new(list, oci_element(rule, choices[i].conds, choices[i].n));
	for (size_t n = 0; n < total; n++) {
		struct seccomp_cond conds[SECCOMP_ARG_COUNT];
		size_t n_conds = 0, rest = n;

		for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++)
			if (choices[i].n > 0) {
				at[i] = rest % choices[i].n;
				rest /= choices[i].n;
				conds[n_conds++] = choices[i].conds[at[i]];
			}
		json_array_append_new(list, oci_element(rule, conds, n_conds));
	}
	return 0;
}

/* Whether OCI's form reads the conditions as alternatives: one argument stands in two of them. */
static bool repeats_an_index(const struct seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_conds; i++) {
		if ((seen & 1U << rule->conds[i].index) != 0)
			return true;
		seen |= 1U << rule->conds[i].index;
	}
	return false;
}

static int add_rule_oci(json_t *list, const struct seccomp_rule *rule)
{
	bool words_missing = false;
	struct choice *choices;
	int result;

	for (size_t i = 0; i < rule->n_conds; i++)
		words_missing |= rule->conds[i].op == SECCOMP_OP_MASKED_NE;
	if (!words_missing && (rule->n_conds < 2 || rule->any == repeats_an_index(rule)))
		return json_array_append_new(list, oci_element(rule, rule->conds, rule->n_conds));
	choices = calloc(SECCOMP_ARG_COUNT, sizeof *choices);
	if (choices == NULL)
		return -1;
	if (rule->any) {
		/* One element for each alternative. */
		struct seccomp_rule one = *rule;

		result = 0;
		one.any = false;
		one.n_conds = 1;
		for (size_t i = 0; i < rule->n_conds && result == 0; i++) {
			one.conds = &rule->conds[i];
			result = choices_of(&one, choices) ? add_all(list, &one, choices) : -1;
		}
	} else {
		result = choices_of(rule, choices) ? add_all(list, rule, choices) : -1;
	}
	free(choices);
	return result;
}

bool seccomp_live_rule(const struct seccomp_policy *policy, size_t at, struct seccomp_rule *live)
{
	const struct seccomp_rule *rule = &policy->rules[at];

	*live = *rule;
	live->n_names = 0;
	live->names = calloc(rule->n_names + 1, sizeof *live->names);
	for (size_t i = 0; live->names != NULL && i < rule->n_names; i++) {
		bool dead = false;

		for (size_t r = 0; r < at && !dead; r++)
			dead = policy->rules[r].n_conds == 0 && !policy->rules[r].conditional &&
			       seccomp_rule_has_name(&policy->rules[r], rule->names[i]);
		if (!dead)
			live->names[live->n_names++] = rule->names[i];
	}
	return live->n_names > 0;
}

json_t *seccomp_print_oci(const struct seccomp_policy *policy, struct error *err)
{
	json_t *object = json_object(), *list = json_array();

	if (policy->description != NULL)
		json_object_set_new(object, "description", json_string(policy->description));
	json_object_set_new(object, "defaultAction", json_string(oci_action(policy->default_action)));
	if ((policy->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		json_object_set_new(object, "defaultErrnoRet", json_integer(policy->default_action & SECCOMP_RET_DATA));
	json_object_set_new(object, "architectures", json_pack("[s, s]", "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"));
	for (size_t i = 0; i < policy->n_rules; i++) {
		struct seccomp_rule live;
		int result = seccomp_live_rule(policy, i, &live) ? add_rule_oci(list, &live) : 0;

		free(live.names);
		if (result < 0) {
			error_set(err, 0, "%s: cannot be expressed in OCI's form: too many alternatives",
				policy->rules[i].place);
			json_decref(object);
			json_decref(list);
			return NULL;
		}
	}
	json_object_set_new(object, "syscalls", list);
	return object;
}
