/* Parses subordinate ids: /etc/subuid and /etc/subgid. subuid(5). Pure. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line `OWNER:FIRST:COUNT`. */
struct subid {
	const char *owner; /* points into the text; not NUL-terminated */
	size_t owner_len;
	uint32_t first;
	uint32_t count; /* at least 1; no range reaches (uint32_t)-1, which is no id */
	unsigned line;
	bool malformed; /* there is an owner, but not two numbers that make a range */
};

struct subid_list {
	struct subid *lines;
	size_t n;
};

/* Reads every line. Empty lines, comments (#) and lines without an owner are left out, as newuidmap(1) ignores them.
 * The list points into `text`. The caller frees with subid_list_free(). Fails only when memory runs out. */
int subid_parse(const char *text, size_t len, struct subid_list *list, struct error *err);
void subid_list_free(struct subid_list *list);

/* Whose ranges: lines may name the owner or give the number. */
struct subid_owner {
	const char *name; /* NULL: without a name */
	uint32_t id;
};

/* Whether the line is the owner's. */
bool subid_is_owned(const struct subid *line, const struct subid_owner *owner);

/* The first id of `count` that nobody has, at or above 100000 where useradd(8) begins; 0: there are none. `list` is of
 * the file that lacks them. In `other`, that of the other file, the owner's own lines do not count: the same numbers in
 * both are what useradd(8) gives. */
uint32_t subid_free_range(
	const struct subid_list *list, const struct subid_list *other, const struct subid_owner *owner, uint32_t count);
