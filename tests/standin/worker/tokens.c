#include "tests/standin/worker/tokens.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"

#define DEPTH_MAX 64

/* What distinguishes the two notations: the members' names. */
struct notation {
	const char *kind;
	const char *list;
	const char *pairs;
	const char *pair_key;
	const char *pair_value;
	const char *scalars[4];
};

static const struct notation template_tokens = {"type", "seq", "map", "Key", "Value", {"lit", "bool", "num", NULL}};
static const struct notation context_data = {"t", "a", "d", "k", "v", {"s", "b", "n", NULL}};

static json_t *plain(const json_t *token, const struct notation *n, int depth);

static json_t *plain_list(const json_t *list, const struct notation *n, int depth)
{
	json_t *out = json_array(), *each;
	size_t i;

	json_array_foreach (list, i, each) {
		json_array_append_new(out, plain(each, n, depth));
	}
	return out;
}

static json_t *plain_pairs(const json_t *pairs, const struct notation *n, int depth)
{
	json_t *out = json_object(), *pair;
	size_t i;

	json_array_foreach (pairs, i, pair) {
		json_t *key = plain(field(pair, n->pair_key), n, depth);

		if (json_is_string(key))
			json_object_set_new(out, json_string_value(key), plain(field(pair, n->pair_value), n, depth));
		json_decref(key);
	}
	return out;
}

static json_t *plain_object(const json_t *object, const struct notation *n, int depth)
{
	json_t *out = json_object(), *each;
	const char *key;

	json_object_foreach ((json_t *)object, key, each) {
		json_object_set_new(out, key, plain(each, n, depth));
	}
	return out;
}

static json_t *plain(const json_t *token, const struct notation *n, int depth)
{
	const char *expression = field_text(token, "expr");

	if (token == NULL || depth >= DEPTH_MAX)
		return json_null();
	if (json_is_array(token))
		return plain_list(token, n, depth + 1);
	if (!json_is_object(token))
		return json_deep_copy(token);
	if (field(token, n->pairs) != NULL)
		return plain_pairs(field(token, n->pairs), n, depth + 1);
	if (field(token, n->list) != NULL)
		return plain_list(field(token, n->list), n, depth + 1);
	if (expression != NULL) {
		_cleanup_(freep) char *text = format("${{ %s }}", expression);

		return json_string(text == NULL ? "" : text);
	}
	for (const char *const *scalar = n->scalars; *scalar != NULL; scalar++)
		if (field(token, *scalar) != NULL)
			return json_deep_copy(field(token, *scalar));
	if (json_is_integer(json_object_get(token, n->kind))) {
		/* The serializers leave out what is empty or zero. */
		switch (json_integer_value(json_object_get(token, n->kind))) {
		case 1:
			return json_array();
		case 2:
		case 5:
			return json_object();
		default:
			return json_string("");
		}
	}
	return plain_object(token, n, depth + 1);
}

json_t *token_plain(const json_t *token)
{
	return plain(token, &template_tokens, 0);
}

json_t *context_plain(const json_t *data)
{
	return plain(data, &context_data, 0);
}
