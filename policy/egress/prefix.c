#include "policy/egress/prefix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

unsigned egress_address_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* The bits behind the prefix become 0, and so do the bytes that do not count. */
static struct egress_prefix trim(struct egress_prefix prefix)
{
	for (unsigned bit = prefix.length; bit < 8 * sizeof prefix.bytes; bit++)
		prefix.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return prefix;
}

bool egress_prefix_covers(const struct egress_prefix *prefix, const struct egress_prefix *other)
{
	struct egress_prefix start = *other, end = *prefix;

	if (prefix->family != other->family || prefix->length > other->length)
		return false;
	start.length = prefix->length;
	start = trim(start);
	end = trim(end);
	return memcmp(start.bytes, end.bytes, sizeof start.bytes) == 0;
}

/* By family, address and length: what covers another stands before it. */
static int compare(const void *left, const void *right)
{
	const struct egress_prefix *a = left, *b = right;
	const int bytes = memcmp(a->bytes, b->bytes, sizeof a->bytes);

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return bytes != 0 ? bytes : a->length - b->length;
}

void egress_prefixes_normalize(struct egress_prefixes *set)
{
	size_t n = 0;

	if (set->n == 0)
		return;
	qsort(set->items, set->n, sizeof set->items[0], compare);
	for (size_t i = 0; i < set->n; i++)
		if (n == 0 || !egress_prefix_covers(&set->items[n - 1], &set->items[i]))
			set->items[n++] = set->items[i];
	set->n = n;
}

/* Repetitions, such as one gateway of many routes, take no room for long. */
static int make_room(struct egress_prefixes *set, struct error *err)
{
	const size_t room = set->room == 0 ? 32 : 2 * set->room;
	struct egress_prefix *items;

	if (set->n < set->room)
		return 0;
	egress_prefixes_normalize(set);
	if (set->n > EGRESS_PREFIXES_MAX)
		return error_set(err, 0, "more than %d addresses and networks", EGRESS_PREFIXES_MAX);
	if (set->n < set->room / 2)
		return 0;
	items = reallocarray(set->items, room, sizeof *items);
	if (items == NULL)
		return error_set(err, ENOMEM, "addresses");
	set->items = items;
	set->room = room;
	return 0;
}

int egress_prefixes_add(struct egress_prefixes *set, const struct egress_prefix *prefix, struct error *err)
{
	if (make_room(set, err) < 0)
		return -1;
	set->items[set->n++] = trim(*prefix);
	return 0;
}

void egress_prefixes_free(struct egress_prefixes *set)
{
	free(set->items);
	*set = (struct egress_prefixes){0};
}
