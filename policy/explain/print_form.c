#include "policy/explain/print.h"
#include "policy/explain/print_expr.h"
#include "policy/seccomp/groups.h"
#include "policy/seccomp/when.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define CALL_MAX 4096

static const char *verb_of(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_ERRNO:
		return "deny";
	case SECCOMP_RET_KILL_PROCESS:
		return "kill";
	case SECCOMP_RET_KILL_THREAD:
		return "kill-thread";
	case SECCOMP_RET_TRAP:
		return "trap";
	default:
		return "log";
	}
}

/* By name where it has one. */
static json_t *errno_json(uint32_t action)
{
	const char *name = strerrorname_np((int)(action & SECCOMP_RET_DATA));

	return name != NULL && (action & SECCOMP_RET_DATA) != 0 ? json_string(name)
								: json_integer(action & SECCOMP_RET_DATA);
}

static bool is_listed(const struct seccomp_rule *rule, const char *name, size_t len)
{
	for (size_t i = 0; i < rule->n_names; i++)
		if (strlen(rule->names[i]) == len && strncmp(rule->names[i], name, len) == 0)
			return true;
	return false;
}

/* Whether every call of the group stands in the rule. */
static bool holds_group(const struct seccomp_rule *rule, const struct seccomp_group *group)
{
	for (const char *name = group->names; *name != '\0'; name += strspn(name, " ")) {
		size_t len = strcspn(name, " ");

		if (!is_listed(rule, name, len))
			return false;
		name += len;
	}
	return true;
}

static bool in_group(const struct seccomp_group *group, const char *name)
{
	const char *at = group->names;
	size_t len = strlen(name);

	while ((at = strstr(at, name)) != NULL) {
		if ((at == group->names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
		at += len;
	}
	return false;
}

/* A group takes the place of its names only where nothing else decides one of them before: what a group repeats is not
 * a contradiction, but what is named is. Names keep their order. */
static void add_plain(json_t *calls, const struct seccomp_rule *rule)
{
	bool *whole = calloc(seccomp_groups_count, sizeof *whole);

	for (size_t g = 0; whole != NULL && g < seccomp_groups_count; g++) {
		char name[64];

		whole[g] = holds_group(rule, &seccomp_groups[g]);
		if (!whole[g])
			continue;
		snprintf(name, sizeof name, "@%s", seccomp_groups[g].name);
		json_array_append_new(calls, json_string(name));
	}
	for (size_t i = 0; i < rule->n_names; i++) {
		bool grouped = false;

		for (size_t g = 0; whole != NULL && g < seccomp_groups_count && !grouped; g++)
			grouped = whole[g] && in_group(&seccomp_groups[g], rule->names[i]);
		if (!grouped)
			json_array_append_new(calls, json_string(rule->names[i]));
	}
	free(whole);
}

/* "arg is X" for each of several values of one argument is "arg in [X, Y]". */
static bool one_list(const char *name, const struct seccomp_rule *rule, char *text, size_t size)
{
	char term[512], head[128] = "";
	size_t used = 0;

	if (!rule->any || rule->n_conds < 2)
		return false;
	for (size_t i = 0; i < rule->n_conds; i++) {
		char *is;

		expr_print_cond(name, &rule->conds[i], term, sizeof term);
		is = strstr(term, " is ");
		if (is == NULL || strchr(term, '&') != NULL || strncmp(is, " is not ", 8) == 0)
			return false;
		*is = '\0';
		if (i == 0)
			used = (size_t)snprintf(text, size, "%s: %s in [", name,
				snprintf(head, sizeof head, "%s", term) > 0 ? head : "");
		else if (strcmp(head, term) != 0)
			return false;
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ", is + 4);
	}
	if (used < size)
		used += (size_t)snprintf(text + used, size - used, "]");
	return used < size;
}

static void print_call(const char *name, const struct seccomp_rule *rule, char *text, size_t size)
{
	size_t used;

	if (one_list(name, rule, text, size))
		return;
	used = (size_t)snprintf(text, size, "%s:", name);
	for (size_t i = 0; i < rule->n_conds && used < size; i++) {
		char term[512];

		expr_print_cond(name, &rule->conds[i], term, sizeof term);
		used += (size_t)snprintf(text + used, size - used, "%s %s",
			i == 0      ? ""
			: rule->any ? " or"
				    : " and",
			term);
	}
}

/* Rules whose calls can stand in one list: they answer alike, count alike, and were given the same reason. */
static bool share_a_list(const struct seccomp_rule *a, const struct seccomp_rule *b)
{
	bool same_reason = (a->comment == NULL) == (b->comment == NULL) &&
			   (a->comment == NULL || strcmp(a->comment, b->comment) == 0);

	return a->action == b->action && same_reason && !a->conditional && !b->conditional && a->n_conds > 0 &&
	       b->n_conds > 0;
}

static json_t *rule_json(const struct seccomp_rule *rule, json_t *calls)
{
	json_t *object = json_object();

	json_object_set(object, verb_of(rule->action), calls);
	if ((rule->action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		json_object_set_new(object, "errno", errno_json(rule->action));
	if (rule->comment != NULL)
		json_object_set_new(object, "why", json_string(rule->comment));
	if (!seccomp_when_is_empty(&rule->includes))
		json_object_set_new(object, "when", seccomp_print_when(&rule->includes));
	if (!seccomp_when_is_empty(&rule->excludes))
		json_object_set_new(object, "unless", seccomp_print_when(&rule->excludes));
	return object;
}

static void add_calls(json_t *calls, const struct seccomp_rule *rule)
{
	char text[CALL_MAX];

	if (rule->n_conds == 0)
		add_plain(calls, rule);
	for (size_t n = 0; rule->n_conds > 0 && n < rule->n_names; n++) {
		print_call(rule->names[n], rule, text, sizeof text);
		json_array_append_new(calls, json_string(text));
	}
}

json_t *seccomp_print_form(const struct seccomp_policy *policy, struct error *err)
{
	json_t *object = json_object(), *rules = json_array(), *calls = NULL;
	const struct seccomp_rule *before = NULL;

	(void)err;
	if (policy->description != NULL)
		json_object_set_new(object, "description", json_string(policy->description));
	json_object_set_new(object, "default", json_string(verb_of(policy->default_action)));
	if ((policy->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		json_object_set_new(object, "errno", errno_json(policy->default_action));
	for (size_t i = 0; i < policy->n_rules; i++) {
		struct seccomp_rule live;

		if (seccomp_live_rule(policy, i, &live)) {
			if (before == NULL || !share_a_list(before, &live)) {
				calls = json_array();
				json_array_append_new(rules, rule_json(&live, calls));
				json_decref(calls); /* the rule holds it */
			}
			add_calls(calls, &live);
			before = &policy->rules[i];
		}
		free(live.names);
	}
	json_object_set_new(object, "rules", rules);
	return object;
}
