#include "runner/launch/listener_start.h"

#include "common/cleanup.h"
#include "runner/worker/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int listener_start_make(struct listener_start *start, struct error *err)
{
	int p[2];

	*start = (struct listener_start){.said = -1, .say = -1};
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	start->said = p[0];
	start->say = p[1];
	return fcntl(start->said, F_SETFL, O_NONBLOCK) < 0 ? error_set(err, errno, "pipe: O_NONBLOCK") : 0;
}

void listener_start_free(struct listener_start *start)
{
	close_fd(&start->said);
	close_fd(&start->say);
}

void listener_start_command(
	struct launch *launch, const struct supervisor *supervisor, const struct listener_start *start)
{
	const int fd = launch_fd(launch, start->say);

	arguments_add(&launch->argv, "--");
	arguments_add(&launch->argv, "%s/bin/Runner.Worker", supervisor->dist.dir);
	arguments_add(&launch->argv, HANDOVER_START);
	arguments_add(&launch->argv, "%d", fd);
}

void listener_start_begun(struct listener_start *start)
{
	close_fd(&start->say);
}

/* The word comes in one write(2), and is then taken from the pipe: what is left open is what has not been heard. */
bool listener_start_is_shim(struct listener_start *start)
{
	char word[sizeof HANDOVER_SHIM];
	ssize_t n;

	if (start->said < 0)
		return true;
	n = read(start->said, word, sizeof word);
	if (n != (ssize_t)strlen(HANDOVER_SHIM) || memcmp(word, HANDOVER_SHIM, (size_t)n) != 0)
		return false;
	close_fd(&start->said);
	return true;
}
