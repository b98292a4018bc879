/* Hostile /etc/subuid and /etc/subgid: deciding ends, and either gives maps that hold what policy/idmap.h says, or an
 * error with a text. The bytes up to the first NUL are one file, the rest is the other. */
#include "policy/idmap.h"
#include "policy/subid.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check_map(const struct idmap *map, uint32_t own)
{
	uint64_t next = 1;

	CHECK(map->n >= 2 && map->n <= IDMAP_EXTENTS_MAX);
	CHECK(map->extents[0].inside == 0 && map->extents[0].outside == own && map->extents[0].count == 1);
	for (unsigned i = 1; i < map->n; i++) {
		const struct idmap_extent *extent = &map->extents[i];

		CHECK(extent->inside == next && extent->count > 0);
		CHECK((uint64_t)extent->outside + extent->count <= UINT32_MAX);
		CHECK(extent->outside != 0 && own - extent->outside >= extent->count);
		CHECK(map->spare - extent->outside >= extent->count);
		for (unsigned k = 1; k < i; k++)
			CHECK(map->extents[k].outside + map->extents[k].count <= extent->outside ||
				extent->outside + extent->count <= map->extents[k].outside);
		next += extent->count;
	}
	CHECK(next == IDMAP_IDS);
	CHECK(map->spare != 0 && map->spare != own && map->spare != UINT32_MAX);
}

/* A range that is suggested is nobody's. */
static void check_free(const char *a, const char *b)
{
	const struct subid_owner alice = {"alice", 1001};
	struct subid_list one, other;
	struct error err;
	uint32_t first;

	CHECK(subid_parse(a, strlen(a), &one, &err) == 0 && subid_parse(b, strlen(b), &other, &err) == 0);
	first = subid_free_range(&one, &other, &alice, IDMAP_IDS);
	for (size_t i = 0; first != 0 && i < one.n + other.n; i++) {
		const struct subid *line = i < one.n ? &one.lines[i] : &other.lines[i - one.n];

		CHECK(line->malformed || (i >= one.n && subid_is_owned(line, &alice)) ||
			line->first + line->count <= first || first + IDMAP_IDS <= line->first);
	}
	CHECK(first == 0 || first >= 100000);
	subid_list_free(&one);
	subid_list_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char user[] = "alice", all[] = "0 0 4294967295\n";
	char *text = malloc(size + 2), *second;
	struct facts_idmap facts = {.user = user,
		.primary = 1001,
		.parent_uids = all,
		.parent_gids = all,
		.newuidmap = IDMAP_PROGRAM_OK,
		.newgidmap = IDMAP_PROGRAM_OK};
	struct idmap uids, gids;
	struct error err = {0};

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	second = text + strlen(text) + 1;
	facts.subuid = text;
	facts.subgid = second;
	check_free(text, second);
	if (idmap_decide(&facts, 1001, 1001, &uids, &gids, &err) < 0) {
		CHECK(err.text[0] != '\0' && err.hint[0] != '\0');
	} else {
		check_map(&uids, 1001);
		check_map(&gids, 1001);
	}
	free(text);
	return 0;
}
