#include "runner/distribution/choose.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/distribution/fetch.h"

#include <unistd.h>

bool choose_fetched(struct config *config)
{
	_cleanup_(freep) char *dir = config->state_dir != NULL ? fetch_directory(config->state_dir) : NULL;
	_cleanup_(freep) char *current = dir != NULL ? format("%s/current", dir) : NULL;

	if (config->runner_dir_is_given || current == NULL || access(current, F_OK) < 0)
		return false;
	free(config->runner_dir);
	config->runner_dir = take_ptr(current);
	config->runner_dir_is_fetched = true;
	return true;
}
