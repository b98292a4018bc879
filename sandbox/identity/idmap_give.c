#include "sandbox/identity/idmap_give.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/idmap_run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LIMIT_NS INT64_C(30000000000)

static int give(void *data, struct error *err)
{
	const int *fd = data;

	return fchownat(*fd, "", 1, 1, AT_EMPTY_PATH) == 0 ? 0 : error_set(err, errno, "give a file to the spare id");
}

static struct idmap with_spare(const struct idmap *map)
{
	return (struct idmap){.n = 2, .extents = {map->extents[0], {.inside = 1, .outside = map->spare, .count = 1}}};
}

int idmap_give_to_nobody(int fd, struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};
	struct idmap uids, gids;

	if (facts_idmap_detect(&facts, err) < 0)
		return -1;
	if (idmap_decide(&facts, getuid(), getgid(), &uids, &gids, err) < 0)
		return 0;
	uids = with_spare(&uids);
	gids = with_spare(&gids);
	return idmap_run(&uids, &gids, clock_monotonic_ns() + LIMIT_NS, give, &fd, err) < 0 ? -1 : 1;
}

bool idmap_is_given(const struct stat *st)
{
	return st->st_uid != getuid();
}
