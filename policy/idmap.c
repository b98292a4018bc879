#include "policy/idmap.h"

#include "common/cleanup.h"
#include "policy/subid.h"

#include <stdio.h>
#include <string.h>

/* One of the two files, with what errors say of it. */
struct side {
	const char *file;   /* "/etc/subuid" */
	const char *kind;   /* "uid" */
	const char *parent; /* the map of the caller's own namespace */
	struct subid_list list;
	struct subid_list other; /* of the other file */
	struct subid_owner owner;
	uint32_t own; /* the caller's own id of this kind */
};

static void side_free(struct side *side)
{
	subid_list_free(&side->list);
	subid_list_free(&side->other);
}

static void owner_text(const struct side *side, char *text, size_t size)
{
	if (side->owner.name != NULL)
		snprintf(text, size, "%s", side->owner.name);
	else
		snprintf(text, size, "%u", side->owner.id);
}

/* The remedy for every lack of ids: the line to add. Always -1. */
static int hint_line(const struct side *side, const char *how, struct error *err)
{
	uint32_t first = subid_free_range(&side->list, &side->other, &side->owner, IDMAP_IDS);
	char owner[256];

	owner_text(side, owner, sizeof owner);
	if (first == 0)
		return error_hint(err, "no range of %u free ids: take some from another user", IDMAP_IDS);
	return error_hint(err, "%s %s: %s:%u:%u", how, side->file, owner, first, IDMAP_IDS);
}

static bool overlap(const struct subid *a, const struct subid *b)
{
	return a->first < b->first + b->count && b->first < a->first + a->count;
}

/* A range must be the caller's alone: ids shared with another user are that user's files and processes. */
static int check_alone(const struct side *side, const struct subid *line, struct error *err)
{
	for (size_t i = 0; i < side->list.n; i++) {
		const struct subid *other = &side->list.lines[i];

		if (other == line || other->malformed || !overlap(line, other))
			continue;
		error_set(err, 0, "%s:%u: %u:%u overlaps the range of %.*s in line %u", side->file, line->line,
			line->first, line->count, (int)(other->owner_len < 64 ? other->owner_len : 64), other->owner,
			other->line);
		if (subid_is_owned(other, &side->owner))
			return error_hint(err, "remove one of the two lines");
		return hint_line(side, "use a free range in", err);
	}
	return 0;
}

static int check_line(const struct side *side, const struct subid *line, struct error *err)
{
	const uint32_t never[] = {0, side->own};

	if (line->malformed) {
		error_set(err, 0, "%s:%u: not NAME:FIRST:COUNT", side->file, line->line);
		return hint_line(side, "write it like this in", err);
	}
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (never[i] - line->first < line->count) {
			error_set(err, 0, "%s:%u: %u:%u contains %s %u, which is %s", side->file, line->line,
				line->first, line->count, side->kind, never[i], i == 0 ? "root's" : "the caller's own");
			return hint_line(side, "replace the line in", err);
		}
	return check_alone(side, line, err);
}

/* Whether all these ids exist in the namespace we are in: those of a container are few. */
static bool parent_has(const char *map, uint32_t first, uint32_t count)
{
	uint32_t inside, outside, length;
	int used;

	for (; sscanf(map, " %u %u %u%n", &inside, &outside, &length, &used) == 3; map += used)
		if (first >= inside && first - inside < length && count <= length - (first - inside))
			return true;
	return false;
}

static int add_extent(const struct side *side, struct idmap *map, uint32_t inside, uint32_t outside, uint32_t count,
	struct error *err)
{
	if (!parent_has(side->parent, outside, count)) {
		error_set(err, 0, "%ss %u to %u: not mapped in this user namespace", side->kind, outside,
			outside + count - 1);
		return error_hint(err, "start the container with more ids, or use ids that it has in %s", side->file);
	}
	if (map->n == IDMAP_EXTENTS_MAX) {
		error_set(err, 0, "%s: more than %d ranges", side->file, IDMAP_EXTENTS_MAX - 1);
		return hint_line(side, "put one long range into", err);
	}
	map->extents[map->n++] = (struct idmap_extent){inside, outside, count};
	return 0;
}

/* Inside 0 is the caller; from 1 on the ranges follow each other in the order of the file. */
static int decide(const struct side *side, struct idmap *map, struct error *err)
{
	uint32_t next = 1;
	char owner[256];

	*map = (struct idmap){0};
	if (add_extent(side, map, 0, side->own, 1, err) < 0)
		return -1;
	for (size_t i = 0; i < side->list.n; i++) {
		const struct subid *line = &side->list.lines[i];
		uint32_t count;

		if (!subid_is_owned(line, &side->owner))
			continue;
		if (check_line(side, line, err) < 0)
			return -1;
		count = line->count < IDMAP_IDS - next ? line->count : IDMAP_IDS - next;
		if (count > 0 && add_extent(side, map, next, line->first, count, err) < 0)
			return -1;
		next += count;
		if (count < line->count) {
			map->spare = line->first + count;
			return 0;
		}
	}
	owner_text(side, owner, sizeof owner);
	if (next == 1)
		error_set(err, 0, "%s: no range for %s", side->file, owner);
	else
		error_set(err, 0, "%s: %u ids for %s: %u required", side->file, next - 1, owner, IDMAP_IDS);
	return hint_line(side, "add this line to", err);
}

static int check_program(const char *name, enum idmap_program_state state, const char *cap, struct error *err)
{
	switch (state) {
	case IDMAP_PROGRAM_MISSING:
		error_set(err, 0, "%s: not found", name);
		return error_hint(err, "apt-get install uidmap");
	case IDMAP_PROGRAM_POWERLESS:
		error_set(err, 0, "%s: neither setuid root nor with file capabilities", name);
		return error_hint(
			err, "setcap %s+ep \"$(command -v %s)\", or apt-get install --reinstall uidmap", cap, name);
	case IDMAP_PROGRAM_NOSUID:
		error_set(err, 0, "%s: on a file system mounted nosuid", name);
		return error_hint(err, "mount it without nosuid");
	case IDMAP_PROGRAM_OK:
		return 0;
	}
	return error_set(err, 0, "%s: state %d", name, (int)state);
}

int idmap_check_programs(const struct facts_idmap *facts, gid_t gid, struct error *err)
{
	if (check_program("newuidmap", facts->newuidmap, "cap_setuid", err) < 0 ||
		check_program("newgidmap", facts->newgidmap, "cap_setgid", err) < 0)
		return -1;
	if (facts->no_new_privs) {
		error_set(err, 0, "no_new_privs is set: newuidmap cannot gain privileges");
		return error_hint(err, "systemd: NoNewPrivileges=no; docker: no --security-opt no-new-privileges");
	}
	if (gid != facts->primary) {
		error_set(err, 0, "gid %u is not the caller's primary group, %u, and newgidmap maps no other", gid,
			facts->primary);
		return error_hint(err, "start the launcher without newgrp or sg");
	}
	return 0;
}

/* Both files are read for each: the line to add has a range that is free in both. */
static int decide_side(
	struct side *side, const char *text, const char *other_text, struct idmap *map, struct error *err)
{
	if (subid_parse(text, strlen(text), &side->list, err) < 0 ||
		subid_parse(other_text, strlen(other_text), &side->other, err) < 0)
		return -1;
	return decide(side, map, err);
}

int idmap_decide_uids(const struct facts_idmap *facts, uid_t uid, struct idmap *map, struct error *err)
{
	_cleanup_(side_free) struct side side = {.file = "/etc/subuid",
		.kind = "uid",
		.parent = facts->parent_uids,
		.owner = {facts->user, uid},
		.own = uid};

	return decide_side(&side, facts->subuid, facts->subgid, map, err);
}

int idmap_decide_gids(const struct facts_idmap *facts, uid_t uid, gid_t gid, struct idmap *map, struct error *err)
{
	_cleanup_(side_free) struct side side = {.file = "/etc/subgid",
		.kind = "gid",
		.parent = facts->parent_gids,
		.owner = {facts->user, uid}, /* not the gid: subgid(5) */
		.own = gid};

	return decide_side(&side, facts->subgid, facts->subuid, map, err);
}

int idmap_decide(const struct facts_idmap *facts, uid_t uid, gid_t gid, struct idmap *uids, struct idmap *gids,
	struct error *err)
{
	if (idmap_check_programs(facts, gid, err) < 0 || idmap_decide_uids(facts, uid, uids, err) < 0 ||
		idmap_decide_gids(facts, uid, gid, gids, err) < 0)
		return error_context(err, "identity subuid");
	return 0;
}
