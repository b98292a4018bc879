#include "sandbox/start.h"

#include "common/clock.h"
#include "sandbox/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Several launchers may wait at one descriptor. Who comes too late for a byte must not sleep in read(2), where it would
 * hear no signal: a pipe is opened once more, since O_NONBLOCK on the caller's own would be his, too. His may also be
 * open for writing, and we would wait for ourselves when he is gone. */
static void open_again(int fd)
{
	struct stat st;
	char path[32];
	int again;

	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (again < 0) /* another user's */
		return;
	dup3(again, fd, O_CLOEXEC);
	close(again);
}

static int on_byte(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = read(fd, &byte, 1);

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

	if (fd == 0)
		return 0;
	open_again(fd);
	return watch_add(watch, fd, POLLIN, on_byte, NULL, err);
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
