#include "runner/slot/gate.h"

#include "runner/common/log.h"

#include <stddef.h>

/* Where a job's files lie. */
static bool has_room(const struct supervisor *supervisor, const struct room_wanted *wanted, char why[ROOM_WHY_MAX])
{
	const struct config *config = &supervisor->config;
	const char *directories[3] = {supervisor->state.dir};
	size_t n = 1;

	if (config->layers != NULL)
		directories[n++] = config->layers;
	if (config->workdir != NULL && *config->workdir == '/')
		directories[n++] = config->workdir;
	return room_has(wanted, directories, n, why);
}

/* So that it does not close again at once. */
static uint64_t more_than(uint64_t bytes)
{
	const uint64_t most = UINT64_C(256) << 20;

	return bytes + (bytes / 8 < most ? bytes / 8 : most);
}

bool gate_is_open(const struct supervisor *supervisor, char why[ROOM_WHY_MAX])
{
	return has_room(supervisor, &supervisor->config.room, why);
}

bool gate_await(struct supervisor *supervisor)
{
	const struct room_wanted *wanted = &supervisor->config.room;
	const struct room_wanted more = {more_than(wanted->disk), more_than(wanted->memory)};
	struct stop *stop = &supervisor->stop;
	char why[ROOM_WHY_MAX];

	if (gate_is_open(supervisor, why))
		return true;
	log_line("too little room for a job: %s: not registered until there is more", why);
	stop->bound = STOP_DRAIN;
	do {
		if (stop_sleep(stop, GATE_POLL_NS))
			return false;
	} while (!has_room(supervisor, &more, why));
	log_line("room for jobs again");
	return true;
}
