#include "policy/seccomp/fields.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 4095

void pointer_element(char out[POINTER_MAX], const char *array, size_t index)
{
	snprintf(out, POINTER_MAX, "%.90s/%zu", array, index);
}

int wrong_type(struct parser *p, const char *pointer, const char *what)
{
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "expected %s", what);
}

/* An unknown key may hold anything, also what a pointer must escape. */
static int unknown_key(struct parser *p, const char *pointer, const char *key)
{
	char at[POINTER_MAX * 2];
	size_t used = (size_t)snprintf(at, sizeof at, "%.100s/", pointer);

	for (const char *c = key; *c != '\0'; c++) {
		if (used + 3 > sizeof at) /* too long to be looked up: point to the object */
			return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown key \"%.64s…\"", key);
		if (*c == '~' || *c == '/') {
			at[used++] = '~';
			at[used++] = *c == '~' ? '0' : '1';
		} else {
			at[used++] = *c;
		}
	}
	at[used] = '\0';
	return json_doc_error(p->doc, at, JSON_PLACE_KEY, p->err, "unknown key \"%.64s\"", key);
}

static const struct field *find_field(const struct field *fields, size_t n_fields, const char *key)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(fields[i].key, key) == 0)
			return &fields[i];
	return NULL;
}

int complain(struct parser *p)
{
	if (p->told) {
		p->told = false;
		return 0;
	}
	if (p->context->report == NULL || p->errors >= SECCOMP_ERRORS_MAX || p->err->errnum == ENOMEM)
		return -1;
	p->context->report(p->err, p->context->report_context);
	if (++p->errors < SECCOMP_ERRORS_MAX)
		return 0;
	return error_set(p->err, 0, "%s: more than %d errors: giving up", p->doc->name, SECCOMP_ERRORS_MAX - 1);
}

static int read_member(struct parser *p, const char *pointer, const char *key, const json_t *value,
	const struct field *field, void *out)
{
	char at[POINTER_MAX];

	if (field == NULL)
		return unknown_key(p, pointer, key);
	snprintf(at, sizeof at, "%.90s/%.32s", pointer, key);
	if (field->read == NULL)
		return json_doc_error(p->doc, at, JSON_PLACE_KEY, p->err, "\"%s\": %s", key, field->refused);
	return field->read(p, at, value, out);
}

int read_object(struct parser *p, const char *pointer, const json_t *value, const struct field *fields, size_t n_fields,
	void *out)
{
	const unsigned before = p->errors;
	const char *key;
	json_t *member;

	if (!json_is_object(value))
		return wrong_type(p, pointer, "an object");
	json_object_foreach ((json_t *)value, key, member)
		if (read_member(p, pointer, key, member, find_field(fields, n_fields, key), out) < 0 && complain(p) < 0)
			return -1;
	for (size_t i = 0; i < n_fields; i++)
		if (fields[i].required && json_object_get(value, fields[i].key) == NULL) {
			json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "\"%s\" is missing", fields[i].key);
			if (complain(p) < 0)
				return -1;
		}
	p->told = p->errors > before;
	return p->told ? -1 : 0;
}

int read_text(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	return json_is_string(value) ? 0 : wrong_type(p, pointer, "a string");
}

int keep_text(struct parser *p, const char *pointer, const json_t *value, char **text)
{
	if (!json_is_string(value))
		return wrong_type(p, pointer, "a string");
	free(*text);
	*text = NULL;
	if (json_string_length(value) == 0)
		return 0;
	*text = strdup(json_string_value(value));
	return *text == NULL ? error_set(p->err, ENOMEM, "%s", p->doc->name) : 0;
}

int read_action(struct parser *p, const char *pointer, const json_t *value, uint32_t *action)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
		{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
		{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
		{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
	};
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "the name of an action");
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].name, name) == 0) {
			*action = actions[i].action;
			return 0;
		}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
		strcmp(name, "SCMP_ACT_NOTIFY") == 0 || strcmp(name, "SCMP_ACT_TRACE") == 0
			? "action \"%.64s\" is not supported"
			: "unknown action \"%.64s\"",
		name);
}

int read_errno(struct parser *p, const char *pointer, const json_t *value, uint32_t *errno_ret)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value))
		return wrong_type(p, pointer, "a number");
	if (n < 0 || n > ERRNO_MAX)
		return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
			"errno out of range: expected 0 to %d, not %" JSON_INTEGER_FORMAT, ERRNO_MAX, n);
	*errno_ret = (uint32_t)n;
	return 0;
}

int read_errno_name(struct parser *p, const char *pointer, const json_t *value, uint32_t *errno_ret)
{
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "the name of an errno");
	for (int n = 1; n < 256; n++) {
		const char *known = strerrorname_np(n);

		if (known != NULL && strcmp(known, name) == 0) {
			*errno_ret = (uint32_t)n;
			return 0;
		}
	}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown errno \"%.64s\"", name);
}

int add_errno(struct parser *p, const char *pointer, const char *number_key, const char *name_key,
	const struct errno_given *given, uint32_t *action)
{
	char at[POINTER_MAX + 32];

	snprintf(at, sizeof at, "%s/%s", pointer, given->name ? name_key : number_key);
	if (*action != SECCOMP_RET_ERRNO)
		return given->name || given->number
			       ? json_doc_error(p->doc, at, JSON_PLACE_KEY, p->err, "an errno requires SCMP_ACT_ERRNO")
			       : 0;
	if (given->name && given->number && given->by_name != given->by_number)
		return json_doc_error(p->doc, at, JSON_PLACE_VALUE, p->err, "%s is %u, but \"%s\" says %u",
			strerrorname_np((int)given->by_name), given->by_name, number_key, given->by_number);
	*action |= given->number ? given->by_number : given->name ? given->by_name : EPERM;
	return 0;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int read_u64(struct parser *p, const char *pointer, const json_t *value, uint64_t *number)
{
	const char *text = json_string_value(value), *c = text;
	unsigned base = 10;

	if (json_is_integer(value)) {
		json_int_t n = json_integer_value(value);

		if (n < 0)
			return json_doc_error(
				p->doc, pointer, JSON_PLACE_VALUE, p->err, "negative number: expected 0 or more");
		*number = (uint64_t)n;
		return 0;
	}
	if (text == NULL)
		return wrong_type(p, pointer, "a whole number");
	if (c[0] == '0' && c[1] == 'x') {
		base = 16;
		c += 2;
	}
	*number = 0;
	do {
		unsigned digit = (unsigned)digit_value(*c);

		if (digit >= base)
			return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
				"\"%.64s\": not a whole number, decimal or 0x…", text);
		if (__builtin_mul_overflow(*number, base, number) || __builtin_add_overflow(*number, digit, number))
			return json_doc_error(
				p->doc, pointer, JSON_PLACE_VALUE, p->err, "\"%.64s\": more than 64 bits", text);
	} while (*++c != '\0');
	return 0;
}
