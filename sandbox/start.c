#include "sandbox/start.h"

#include "common/clock.h"
#include "sandbox/message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int on_byte(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	char byte;
	ssize_t n = read(fd, &byte, 1);

	(void)revents;
	(void)data;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return error_set(err, errno, "start: descriptor %d", fd);
	if (n == 0)
		return error_set(err, 0, "start: descriptor %d was closed and no byte came: nothing has run", fd);
	message_send(watch->sock, &(struct message){.kind = MESSAGE_GO});
	watch->told->going = true;
	watch->told->went_ns = clock_monotonic_ns();
	clock_gettime(CLOCK_REALTIME, &watch->outcome->start);
	watch_remove(watch, fd);
	close(fd);
	return watch_limit(watch, err);
}

int start_watch(struct watch *watch, struct error *err)
{
	const int fd = (int)watch->plan->start_fd;

	return fd == 0 ? 0 : watch_add(watch, fd, POLLIN, on_byte, NULL, err);
}

bool start_is_awaited(const struct plan *plan, const struct told *told)
{
	return plan->start_fd != 0 && !told->going;
}

int start_signal(int sig, struct error *err)
{
	switch (sig) {
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
	case SIGQUIT:
		return error_set(err, 0, "start: SIG%s came before the byte: nothing has run", sigabbrev_np(sig));
	default:
		return 0;
	}
}

/* By read(2): plan_resolve() has seen to it that the policy allows that one. */
int start_wait(const struct plan *plan, int sock, struct error *err)
{
	struct message go;
	ssize_t n;

	if (plan->start_fd == 0)
		return 0;
	do
		n = read(sock, &go, sizeof go);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, errno, "start: hear from the launcher");
	return n == (ssize_t)sizeof go && go.kind == MESSAGE_GO ? 0 : error_set(err, 0, "start: the launcher is gone");
}
