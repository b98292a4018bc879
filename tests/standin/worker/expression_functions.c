#include "tests/standin/worker/expression_functions.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <string.h>
#include <strings.h>

bool expression_truth(const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) > 0;
	if (json_is_number(value))
		return json_number_value(value) < 0 || json_number_value(value) > 0;
	return !json_is_null(value) && !json_is_false(value);
}

char *expression_text(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return strdup(json_string_value(value));
	case JSON_INTEGER:
		return format("%lld", (long long)json_integer_value(value));
	case JSON_REAL:
		return format("%.15g", json_real_value(value));
	case JSON_TRUE:
		return strdup("true");
	case JSON_FALSE:
		return strdup("false");
	case JSON_OBJECT:
		return strdup("Object");
	case JSON_ARRAY:
		return strdup("Array");
	case JSON_NULL:
		break;
	}
	return strdup("");
}

bool expression_equal(const json_t *left, const json_t *right)
{
	_cleanup_(freep) char *a = expression_text(left);
	_cleanup_(freep) char *b = expression_text(right);

	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

typedef json_t *function(const json_t *arguments, const struct expression_scope *scope);

static json_t *call_success(const json_t *arguments, const struct expression_scope *scope)
{
	(void)arguments;
	return json_boolean(!scope->failed && !scope->cancelled);
}

static json_t *call_failure(const json_t *arguments, const struct expression_scope *scope)
{
	(void)arguments;
	return json_boolean(scope->failed && !scope->cancelled);
}

static json_t *call_always(const json_t *arguments, const struct expression_scope *scope)
{
	(void)arguments;
	(void)scope;
	return json_true();
}

static json_t *call_cancelled(const json_t *arguments, const struct expression_scope *scope)
{
	(void)arguments;
	return json_boolean(scope->cancelled);
}

/* format('a {0} {{b}}', x) */
static json_t *call_format(const json_t *arguments, const struct expression_scope *scope)
{
	_cleanup_(freep) char *text = expression_text(json_array_get(arguments, 0));
	_cleanup_(freep) char *out = strdup("");
	const char *p = text;

	(void)scope;
	while (p != NULL && out != NULL && *p != '\0') {
		_cleanup_(freep) char *value = NULL, *longer = NULL;
		size_t index, plain = strcspn(p, "{}");
		int used = 0;

		if (p[plain] != '\0' && p[plain] == p[plain + 1]) {
			longer = format("%s%.*s", out, (int)plain + 1, p);
			p += plain + 2;
		} else if (sscanf(p + plain, "{%zu}%n", &index, &used) == 1 && used > 0) {
			const json_t *argument = json_array_get(arguments, index + 1);

			value = argument == NULL ? NULL : expression_text(argument);
			if (value == NULL)
				return NULL;
			longer = format("%s%.*s%s", out, (int)plain, p, value);
			p += plain + (size_t)used;
		} else if (p[plain] != '\0') {
			return NULL;
		} else {
			longer = format("%s%s", out, p);
			p += plain;
		}
		free(out);
		out = take_ptr(longer);
	}
	return out == NULL ? NULL : json_string(out);
}

static json_t *call_contains(const json_t *arguments, const struct expression_scope *scope)
{
	const json_t *where = json_array_get(arguments, 0), *each;
	_cleanup_(freep) char *text = expression_text(where);
	_cleanup_(freep) char *what = expression_text(json_array_get(arguments, 1));
	size_t i;

	(void)scope;
	json_array_foreach (where, i, each) {
		if (expression_equal(each, json_array_get(arguments, 1)))
			return json_true();
	}
	return json_boolean(!json_is_array(where) && text != NULL && what != NULL && strcasestr(text, what) != NULL);
}

static json_t *call_starts_with(const json_t *arguments, const struct expression_scope *scope)
{
	_cleanup_(freep) char *text = expression_text(json_array_get(arguments, 0));
	_cleanup_(freep) char *what = expression_text(json_array_get(arguments, 1));

	(void)scope;
	return json_boolean(text != NULL && what != NULL && strncasecmp(text, what, strlen(what)) == 0);
}

static json_t *call_ends_with(const json_t *arguments, const struct expression_scope *scope)
{
	_cleanup_(freep) char *text = expression_text(json_array_get(arguments, 0));
	_cleanup_(freep) char *what = expression_text(json_array_get(arguments, 1));

	(void)scope;
	return json_boolean(text != NULL && what != NULL && strlen(text) >= strlen(what) &&
			    strcasecmp(text + strlen(text) - strlen(what), what) == 0);
}

static json_t *call_to_json(const json_t *arguments, const struct expression_scope *scope)
{
	_cleanup_(freep) char *text = json_dumps(json_array_get(arguments, 0), JSON_ENCODE_ANY | JSON_INDENT(2));

	(void)scope;
	return text == NULL ? NULL : json_string(text);
}

static json_t *call_from_json(const json_t *arguments, const struct expression_scope *scope)
{
	_cleanup_(freep) char *text = expression_text(json_array_get(arguments, 0));

	(void)scope;
	return text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
}

static const struct {
	const char *name;
	size_t least; /* number of arguments */
	function *call;
} functions[] = {
	{"success", 0, call_success},
	{"failure", 0, call_failure},
	{"always", 0, call_always},
	{"cancelled", 0, call_cancelled},
	{"format", 1, call_format},
	{"contains", 2, call_contains},
	{"startsWith", 2, call_starts_with},
	{"endsWith", 2, call_ends_with},
	{"toJSON", 1, call_to_json},
	{"fromJSON", 1, call_from_json},
};

json_t *expression_call(
	const char *name, size_t len, const json_t *arguments, const struct expression_scope *scope, struct error *err)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		json_t *result;

		if (strlen(functions[i].name) != len || strncasecmp(functions[i].name, name, len) != 0)
			continue;
		result = json_array_size(arguments) < functions[i].least ? NULL : functions[i].call(arguments, scope);
		if (result == NULL)
			error_set(err, 0, "expression: bad arguments of %s", functions[i].name);
		return result;
	}
	error_set(err, 0, "expression: unknown function '%.*s'", (int)len, name);
	return NULL;
}
