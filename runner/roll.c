#include "runner/roll.h"

#include "common/cleanup.h"
#include "runner/check.h"
#include "runner/common/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int use(struct supervisor *supervisor, struct error *err)
{
	supervisor->worlds = NULL;
	if (dist_open(&supervisor->dist, supervisor->config.runner_dir, err) < 0 || check_profiles(supervisor, err) < 0)
		return -1;
	for (size_t i = 0; i < supervisor->config.pools.n; i++)
		if (supervisor->worlds[i].home == NULL) /* a stop came first */
			return error_set(err, EINTR, "distribution");
	return 0;
}

bool roll_adopt(struct supervisor *supervisor)
{
	_cleanup_(freep) char *current = realpath(supervisor->config.runner_dir, NULL);
	struct dist dist = supervisor->dist;
	struct world *worlds = supervisor->worlds;
	const size_t n = supervisor->config.pools.n;
	struct error err;

	if (!supervisor->config.runner_dir_is_fetched || current == NULL || strcmp(current, dist.dir) == 0)
		return false;
	if (use(supervisor, &err) == 0) {
		dist_close(&dist);
		worlds_free(worlds, n);
		return true;
	}
	if (err.errnum != EINTR) {
		error_context(&err, "%s: the slots stay with %s", current, dist.dir);
		log_error(&err);
	}
	dist_close(&supervisor->dist);
	worlds_free(supervisor->worlds, n);
	supervisor->dist = dist;
	supervisor->worlds = worlds;
	return false;
}
