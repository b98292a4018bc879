#include "tests/standin/worker/expression.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/worker/expression_functions.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ARGUMENTS_MAX 16
#define DEPTH_MAX 64

struct parser {
	const char *at;
	const struct expression_scope *scope;
	struct error *err;
	int depth;
};

static json_t *parse_or(struct parser *p);

static json_t *fail(struct parser *p, const char *what)
{
	error_set(p->err, 0, "expression: %s at '%.40s'", what, p->at);
	return NULL;
}

static bool take(struct parser *p, const char *text)
{
	size_t len = strlen(text);

	p->at += strspn(p->at, " \t\r\n");
	if (strncmp(p->at, text, len) != 0)
		return false;
	p->at += len;
	return true;
}

static json_t *parse_string(struct parser *p)
{
	const char *start = ++p->at;
	_cleanup_(freep) char *text = malloc(strlen(start) + 1);
	size_t used = 0;

	if (text == NULL)
		return fail(p, "out of memory");
	for (; *p->at != '\0'; p->at++) {
		if (*p->at == '\'' && *++p->at != '\'')
			return json_stringn(text, used);
		text[used++] = *p->at;
	}
	return fail(p, "string without an end");
}

static json_t *parse_number(struct parser *p)
{
	char *end;
	double value = strtod(p->at, &end);

	if (end == p->at)
		return fail(p, "neither a value nor a name");
	p->at = end;
	return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_' || (n > 0 && text[n] == '-'))
		n++;
	return n;
}

static json_t *parse_call(struct parser *p, const char *name, size_t len)
{
	json_t *arguments = json_array(), *result;

	if (!take(p, ")")) {
		do {
			json_t *value = json_array_size(arguments) < ARGUMENTS_MAX ? parse_or(p)
										   : fail(p, "too many arguments");

			if (value == NULL) {
				json_decref(arguments);
				return NULL;
			}
			json_array_append_new(arguments, value);
		} while (take(p, ","));
		if (!take(p, ")")) {
			json_decref(arguments);
			return fail(p, "')' is missing");
		}
	}
	result = expression_call(name, len, arguments, p->scope, p->err);
	json_decref(arguments);
	return result;
}

static const json_t *member(const json_t *object, const char *name, size_t len)
{
	const char *key;
	json_t *each;

	json_object_foreach ((json_t *)object, key, each) {
		if (strlen(key) == len && strncasecmp(key, name, len) == 0)
			return each;
	}
	return NULL;
}

/* A name of a context, then .name and ['name']. What is not there is null, as in the official one. */
static json_t *parse_lookup(struct parser *p, const char *name, size_t len)
{
	const json_t *value = member(p->scope->contexts, name, len);

	for (;;) {
		if (*p->at == '.') {
			len = name_length(++p->at);
			if (len == 0)
				return fail(p, "name is missing");
			value = member(value, p->at, len);
			p->at += len;
		} else if (*p->at == '[') {
			json_t *index;

			p->at++;
			index = parse_or(p);
			if (index == NULL)
				return NULL;
			if (json_is_integer(index) && json_integer_value(index) >= 0)
				value = json_array_get(value, (size_t)json_integer_value(index));
			else
				value = json_is_string(index)
						? member(value, json_string_value(index), json_string_length(index))
						: NULL;
			json_decref(index);
			if (!take(p, "]"))
				return fail(p, "']' is missing");
		} else {
			return value == NULL ? json_null() : json_deep_copy(value);
		}
	}
}

static json_t *parse_primary(struct parser *p)
{
	const char *name;
	size_t len;

	if (take(p, "(")) {
		json_t *value = parse_or(p);

		if (value != NULL && !take(p, ")")) {
			json_decref(value);
			return fail(p, "')' is missing");
		}
		return value;
	}
	p->at += strspn(p->at, " \t\r\n");
	if (*p->at == '\'')
		return parse_string(p);
	len = isdigit((unsigned char)*p->at) ? 0 : name_length(p->at);
	if (len == 0)
		return parse_number(p);
	name = p->at;
	p->at += len;
	if (take(p, "("))
		return parse_call(p, name, len);
	if (len == 4 && strncmp(name, "true", len) == 0)
		return json_true();
	if (len == 5 && strncmp(name, "false", len) == 0)
		return json_false();
	if (len == 4 && strncmp(name, "null", len) == 0)
		return json_null();
	return parse_lookup(p, name, len);
}

static json_t *parse_not(struct parser *p)
{
	json_t *value, *result;

	p->at += strspn(p->at, " \t\r\n");
	if (p->at[0] != '!' || p->at[1] == '=')
		return parse_primary(p);
	p->at++;
	if (++p->depth > DEPTH_MAX)
		return fail(p, "too deep");
	value = parse_not(p);
	p->depth--;
	if (value == NULL)
		return NULL;
	result = json_boolean(!expression_truth(value));
	json_decref(value);
	return result;
}

static json_t *parse_equal(struct parser *p)
{
	json_t *left = parse_not(p);

	while (left != NULL) {
		bool negated = take(p, "!=");
		json_t *right;
		bool equal;

		if (!negated && !take(p, "=="))
			break;
		right = parse_not(p);
		equal = right != NULL && expression_equal(left, right);
		json_decref(left);
		left = right == NULL ? NULL : json_boolean(equal != negated);
		json_decref(right);
	}
	return left;
}

static json_t *parse_and(struct parser *p)
{
	json_t *left = parse_equal(p);

	while (left != NULL && take(p, "&&")) {
		json_t *right = parse_equal(p);

		if (right == NULL || expression_truth(left)) {
			json_decref(left);
			left = right;
		} else {
			json_decref(right);
		}
	}
	return left;
}

static json_t *parse_or(struct parser *p)
{
	json_t *left;

	if (++p->depth > DEPTH_MAX)
		return fail(p, "too deep");
	left = parse_and(p);
	while (left != NULL && take(p, "||")) {
		json_t *right = parse_and(p);

		if (right == NULL || !expression_truth(left)) {
			json_decref(left);
			left = right;
		} else {
			json_decref(right);
		}
	}
	p->depth--;
	return left;
}

json_t *expression_evaluate(const char *text, const struct expression_scope *scope, struct error *err)
{
	struct parser p = {.at = text, .scope = scope, .err = err};
	json_t *value = parse_or(&p);

	p.at += strspn(p.at, " \t\r\n");
	if (value != NULL && *p.at != '\0') {
		json_decref(value);
		return fail(&p, "unexpected text");
	}
	return value;
}

static bool names_status(const char *text)
{
	static const char *const names[] = {"success(", "failure(", "always(", "cancelled("};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasestr(text, names[i]) != NULL)
			return true;
	return false;
}

int expression_condition(const char *text, const struct expression_scope *scope, struct error *err)
{
	_cleanup_(freep) char *inner = NULL;
	json_t *value;
	int truth;

	text += strspn(text, " \t\r\n");
	if (strncmp(text, "${{", 3) == 0 && strstr(text, "}}") != NULL)
		inner = strndup(text + 3, (size_t)(strstr(text, "}}") - text - 3));
	if (inner != NULL)
		text = inner;
	if (!names_status(text) && (scope->failed || scope->cancelled))
		return 0;
	value = expression_evaluate(*text == '\0' ? "success()" : text, scope, err);
	if (value == NULL)
		return -1;
	truth = expression_truth(value);
	json_decref(value);
	return truth;
}

char *expression_interpolate(const char *text, const struct expression_scope *scope, struct error *err)
{
	char *out = strdup("");

	while (out != NULL) {
		const char *open = strstr(text, "${{");
		const char *close = open == NULL ? NULL : strstr(open, "}}");
		_cleanup_(freep) char *inner = NULL, *value = NULL, *longer = NULL;
		json_t *result;

		if (close == NULL) {
			longer = format("%s%s", out, text);
			free(out);
			return take_ptr(longer);
		}
		inner = strndup(open + 3, (size_t)(close - open - 3));
		result = inner == NULL ? NULL : expression_evaluate(inner, scope, err);
		if (result == NULL)
			break;
		value = expression_text(result);
		json_decref(result);
		longer = format("%s%.*s%s", out, (int)(open - text), text, value == NULL ? "" : value);
		free(out);
		out = take_ptr(longer);
		text = close + 2;
	}
	free(out);
	return NULL;
}

json_t *expression_expand(const json_t *value, const struct expression_scope *scope, struct error *err)
{
	json_t *out = json_object(), *each;
	const char *key;

	if (json_is_string(value)) {
		_cleanup_(freep) char *text = expression_interpolate(json_string_value(value), scope, err);

		json_decref(out);
		return text == NULL ? NULL : json_string(text);
	}
	if (!json_is_object(value)) {
		json_decref(out);
		return json_deep_copy(value);
	}
	json_object_foreach ((json_t *)value, key, each) {
		json_t *expanded = expression_expand(each, scope, err);

		if (expanded == NULL) {
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, key, expanded);
	}
	return out;
}
