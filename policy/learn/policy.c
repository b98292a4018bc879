/* What was learned as a seccomp policy: written in our own form, read back as any other policy, compiled once. */
#include "policy/explain/print.h"
#include "policy/explain/print_expr.h"
#include "policy/learn/class.h"
#include "policy/seccomp/expr.h"
#include "policy/seccomp/notify.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define CALL_TEXT_MAX 4096

static bool is_always(const char *name)
{
	for (const struct learn_always *a = learn_always; a->call != NULL; a++)
		if (strcmp(a->call, name) == 0)
			return true;
	return false;
}

/* Whether the policy has the call. Always: what starting, ending and reporting take, as far as the base has it. */
static bool is_written(const struct learn *learn, unsigned number, const char *name)
{
	const struct learn_call *call = &learn->calls[number];

	if (is_always(name) && (call->allowed || learn_base_has_always(learn, number)))
		return true;
	return call->allowed && learn_dangerous(learn, number) == NULL;
}

size_t learn_count(const struct learn *learn)
{
	size_t n = 0;

	for (unsigned i = 0; i < SYSCALL_NUMBERS; i++) {
		_cleanup_(freep) char *name = syscall_name(i);

		n += name != NULL && is_written(learn, i, name);
	}
	return n;
}

/* "NAME: term and term", or with `any` "NAME: term or term". */
static void print_conds(const char *name, const struct seccomp_cond *conds, size_t n, bool any, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s:", name);

	for (size_t i = 0; i < n && used < size; i++) {
		char term[512];

		expr_print_cond(name, &conds[i], term, sizeof term);
		used += (size_t)snprintf(text + used, size - used, "%s %s", i == 0 ? "" : any ? " or" : " and", term);
	}
}

static void add_text(json_t *list, const char *name, const struct seccomp_cond *conds, size_t n, bool any)
{
	char text[CALL_TEXT_MAX];

	print_conds(name, conds, n, any, text, sizeof text);
	json_array_append_new(list, json_string(text));
}

/* The ways: those of one condition as lists, the others one by one. */
static void add_ways(json_t *list, const char *name, const struct learn_call *call)
{
	struct seccomp_cond some[EXPR_CONDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < call->n_ways; i++) {
		if (call->ways[i].n != 1) {
			add_text(list, name, call->ways[i].conds, call->ways[i].n, false);
			continue;
		}
		if (n == EXPR_CONDS_MAX || (n > 0 && some[0].index != call->ways[i].conds[0].index)) {
			add_text(list, name, some, n, true);
			n = 0;
		}
		some[n++] = call->ways[i].conds[0];
	}
	if (n > 0)
		add_text(list, name, some, n, true);
}

static json_t *deny_rule(json_t *calls, int errnum)
{
	const char *name = strerrorname_np(errnum);

	return json_pack("{s:o, s:o}", "deny", calls, "errno",
		name != NULL && errnum != 0 ? json_string(name) : json_integer(errnum));
}

/* Any arguments, where the base does not allow all: its own rules for the call, one after the other. */
static void add_base_rules(json_t *rules, const struct learn *learn, unsigned number, const char *name)
{
	const struct seccomp_policy *base = learn->base;

	for (size_t i = 0; i < base->n_rules; i++) {
		const struct seccomp_rule *rule = &base->rules[i];
		uint32_t action = rule->action & SECCOMP_RET_ACTION_FULL;
		json_t *calls;

		if (rule->inactive || !seccomp_rule_names(rule, number))
			continue;
		calls = json_array();
		if (rule->n_conds == 0)
			json_array_append_new(calls, json_string(name));
		else
			add_text(calls, name, rule->conds, rule->n_conds, rule->any);
		if (action == SECCOMP_RET_ERRNO)
			json_array_append_new(rules, deny_rule(calls, (int)(rule->action & SECCOMP_RET_DATA)));
		else
			json_array_append_new(rules,
				json_pack("{s:o}",
					action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ? "allow" : "kill",
					calls));
		if (rule->n_conds == 0)
			return;
	}
	if ((base->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW)
		json_array_append_new(rules, json_pack("{s:[s]}", "allow", name));
}

static void add_call(json_t *rules, json_t *plain, json_t *with, const struct learn *learn, unsigned number)
{
	const struct learn_call *call = &learn->calls[number];
	_cleanup_(freep) char *name = syscall_name(number);

	if (name == NULL || !is_written(learn, number, name))
		return;
	if (!call->whole && call->n_ways > 0)
		add_ways(with, name, call);
	else if (call->included || seccomp_policy_always_allows(learn->base, (int)number))
		json_array_append_new(plain, json_string(name));
	else
		add_base_rules(rules, learn, number, name);
}

/* What the base denied is denied alike: callers have another way after ENOSYS or EAFNOSUPPORT that they have not after
 * EPERM. clone3(2) always: what a C library tries first with every thread. */
static void add_denials(json_t *rules, const struct learn *learn)
{
	for (unsigned i = 0; i < SYSCALL_NUMBERS; i++) {
		const struct learn_call *call = &learn->calls[i];
		_cleanup_(freep) char *name = syscall_name(i);
		bool clone3 = name != NULL && strcmp(name, "clone3") == 0 && !call->answered && !call->allowed;
		int errnum = clone3 ? ENOSYS : call->denied_with;

		if (name == NULL || (!call->answered && !clone3) || errnum == EPERM || (call->allowed && call->whole))
			continue;
		json_array_append_new(rules, deny_rule(json_pack("[s]", name), errnum));
	}
}

static json_t *write_form(const struct learn *learn)
{
	json_t *object = json_object(), *rules = json_array(), *plain = json_array(), *with = json_array();

	for (unsigned i = 0; i < SYSCALL_NUMBERS; i++)
		add_call(rules, plain, with, learn, i);
	if (json_array_size(with) > 0)
		json_array_insert_new(rules, 0, json_pack("{s:O}", "allow", with));
	if (json_array_size(plain) > 0)
		json_array_insert_new(rules, 0, json_pack("{s:O}", "allow", plain));
	json_decref(plain);
	json_decref(with);
	add_denials(rules, learn);
	json_object_set_new(object, "description", json_string("Learned from what a command did."));
	json_object_set_new(object, "default", json_string("deny"));
	json_object_set_new(object, "errno", json_string("EPERM"));
	json_object_set_new(object, "rules", rules);
	return object;
}

json_t *learn_policy(const struct learn *learn, bool oci, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	struct seccomp_policy *policy = NULL;
	struct bpf_program program = {0};
	json_t *form = write_form(learn), *result = NULL;

	text = json_dumps(form, 0);
	json_decref(form);
	if (text == NULL || learn->no_memory) {
		error_set(err, ENOMEM, "learn");
		return NULL;
	}
	if (seccomp_policy_parse("learned", text, strlen(text), &seccomp_context_default, &policy, err) == 0 &&
		seccomp_policy_compile(policy, &program, err) == 0)
		result = oci ? seccomp_print_oci(policy, err) : seccomp_print_form(policy, err);
	bpf_program_free(&program);
	seccomp_policy_free(policy);
	return result;
}
