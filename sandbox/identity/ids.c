#include "sandbox/identity/ids.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static int lost(const char *call, const char *what, struct error *err)
{
	error_set(err, 0, "%s: %s unchanged: the call returned success without taking effect", call, what);
	return error_hint(err, "run without an outer tracer or seccomp filter");
}

static bool is_among(gid_t gid, const gid_t *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static int check_groups(const gid_t *groups, size_t n_groups, struct error *err)
{
	_cleanup_(freep) gid_t *ours = calloc(n_groups + 1, sizeof *ours);
	int n;

	if (ours == NULL)
		return error_set(err, ENOMEM, "getgroups");
	n = getgroups((int)n_groups + 1, ours);
	if (n < 0 && errno != EINVAL) /* that is: there are more */
		return error_set(err, errno, "getgroups");
	if (n != (int)n_groups)
		return lost("setgroups", "the supplementary groups are", err);
	for (int i = 0; i < n; i++)
		if (!is_among(ours[i], groups, n_groups))
			return lost("setgroups", "the supplementary groups are", err);
	return 0;
}

int ids_check(uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups, struct error *err)
{
	uid_t uids[3];
	gid_t gids[3];

	if (getresuid(&uids[0], &uids[1], &uids[2]) < 0)
		return error_set(err, errno, "getresuid");
	if (getresgid(&gids[0], &gids[1], &gids[2]) < 0)
		return error_set(err, errno, "getresgid");
	for (size_t i = 0; i < 3; i++) {
		if (uids[i] != uid)
			return lost("setresuid", "a user id is", err);
		if (gids[i] != gid)
			return lost("setresgid", "a group id is", err);
	}
	return check_groups(groups, n_groups, err);
}
