#include "policy/explain/diff.h"

#include "policy/seccomp/rules.h"
#include "policy/syscalls/args.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONDS_MAX 512
#define CLASSES_MAX 256
#define COMBINATIONS_MAX 1000000

/* The values of one argument, one for each way in which the conditions on it can be answered. */
struct classes {
	uint64_t values[CLASSES_MAX];
	size_t n;
};

/* What is asked of one system call by either policy. */
struct questions {
	const struct seccomp_cond *conds[CONDS_MAX];
	size_t n;
	bool overflow;
};

static void collect(const struct seccomp_policy *policy, unsigned number, struct questions *questions)
{
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct seccomp_rule *rule = &policy->rules[r];

		if (rule->inactive || !seccomp_rule_names(rule, number))
			continue;
		for (size_t c = 0; c < rule->n_conds; c++) {
			if (questions->n == CONDS_MAX) {
				questions->overflow = true;
				return;
			}
			questions->conds[questions->n++] = &rule->conds[c];
		}
	}
}

/* Whether all conditions on the argument answer the same for both values. */
static bool answer_alike(const struct questions *questions, unsigned index, uint64_t a, uint64_t b)
{
	for (size_t i = 0; i < questions->n; i++)
		if (questions->conds[i]->index == index &&
			seccomp_cond_holds(questions->conds[i], a) != seccomp_cond_holds(questions->conds[i], b))
			return false;
	return true;
}

/* Adds the value unless one that is answered like it is there. False when there is no room. */
static bool add_value(const struct questions *questions, unsigned index, uint64_t value, struct classes *classes)
{
	for (size_t i = 0; i < classes->n; i++)
		if (answer_alike(questions, index, classes->values[i], value))
			return true;
	if (classes->n == CLASSES_MAX)
		return false;
	classes->values[classes->n++] = value;
	return true;
}

/* The values at which the condition's answer changes, seen from `from`. */
static bool add_borders(const struct questions *questions, unsigned index, const struct seccomp_cond *cond,
	uint64_t from, struct classes *classes)
{
	if (cond->op != SECCOMP_OP_MASKED_EQ && cond->op != SECCOMP_OP_MASKED_NE)
		return add_value(questions, index, cond->value, classes) &&
		       add_value(questions, index, cond->value - 1, classes) &&
		       add_value(questions, index, cond->value + 1, classes);
	if (!add_value(questions, index, (from & ~cond->value) | cond->value_two, classes))
		return false;
	for (uint64_t rest = cond->value; rest != 0; rest &= rest - 1)
		if (!add_value(questions, index, from ^ (rest & -rest), classes))
			return false;
	return true;
}

/* From each value found, on to those that its neighbours across each condition's border are, until no new kind is
 * found. */
static bool classify(const struct questions *questions, unsigned index, struct classes *classes)
{
	classes->n = 0;
	add_value(questions, index, 0, classes);
	add_value(questions, index, UINT64_MAX, classes);
	for (size_t at = 0; at < classes->n; at++)
		for (size_t i = 0; i < questions->n; i++)
			if (questions->conds[i]->index == index &&
				!add_borders(questions, index, questions->conds[i], classes->values[at], classes))
				return false;
	return true;
}

static enum seccomp_change change_of(uint32_t a, uint32_t b)
{
	if (seccomp_lets_through(a) == seccomp_lets_through(b))
		return SECCOMP_DIFFERS;
	return seccomp_lets_through(b) ? SECCOMP_WIDENS : SECCOMP_NARROWS;
}

/* "socket(family=inet, type=3)": the arguments that were asked about. */
static char *example(const char *name, const struct seccomp_data *call, const bool asked[SECCOMP_ARG_COUNT])
{
	const char *between = "(";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fputs(name, out);
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++) {
		const struct syscall_arg *arg = syscall_arg_at(name, i);
		const char *value = arg != NULL ? syscall_arg_value_name(arg, call->args[i]) : NULL;

		if (!asked[i])
			continue;
		fputs(between, out);
		between = ", ";
		if (arg != NULL)
			fprintf(out, "%s=", arg->name);
		else
			fprintf(out, "arg%u=", i);
		if (value != NULL)
			fputs(value, out);
		else
			fprintf(out, call->args[i] < 10 ? "%llu" : "0x%llx", (unsigned long long)call->args[i]);
	}
	fputs(between[0] == '(' ? "()" : ")", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Keeps the difference unless one of this call with the same verdicts was kept since `first`. */
static int keep(struct seccomp_diff *diff, size_t first, const struct seccomp_difference *found)
{
	struct seccomp_difference *grown;

	for (size_t i = first; i < diff->n; i++)
		if (diff->items[i].a == found->a && diff->items[i].b == found->b) {
			free(found->call);
			return 0;
		}
	grown = reallocarray(diff->items, diff->n + 1, sizeof *grown);
	if (grown == NULL || found->call == NULL) {
		free(found->call);
		return -1;
	}
	diff->items = grown;
	diff->items[diff->n++] = *found;
	return 0;
}

struct comparison {
	const struct seccomp_policy *a, *b;
	struct questions questions;
	struct classes classes[SECCOMP_ARG_COUNT];
	struct seccomp_diff *diff;
	struct error *err;
};

static int compare_call(struct comparison *c, unsigned number, const char *name)
{
	size_t combinations = 1, first = c->diff->n;
	bool asked[SECCOMP_ARG_COUNT] = {false};

	c->questions.n = 0;
	collect(c->a, number, &c->questions);
	collect(c->b, number, &c->questions);
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++) {
		if (!classify(&c->questions, i, &c->classes[i]))
			c->questions.overflow = true;
		asked[i] = c->classes[i].n > 1;
		combinations *= c->classes[i].n;
		if (combinations > COMBINATIONS_MAX || c->questions.overflow)
			return error_set(c->err, 0, "%s: too many conditions to compare", name);
	}
	for (size_t n = 0; n < combinations; n++) {
		struct seccomp_data call = {.nr = (int)number, .arch = seccomp_native_arch()};
		struct seccomp_difference found;
		size_t rest = n;

		for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++) {
			call.args[i] = c->classes[i].values[rest % c->classes[i].n];
			rest /= c->classes[i].n;
		}
		found.a = seccomp_policy_evaluate(c->a, &call).action;
		found.b = seccomp_policy_evaluate(c->b, &call).action;
		if (found.a == found.b)
			continue;
		found.change = change_of(found.a, found.b);
		found.call = example(name, &call, asked);
		if (keep(c->diff, first, &found) < 0)
			return error_set(c->err, ENOMEM, "diff");
	}
	return 0;
}

int seccomp_diff_make(
	const struct seccomp_policy *a, const struct seccomp_policy *b, struct seccomp_diff *diff, struct error *err)
{
	_cleanup_(freep) struct comparison *c = calloc(1, sizeof *c);

	*diff = (struct seccomp_diff){0};
	if (c == NULL)
		return error_set(err, ENOMEM, "diff");
	*c = (struct comparison){.a = a, .b = b, .diff = diff, .err = err};
	for (unsigned number = 0; number < SYSCALL_NUMBERS; number++) {
		_cleanup_(freep) char *name = a->known[number] ? syscall_name(number) : NULL;

		if (name != NULL && compare_call(c, number, name) < 0)
			return -1;
	}
	return 0;
}

void seccomp_diff_free(struct seccomp_diff *diff)
{
	for (size_t i = 0; i < diff->n; i++)
		free(diff->items[i].call);
	free(diff->items);
	*diff = (struct seccomp_diff){0};
}
