#include "tests/standin/listener/signals.h"

#include "tests/standin/shared/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static int channel[2] = {-1, -1};
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	int saved = errno;

	if (number != SIGCHLD && stop == 0)
		stop = number;
	if (write(channel[1], "", 1) < 0)
		errno = saved; /* full is as good as written */
	errno = saved;
}

int signals_start(struct error *err)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set(err, errno, "pipe");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return 0;
}

int signals_fd(void)
{
	return channel[0];
}

void signals_drain(void)
{
	char bytes[64];

	while (read(channel[0], bytes, sizeof bytes) > 0)
		continue;
}

int signals_stop(void)
{
	return stop;
}

bool signals_sleep(int64_t ms)
{
	int64_t until = clock_ms() + ms;

	for (int64_t left = ms; stop == 0 && left > 0; left = until - clock_ms()) {
		struct pollfd p = {.fd = channel[0], .events = POLLIN};

		poll(&p, 1, (int)left);
		signals_drain();
	}
	return stop != 0;
}
