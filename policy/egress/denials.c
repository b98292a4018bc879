#include "policy/egress/denials.h"

#include "policy/egress/egress.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No set of ours holds more than 256. */
#define DENIALS_MAX 1024

static int64_t integer_at(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? value : 0;
}

/* A protocol without a name for nft is a number. */
static void copy_protocol(const json_t *protocol, char *text, size_t size)
{
	if (json_is_string(protocol))
		snprintf(text, size, "%s", json_string_value(protocol));
	else
		snprintf(text, size, "%lld", (long long)json_integer_value(protocol));
}

/* {"elem": {"val": {"concat": [ADDRESS, PROTOCOL, PORT]}, "counter": {"packets": N}}} */
static bool read_element(const json_t *wrapped, struct egress_denial *denial)
{
	const json_t *element = json_object_get(wrapped, "elem");
	const json_t *parts = json_object_get(json_object_get(element, "val"), "concat");
	const char *address = json_string_value(json_array_get(parts, 0));

	if (address == NULL || strlen(address) >= sizeof denial->address || json_array_size(parts) < 2)
		return false;
	snprintf(denial->address, sizeof denial->address, "%s", address);
	copy_protocol(json_array_get(parts, 1), denial->protocol, sizeof denial->protocol);
	denial->port = (uint16_t)json_integer_value(json_array_get(parts, 2));
	denial->count = (uint64_t)integer_at(json_object_get(element, "counter"), "packets");
	return true;
}

static int read_set(const json_t *set, struct egress_denials *denials, struct error *err)
{
	static const char *const ours[] = {"refused4", "refused6", "other4", "other6"};
	const char *name = json_string_value(json_object_get(set, "name"));
	const json_t *elements = json_object_get(set, "elem"), *element;
	struct egress_denial *grown;
	bool wanted = false;
	size_t i;

	for (i = 0; name != NULL && i < sizeof ours / sizeof ours[0]; i++)
		wanted = wanted || strcmp(name, ours[i]) == 0;
	if (!wanted || json_array_size(elements) == 0)
		return 0;
	grown = reallocarray(denials->items, denials->n + json_array_size(elements), sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "network: denials");
	denials->items = grown;
	json_array_foreach (elements, i, element) {
		if (denials->n >= DENIALS_MAX)
			break;
		if (!read_element(element, &grown[denials->n]))
			return error_set(err, 0, "network: denials: unexpected element of %s", name);
		denials->n++;
	}
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct egress_denial *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->address, y->address);
}

int egress_denials_parse(const char *text, size_t len, struct egress_denials *denials, struct error *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	const json_t *objects = json_object_get(root, "nftables"), *object;
	int result = 0;
	size_t i;

	*denials = (struct egress_denials){0};
	if (!json_is_array(objects))
		result = error_set(err, 0, "network: denials: unexpected output of nft: %s",
			root == NULL ? where.text : "no array nftables");
	json_array_foreach (objects, i, object) {
		const json_t *set = json_object_get(object, "set"), *counter = json_object_get(object, "counter");

		if (result == 0 && set != NULL)
			result = read_set(set, denials, err);
		if (counter != NULL)
			denials->total += (uint64_t)integer_at(counter, "packets");
	}
	json_decref(root);
	if (denials->n > 1)
		qsort(denials->items, denials->n, sizeof denials->items[0], by_count);
	return result;
}

void egress_denials_free(struct egress_denials *denials)
{
	free(denials->items);
	*denials = (struct egress_denials){0};
}
