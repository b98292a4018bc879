#include "policy/seccomp/build.h"

#include "common/io.h"
#include "policy/seccomp/when.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct seccomp_rule *add_rule(struct parser *p, const char *pointer)
{
	struct seccomp_policy *policy = p->policy;
	struct seccomp_rule *grown, *rule;

	/* In steps, so that a long list does not become a quadratic one. */
	if (policy->n_rules % 64 == 0) {
		grown = reallocarray(policy->rules, policy->n_rules + 64, sizeof *grown);
		if (grown == NULL) {
			error_set(p->err, ENOMEM, "%s", p->doc->name);
			return NULL;
		}
		policy->rules = grown;
	}
	rule = &policy->rules[policy->n_rules];
	*rule = (struct seccomp_rule){.place = format("%s#%s", p->doc->name, pointer)};
	if (rule->place == NULL) {
		error_set(p->err, ENOMEM, "%s", p->doc->name);
		return NULL;
	}
	policy->n_rules++;
	return rule;
}

/* A rule behind one that leaves nothing to decide is dead. With the same action that is harmless repetition, as
 * Docker's own profile has; so it is where capabilities or kernels decide which of several rules count (the first does,
 * as in libseccomp), and where a group holds a call that was decided by name. Otherwise the order does not say what the
 * author meant. */
static int add_number(struct parser *p, const char *pointer, const char *name, bool explicit, struct seccomp_rule *rule,
	unsigned number)
{
	struct decided *decided = &p->decided[number];

	rule->numbers[rule->n_numbers++] = number;
	if (rule->inactive)
		return 0;
	if (explicit && decided->is && decided->action != rule->action && !decided->conditional && !rule->conditional)
		return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
			"\"%.64s\" is already decided, without a condition, by %s", name,
			strchr(p->policy->rules[decided->rule].place, '#') + 1);
	if (rule->n_conds == 0 && !decided->is)
		*decided = (struct decided){true, rule->conditional, (size_t)(rule - p->policy->rules), rule->action};
	return 0;
}

bool seccomp_rule_has_name(const struct seccomp_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->n_names; i++)
		if (strcmp(rule->names[i], name) == 0)
			return true;
	return false;
}

int rule_add_name(struct parser *p, const char *pointer, const char *name, bool explicit, struct seccomp_rule *rule)
{
	int number = syscall_number(name);

	if (number == SYSCALL_UNKNOWN && !p->context->allow_unknown_syscalls) {
		json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown system call \"%.64s\"", name);
		return syscall_hint(name, "if it is newer than this version, allow_unknown_syscalls skips it", p->err);
	}
	if (seccomp_rule_has_name(rule, name))
		return 0;
	if (rule->n_names % 64 == 0) {
		char **names = reallocarray(rule->names, rule->n_names + 64, sizeof *names);
		unsigned *numbers = reallocarray(rule->numbers, rule->n_names + 64, sizeof *numbers);

		rule->names = names != NULL ? names : rule->names;
		rule->numbers = numbers != NULL ? numbers : rule->numbers;
		if (names == NULL || numbers == NULL)
			return error_set(p->err, ENOMEM, "%s", p->doc->name);
	}
	rule->names[rule->n_names] = strdup(name);
	if (rule->names[rule->n_names] == NULL)
		return error_set(p->err, ENOMEM, "%s", p->doc->name);
	rule->n_names++;
	return number < 0 ? 0 : add_number(p, pointer, name, explicit, rule, (unsigned)number);
}

void rule_resolve(const struct parser *p, struct seccomp_rule *rule)
{
	rule->conditional = !seccomp_when_is_empty(&rule->includes) || !seccomp_when_is_empty(&rule->excludes);
	rule->inactive = !seccomp_when_holds(&rule->includes, &rule->excludes, p->context);
}

static void rule_free(struct seccomp_rule *rule)
{
	for (size_t i = 0; i < rule->n_names; i++)
		free(rule->names[i]);
	free(rule->names);
	free(rule->numbers);
	free(rule->conds);
	free(rule->comment);
	free(rule->place);
}

void seccomp_policy_free(struct seccomp_policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_free(&policy->rules[i]);
	free(policy->rules);
	free(policy->description);
	free(policy->name);
	free(policy);
}
