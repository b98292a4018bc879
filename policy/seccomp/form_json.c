#include "policy/seccomp/form_json.h"

#include "common/phrases.h"
#include "policy/seccomp/build.h"
#include "policy/seccomp/expr.h"
#include "policy/seccomp/groups.h"
#include "policy/seccomp/when.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *key;
	uint32_t action;
} verbs[] = {
	{"allow", SECCOMP_RET_ALLOW},
	{"deny", SECCOMP_RET_ERRNO},
	{"kill", SECCOMP_RET_KILL_PROCESS},
	{"kill-thread", SECCOMP_RET_KILL_THREAD},
	{"trap", SECCOMP_RET_TRAP},
	{"log", SECCOMP_RET_LOG},
};

struct form {
	const json_t *rules;
	bool have_default;
	struct errno_given errno_given;
};

/* A rule as it is read: what its calls become has all of this. */
struct form_rule {
	struct seccomp_rule shared; /* action, includes, excludes, comment */
	const json_t *calls;
	const char *verb;
	struct errno_given errno_given;
};

static int read_form_errno(struct parser *p, const char *pointer, const json_t *value, struct errno_given *given)
{
	if (json_is_string(value)) {
		given->name = true;
		return read_errno_name(p, pointer, value, &given->by_name);
	}
	given->number = true;
	return read_errno(p, pointer, value, &given->by_number);
}

static int read_calls(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct form_rule *rule = out;
	const char *key = strrchr(pointer, '/') + 1;

	if (rule->calls != NULL)
		return json_doc_error(
			p->doc, pointer, JSON_PLACE_KEY, p->err, "\"%s\" and \"%s\" " PHRASE_EXCLUDE, rule->verb, key);
	if (!json_is_array(value) || json_array_size(value) == 0)
		return wrong_type(p, pointer, "a list of system calls");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].key, key) == 0) {
			rule->verb = verbs[i].key;
			rule->shared.action = verbs[i].action;
		}
	rule->calls = value;
	return 0;
}

static int read_rule_errno(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_form_errno(p, pointer, value, &((struct form_rule *)out)->errno_given);
}

static int read_why(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return keep_text(p, pointer, value, &((struct form_rule *)out)->shared.comment);
}

static int read_includes(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_when(p, pointer, value, &((struct form_rule *)out)->shared.includes);
}

static int read_excludes(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_when(p, pointer, value, &((struct form_rule *)out)->shared.excludes);
}

/* A rule of the policy with what the form's rule says of all its calls. */
static struct seccomp_rule *start_rule(struct parser *p, const char *pointer, const struct form_rule *from)
{
	struct seccomp_rule *rule = add_rule(p, pointer);

	if (rule == NULL)
		return NULL;
	rule->action = from->shared.action;
	rule->includes = from->shared.includes;
	rule->excludes = from->shared.excludes;
	rule_resolve(p, rule);
	if (from->shared.comment != NULL && (rule->comment = strdup(from->shared.comment)) == NULL) {
		error_set(p->err, ENOMEM, "%s", p->doc->name);
		return NULL;
	}
	return rule;
}

static int add_group(struct parser *p, const char *pointer, const char *name, struct seccomp_rule *rule)
{
	const struct seccomp_group *group = seccomp_group_find(name);
	_cleanup_(freep) char *names = group != NULL ? strdup(group->names) : NULL;
	char *save = NULL;

	if (group == NULL) {
		json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown group \"@%.64s\"", name);
		return error_hint(p->err, "cofferdam-seccomp(5) lists them");
	}
	if (names == NULL)
		return error_set(p->err, ENOMEM, "%s", p->doc->name);
	for (char *word = strtok_r(names, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		if (rule_add_name(p, pointer, word, false, rule) < 0)
			return -1;
	return 0;
}

/* A call with terms: one rule for each way in which they hold. */
static int add_expr(struct parser *p, const char *pointer, const char *text, const struct form_rule *from)
{
	_cleanup_(expr_free) struct expr expr = {0};
	struct error why;

	if (expr_parse(text, &expr, &why) < 0) {
		json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "\"%.80s\": %s", text, why.text);
		return why.hint[0] != '\0' ? error_hint(p->err, "%s", why.hint) : -1;
	}
	for (size_t i = 0; i < expr.n_rules; i++) {
		struct seccomp_rule *rule = start_rule(p, pointer, from);

		if (rule == NULL)
			return -1;
		rule->any = expr.rules[i].any;
		rule->n_conds = expr.rules[i].n_conds;
		rule->conds = calloc(rule->n_conds, sizeof *rule->conds);
		if (rule->conds == NULL)
			return error_set(p->err, ENOMEM, "%s", p->doc->name);
		memcpy(rule->conds, expr.rules[i].conds, rule->n_conds * sizeof *rule->conds);
		if (rule_add_name(p, pointer, expr.name, true, rule) < 0)
			return -1;
	}
	return 0;
}

/* One call of the list. Those without terms are added to *plain, which the first of them makes. */
static int add_call(struct parser *p, const char *pointer, const char *at, const char *text,
	const struct form_rule *from, struct seccomp_rule **plain)
{
	if (text == NULL)
		return wrong_type(p, at, "a system call");
	if (strchr(text, ':') != NULL)
		return add_expr(p, at, text, from);
	if (*plain == NULL && (*plain = start_rule(p, pointer, from)) == NULL)
		return -1;
	return text[0] == '@' ? add_group(p, at, text + 1, *plain) : rule_add_name(p, at, text, true, *plain);
}

/* The calls without terms share a rule, which comes first: the order within a list decides nothing. */
static int add_calls(struct parser *p, const char *pointer, const struct form_rule *from)
{
	const size_t n = json_array_size(from->calls);
	struct seccomp_rule *plain = NULL;
	char list[POINTER_MAX], at[POINTER_MAX];

	snprintf(list, sizeof list, "%.90s/%s", pointer, from->verb);
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			const char *text = json_string_value(json_array_get(from->calls, i));
			const bool has_terms = text != NULL && strchr(text, ':') != NULL;

			pointer_element(at, list, i);
			if (has_terms == (pass == 1) && add_call(p, pointer, at, text, from, &plain) < 0 &&
				complain(p) < 0)
				return -1;
		}
	return 0;
}

static int read_form_rule(struct parser *p, const char *pointer, const json_t *value)
{
	static const struct field fields[] = {
		{"allow", read_calls, false, NULL},
		{"deny", read_calls, false, NULL},
		{"kill", read_calls, false, NULL},
		{"kill-thread", read_calls, false, NULL},
		{"trap", read_calls, false, NULL},
		{"log", read_calls, false, NULL},
		{"errno", read_rule_errno, false, NULL},
		{"why", read_why, false, NULL},
		{"when", read_includes, false, NULL},
		{"unless", read_excludes, false, NULL},
	};
	struct form_rule rule = {0};
	int result = read_object(p, pointer, value, fields, sizeof fields / sizeof fields[0], &rule);

	if (result == 0 && rule.calls == NULL)
		result = json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
			"one of \"allow\", \"deny\", \"kill\", \"kill-thread\", \"trap\", \"log\" is missing");
	if (result == 0)
		result = add_errno(p, pointer, "errno", "errno", &rule.errno_given, &rule.shared.action);
	if (result == 0)
		result = add_calls(p, pointer, &rule);
	free(rule.shared.comment);
	return result;
}

static int read_default(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "\"allow\", \"deny\", \"kill\", \"kill-thread\", \"trap\" or \"log\"");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].key, name) == 0) {
			((struct form *)out)->have_default = true;
			p->policy->default_action = verbs[i].action;
			return 0;
		}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown action \"%.64s\"", name);
}

static int read_default_errno(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_form_errno(p, pointer, value, &((struct form *)out)->errno_given);
}

static int read_extends(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	return keep_text(p, pointer, value, &p->extends);
}

static int read_form_description(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	return keep_text(p, pointer, value, &p->policy->description);
}

static int read_allow_unknown(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	if (!json_is_boolean(value))
		return wrong_type(p, pointer, "true or false");
	p->own_context = *p->context;
	p->own_context.allow_unknown_syscalls |= json_is_true(value);
	p->context = &p->own_context;
	return 0;
}

static int read_rules(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	if (!json_is_array(value))
		return wrong_type(p, pointer, "a list of rules");
	((struct form *)out)->rules = value;
	return 0;
}

/* The default that was read, or that is missing. */
static int check_default(struct parser *p, const struct form *form)
{
	if (!form->have_default && p->extends == NULL)
		return json_doc_error(p->doc, "", JSON_PLACE_VALUE, p->err, "\"default\" is missing");
	if (form->have_default &&
		add_errno(p, "", "errno", "errno", &form->errno_given, &p->policy->default_action) < 0)
		return -1;
	if (!form->have_default && (form->errno_given.name || form->errno_given.number))
		return json_doc_error(
			p->doc, "/errno", JSON_PLACE_KEY, p->err, "an errno requires \"default\": \"deny\"");
	return 0;
}

int read_form(struct parser *p)
{
	static const struct field fields[] = {
		{"$schema", read_text, false, NULL},
		{"description", read_form_description, false, NULL},
		{"extends", read_extends, false, NULL},
		{"default", read_default, false, NULL},
		{"errno", read_default_errno, false, NULL},
		{"allow_unknown_syscalls", read_allow_unknown, false, NULL},
		{"rules", read_rules, true, NULL},
	};
	struct form form = {0};

	if ((read_object(p, "", p->doc->root, fields, sizeof fields / sizeof fields[0], &form) < 0 ||
		    check_default(p, &form) < 0) &&
		complain(p) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(form.rules); i++) {
		char at[POINTER_MAX];

		pointer_element(at, "/rules", i);
		if (read_form_rule(p, at, json_array_get(form.rules, i)) < 0 && complain(p) < 0)
			return -1;
	}
	p->takes_default = !form.have_default;
	return 0;
}
