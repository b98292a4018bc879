#include "runner/roll.h"

#include "common/cleanup.h"
#include "runner/check.h"
#include "runner/common/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int use(struct supervisor *supervisor, struct error *err)
{
	memset(&supervisor->world, 0, sizeof supervisor->world);
	if (dist_open(&supervisor->dist, supervisor->config.runner_dir, err) < 0 || check_profile(supervisor, err) < 0)
		return -1;
	/* A stop came first. */
	return supervisor->world.home != NULL ? 0 : error_set(err, EINTR, "distribution");
}

bool roll_adopt(struct supervisor *supervisor)
{
	_cleanup_(freep) char *current = realpath(supervisor->config.runner_dir, NULL);
	struct dist dist = supervisor->dist;
	struct world world = supervisor->world;
	struct error err;

	if (!supervisor->config.runner_dir_is_fetched || current == NULL || strcmp(current, dist.dir) == 0)
		return false;
	if (use(supervisor, &err) == 0) {
		dist_close(&dist);
		world_free(&world);
		return true;
	}
	if (err.errnum != EINTR) {
		error_context(&err, "%s: the slots stay with %s", current, dist.dir);
		log_error(&err);
	}
	dist_close(&supervisor->dist);
	world_free(&supervisor->world);
	supervisor->dist = dist;
	supervisor->world = world;
	return false;
}
