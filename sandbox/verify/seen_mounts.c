#include "sandbox/verify/seen_mounts.h"

#include "common/cleanup.h"
#include "common/mountinfo.h"
#include "common/path.h"
#include "sandbox/root/cgroupfs.h"

#include <stdlib.h>
#include <string.h>

enum flags { WRITABLE = 1 << 0, SUID = 1 << 1, DEV = 1 << 2, EXEC = 1 << 3, ANY = WRITABLE | SUID | DEV | EXEC };

/* What is in no mount table, because sandbox/ makes it always: what a mount there may be. */
static const struct {
	const char *path;
	unsigned flags;
} always[] = {
	{"/proc", WRITABLE},
	{"/dev", 0},
	{"/dev/pts", WRITABLE | DEV},
	{"/dev/mqueue", WRITABLE},
	{"/dev/shm", WRITABLE},
};

static unsigned flags_of(char *options)
{
	unsigned flags = ANY;

	for (char *word; (word = strsep(&options, ",")) != NULL;)
		if (strcmp(word, "ro") == 0)
			flags &= ~(unsigned)WRITABLE;
		else if (strcmp(word, "nosuid") == 0)
			flags &= ~(unsigned)SUID;
		else if (strcmp(word, "nodev") == 0)
			flags &= ~(unsigned)DEV;
		else if (strcmp(word, "noexec") == 0)
			flags &= ~(unsigned)EXEC;
	return flags;
}

/* A mask over a file is the null device. */
static unsigned allowed_by_row(const struct plan_mount *row)
{
	switch (row->kind) {
	case PLAN_MOUNT_BIND:
		return row->writable ? WRITABLE | EXEC : EXEC;
	case PLAN_MOUNT_HIDE:
		return DEV | EXEC;
	default:
		return WRITABLE | EXEC;
	}
}

/* The row whose mount is the nearest at or above a point, or NULL. */
static const struct plan_mount *row_of(const struct plan_root *root, char *const *points, const char *point)
{
	size_t longest = 0, found = root->n_mounts;

	for (size_t i = 0; i < root->n_mounts; i++)
		if (points[i] != NULL && path_is_within(point, points[i]) && strlen(points[i]) >= longest) {
			longest = strlen(points[i]);
			found = i;
		}
	return found < root->n_mounts ? &root->mounts[found] : NULL;
}

static bool has_row(char *const *points, size_t n, const char *point)
{
	for (size_t i = 0; i < n; i++)
		if (points[i] != NULL && strcmp(points[i], point) == 0)
			return true;
	return false;
}

static unsigned allowed(const struct plan_root *root, char *const *points, const char *point)
{
	const struct plan_mount *row = row_of(root, points, point);

	/* A row that shows more of the host's /sys says what may lie under ours. */
	if (strcmp(point, CGROUPFS_PATH) == 0 && !has_row(points, root->n_mounts, point) &&
		(row == NULL || row->kind != PLAN_MOUNT_BIND))
		return 0;
	if (row != NULL)
		return allowed_by_row(row);
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		if (strcmp(point, always[i].path) == 0)
			return always[i].flags;
	if (path_is_within(point, "/dev")) /* devices of the host's */
		return ANY;
	if (path_is_within(point, "/proc")) /* masks */
		return DEV | EXEC;
	return plan_has_layer(root) ? WRITABLE | EXEC : EXEC;
}

/* How many of those that are always made are not there, or are read-only and should not be. */
static uint64_t missing_always(const struct mountinfo *lines, uint64_t n, const unsigned *flags)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		bool found = false;

		for (uint64_t line = 0; line < n; line++)
			found = found || (strcmp(lines[line].point, always[i].path) == 0 &&
						 (flags[line] & WRITABLE) == (always[i].flags & WRITABLE));
		missing += !found;
	}
	return missing;
}

void seen_mounts(const struct plan_root *root, const uint64_t *ids, char *mountinfo, struct seen_values *seen)
{
	_cleanup_(freep) char **points = calloc(root->n_mounts + 1, sizeof *points);
	_cleanup_(freep) struct mountinfo *lines = NULL;
	_cleanup_(freep) unsigned *flags = NULL;
	uint64_t n = 0, roots = 0, writable = 0, loose = 0;
	size_t most = 1;

	for (const char *p = mountinfo; (p = strchr(p, '\n')) != NULL; p++)
		most++;
	lines = calloc(most, sizeof *lines);
	flags = calloc(most, sizeof *flags);
	if (points == NULL || lines == NULL || flags == NULL)
		return;
	while (n < most && mountinfo_next(&mountinfo, &lines[n])) {
		mountinfo_unescape(lines[n].point);
		for (size_t i = 0; i < root->n_mounts; i++)
			if (ids[i] == lines[n].id)
				points[i] = lines[n].point;
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned more;

		flags[i] = flags_of(lines[i].options);
		more = flags[i] & ~allowed(root, points, lines[i].point);
		roots += strcmp(lines[i].point, "/") == 0;
		writable += (more & WRITABLE) != 0;
		loose += (more & ~(unsigned)WRITABLE) != 0;
	}
	seen->values[SEEN_MOUNT_MISSING] += missing_always(lines, n, flags);
	seen->values[SEEN_MOUNTS] = n;
	seen->values[SEEN_MOUNT_ROOTS] = roots;
	seen->values[SEEN_MOUNT_WRITABLE] = writable;
	seen->values[SEEN_MOUNT_LOOSE] = loose;
}
