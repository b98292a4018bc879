#include "tests/standin/worker/channel.h"

#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/frame.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int wake_fd = -1;
static int message_fd = -1;
static _Atomic(char *) job_text;
static atomic_int request;
static atomic_bool broken;
static struct error broken_err;

static void wake(void)
{
	static const uint64_t one = 1;

	while (write(wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

static void on_signal(int number)
{
	int saved = errno;

	if (number == SIGTERM)
		atomic_store(&request, FRAME_RUNNER_SHUTDOWN);
	wake();
	errno = saved;
}

static void *receive(void *unused)
{
	struct frame frame;
	struct error err;

	(void)unused;
	while (frame_receive(message_fd, &frame, &err) == 0) {
		if (frame.type == FRAME_NEW_JOB) {
			free(atomic_exchange(&job_text, frame.body));
		} else {
			free(frame.body);
			if (frame.type > atomic_load(&request))
				atomic_store(&request, frame.type);
		}
		wake();
	}
	broken_err = err;
	atomic_store(&broken, true);
	wake();
	return NULL;
}

int channel_start(int fd, struct error *err)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	pthread_t thread;
	int rc;

	message_fd = fd;
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return error_set(err, errno, "eventfd");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	rc = pthread_create(&thread, NULL, receive, NULL);
	if (rc != 0)
		return error_set(err, rc, "thread");
	pthread_detach(thread);
	return 0;
}

char *channel_job(int64_t timeout_ms, struct error *err)
{
	int64_t until = clock_ms() + timeout_ms;

	for (;;) {
		char *text = atomic_exchange(&job_text, NULL);

		if (text != NULL)
			return text;
		if (atomic_load(&broken)) {
			*err = broken_err;
			return NULL;
		}
		if (atomic_load(&request) != 0) {
			error_set(err, 0, "message channel: the first message was no job");
			return NULL;
		}
		if (clock_ms() >= until) {
			error_set(err, ETIMEDOUT, "message channel: no job");
			return NULL;
		}
		channel_wait(-1, until - clock_ms());
	}
}

int channel_request(void)
{
	return atomic_load(&request);
}

void channel_wait(int fd, int64_t timeout_ms)
{
	struct pollfd p[2] = {{.fd = wake_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	uint64_t count;

	poll(p, 2, timeout_ms < 0 ? 0 : (int)timeout_ms);
	if (p[0].revents != 0 && read(wake_fd, &count, sizeof count) < 0)
		return; /* somebody emptied it first: as good as woken */
}
