#include "policy/seccomp/oci_json_rule.h"

#include "common/phrases.h"
#include "policy/seccomp/build.h"
#include "policy/seccomp/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rule as it is read. */
struct reading {
	struct seccomp_rule *rule;
	const json_t *names; /* the value of "names", or the string of "name" */
	const json_t *args;  /* the list, or NULL */
	struct errno_given errno_given;
};

static int read_index(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct seccomp_cond *cond = out;
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value))
		return wrong_type(p, pointer, "a number");
	if (n < 0 || n >= SECCOMP_ARG_COUNT)
		return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
			"argument index out of range: expected 0 to %d, not %" JSON_INTEGER_FORMAT,
			SECCOMP_ARG_COUNT - 1, n);
	cond->index = (unsigned)n;
	return 0;
}

const char *const seccomp_op_names[] = {
	[SECCOMP_OP_NE] = "SCMP_CMP_NE",
	[SECCOMP_OP_LT] = "SCMP_CMP_LT",
	[SECCOMP_OP_LE] = "SCMP_CMP_LE",
	[SECCOMP_OP_EQ] = "SCMP_CMP_EQ",
	[SECCOMP_OP_GE] = "SCMP_CMP_GE",
	[SECCOMP_OP_GT] = "SCMP_CMP_GT",
	[SECCOMP_OP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

static int read_op(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct seccomp_cond *cond = out;
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "the name of an operator");
	for (unsigned i = 0; i <= SECCOMP_OP_MASKED_EQ; i++)
		if (strcmp(seccomp_op_names[i], name) == 0) {
			cond->op = (enum seccomp_op)i;
			return 0;
		}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown operator \"%.64s\"", name);
}

static int read_value(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_u64(p, pointer, value, &((struct seccomp_cond *)out)->value);
}

static int read_value_two(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_u64(p, pointer, value, &((struct seccomp_cond *)out)->value_two);
}

static int read_cond(struct parser *p, const char *pointer, const json_t *value, struct seccomp_cond *cond)
{
	static const struct field fields[] = {
		{"index", read_index, true, NULL},
		{"value", read_value, true, NULL},
		{"valueTwo", read_value_two, false, NULL},
		{"op", read_op, true, NULL},
	};
	char at[POINTER_MAX + 16];

	if (read_object(p, pointer, value, fields, sizeof fields / sizeof fields[0], cond) < 0)
		return -1;
	snprintf(at, sizeof at, "%s/valueTwo", pointer);
	if (cond->op != SECCOMP_OP_MASKED_EQ && cond->value_two != 0)
		return json_doc_error(p->doc, at, JSON_PLACE_VALUE, p->err, "\"valueTwo\" requires SCMP_CMP_MASKED_EQ");
	/* libseccomp drops such bits and so weakens what was written; the condition as written never holds. */
	if (cond->op == SECCOMP_OP_MASKED_EQ && (cond->value_two & ~cond->value) != 0)
		return json_doc_error(p->doc, at, JSON_PLACE_VALUE, p->err,
			"\"valueTwo\" has bits outside the mask \"value\": this can never hold");
	return 0;
}

static int add_conds(struct parser *p, const char *pointer, const json_t *value, struct seccomp_rule *rule)
{
	bool seen[SECCOMP_ARG_COUNT] = {false};
	size_t n = json_array_size(value);

	rule->conds = calloc(n + 1, sizeof *rule->conds);
	if (rule->conds == NULL)
		return error_set(p->err, ENOMEM, "%s", p->doc->name);
	for (size_t i = 0; i < n; i++) {
		char at[POINTER_MAX];

		pointer_element(at, pointer, i);
		if (read_cond(p, at, json_array_get(value, i), &rule->conds[i]) < 0)
			return -1;
		/* As in runc: one argument named twice makes every condition of the rule a rule of its own. */
		if (seen[rule->conds[i].index])
			rule->any = true;
		seen[rule->conds[i].index] = true;
	}
	rule->n_conds = n;
	return 0;
}

static int read_args(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return wrong_type(p, pointer, "a list of conditions");
	((struct reading *)out)->args = value;
	return 0;
}

static int read_names(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct reading *r = out;

	if (r->names != NULL)
		return json_doc_error(
			p->doc, pointer, JSON_PLACE_KEY, p->err, "\"name\" and \"names\" " PHRASE_EXCLUDE);
	if (strcmp(strrchr(pointer, '/'), "/name") == 0) {
		if (!json_is_string(value))
			return wrong_type(p, pointer, "the name of a system call");
	} else if (!json_is_array(value) || json_array_size(value) == 0) {
		return wrong_type(p, pointer, "a list of system calls");
	}
	r->names = value;
	return 0;
}

static int read_rule_action(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_action(p, pointer, value, &((struct reading *)out)->rule->action);
}

static int read_rule_errno(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct errno_given *given = &((struct reading *)out)->errno_given;

	given->number = true;
	return read_errno(p, pointer, value, &given->by_number);
}

static int read_rule_errno_name(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct errno_given *given = &((struct reading *)out)->errno_given;

	given->name = true;
	return read_errno_name(p, pointer, value, &given->by_name);
}

static int read_includes(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_when(p, pointer, value, &((struct reading *)out)->rule->includes);
}

static int read_excludes(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_when(p, pointer, value, &((struct reading *)out)->rule->excludes);
}

static int read_comment(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return keep_text(p, pointer, value, &((struct reading *)out)->rule->comment);
}

static int add_name(struct parser *p, const char *pointer, const json_t *value, struct seccomp_rule *rule)
{
	if (!json_is_string(value))
		return wrong_type(p, pointer, "the name of a system call");
	return rule_add_name(p, pointer, json_string_value(value), true, rule);
}

static int add_names(struct parser *p, const char *pointer, const json_t *names, struct seccomp_rule *rule)
{
	char at[POINTER_MAX + 16];

	if (json_is_string(names)) {
		snprintf(at, sizeof at, "%s/name", pointer);
		return add_name(p, at, names, rule);
	}
	for (size_t i = 0; i < json_array_size(names); i++) {
		const json_t *name = json_array_get(names, i);

		snprintf(at, sizeof at, "%s/names/%zu", pointer, i);
		if (json_is_string(name) && seccomp_rule_has_name(rule, json_string_value(name)))
			json_doc_error(p->doc, at, JSON_PLACE_VALUE, p->err,
				"\"%.64s\": " PHRASE_GIVEN_AGAIN " in this rule", json_string_value(name));
		else if (add_name(p, at, name, rule) == 0)
			continue;
		if (complain(p) < 0)
			return -1;
	}
	return 0;
}

int read_rule(struct parser *p, const char *pointer, const json_t *value, struct seccomp_rule *rule)
{
	static const struct field fields[] = {
		{"names", read_names, false, NULL},
		{"name", read_names, false, NULL},
		{"action", read_rule_action, true, NULL},
		{"errnoRet", read_rule_errno, false, NULL},
		{"args", read_args, false, NULL},
		{"comment", read_comment, false, NULL},
		{"errno", read_rule_errno_name, false, NULL},
		{"includes", read_includes, false, NULL},
		{"excludes", read_excludes, false, NULL},
	};
	struct reading r = {.rule = rule};
	char at[POINTER_MAX + 16];

	if (read_object(p, pointer, value, fields, sizeof fields / sizeof fields[0], &r) < 0)
		return -1;
	if (r.names == NULL)
		return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "\"names\" is missing");
	if (add_errno(p, pointer, "errnoRet", "errno", &r.errno_given, &rule->action) < 0)
		return -1;
	rule_resolve(p, rule);
	snprintf(at, sizeof at, "%s/args", pointer);
	if (r.args != NULL && add_conds(p, at, r.args, rule) < 0) {
		if (complain(p) < 0)
			return -1;
		rule->inactive = true; /* what it decides is not known: only its names are looked at */
	}
	return add_names(p, pointer, r.names, rule);
}
