#include "runner/metrics/deadline.h"

#include "common/clock.h"

#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#define LIMIT_NS (10 * NS_PER_S)
#define NEVER INT64_MAX

static void begin(struct deadlines *deadlines, int fd, void **of)
{
	for (size_t i = 0; i < DEADLINE_CONNECTIONS; i++) {
		struct deadline *deadline = &deadlines->of[i];

		if (deadline->fd != 0)
			continue;
		*deadline = (struct deadline){deadlines, fd, clock_monotonic_ns() + LIMIT_NS};
		*of = deadline;
		pthread_cond_signal(&deadlines->begun);
		return;
	}
}

void deadline_connection(
	void *deadlines, struct MHD_Connection *connection, void **of, enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct deadlines *all = deadlines;

	pthread_mutex_lock(&all->lock);
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		begin(all, info->connect_fd, of);
	else if (*of != NULL)
		*(struct deadline *)*of = (struct deadline){.fd = 0}; /* after this the descriptor is closed */
	pthread_mutex_unlock(&all->lock);
}

void deadline_answered(
	void *unused, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct deadline *deadline = info->socket_context;

	(void)unused, (void)request, (void)how;
	if (deadline == NULL || deadline->all == NULL)
		return;
	pthread_mutex_lock(&deadline->all->lock);
	deadline->end_ns = clock_monotonic_ns() + LIMIT_NS;
	pthread_cond_signal(&deadline->all->begun);
	pthread_mutex_unlock(&deadline->all->lock);
}

/* Returns when the next one's time is over; NEVER without one. One that was ended is closed by the server. */
static int64_t end_old(struct deadlines *deadlines)
{
	const int64_t now = clock_monotonic_ns();
	int64_t next = NEVER;

	for (size_t i = 0; i < DEADLINE_CONNECTIONS; i++) {
		struct deadline *deadline = &deadlines->of[i];

		if (deadline->fd == 0)
			continue;
		if (deadline->end_ns <= now) {
			shutdown(deadline->fd, SHUT_RDWR);
			deadline->end_ns = NEVER;
		}
		if (deadline->end_ns < next)
			next = deadline->end_ns;
	}
	return next;
}

void deadline_enforce(struct deadlines *deadlines, int64_t until_ns)
{
	const int64_t last = until_ns < 0 ? NEVER : until_ns;

	pthread_mutex_lock(&deadlines->lock);
	while (clock_monotonic_ns() < last) {
		const int64_t end = end_old(deadlines), next = end < last ? end : last;
		const struct timespec until = {next / NS_PER_S, next % NS_PER_S};

		pthread_cond_clockwait(&deadlines->begun, &deadlines->lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&deadlines->lock);
}
