#include "sandbox/sudo/relay.h"

#include "sandbox/sudo/calls.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/termios.h>

static struct termios before; /* the terminal's own modes */

static bool is_terminal(int fd)
{
	struct termios modes;

	return RAW3(ioctl, fd, TCGETS, &modes) == 0;
}

/* In the order in which one is looked for: where output goes, else where input comes from. */
static int find_screen(void)
{
	static const signed char order[] = {1, 2, 0};

	for (size_t i = 0; i < sizeof order; i++)
		if (is_terminal(order[i]))
			return order[i];
	return -1;
}

static bool open_pair(struct relay *relay)
{
	const int unlocked = 0;
	long master = call_open("/dev/ptmx", O_RDWR | O_NOCTTY), slave;

	if (master < 0) {
		say_errno(master, "unable to allocate pty", NULL);
		return false;
	}
	RAW3(ioctl, master, TIOCSPTLCK, &unlocked);
	slave = RAW3(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		say_errno(slave, "unable to allocate pty", NULL);
		return false;
	}
	RAW3(fcntl, master, F_SETFL, O_RDWR | O_NONBLOCK);
	relay->master = (int)master;
	relay->slave = (int)slave;
	return true;
}

bool relay_begin(struct relay *relay)
{
	struct termios modes;

	relay->master = relay->slave = relay->keyboard = -1;
	relay->raw = false;
	relay->n_typed = relay->at = 0;
	relay->screen = find_screen();
	if (relay->screen < 0)
		return true;
	if (!open_pair(relay))
		return false;
	if (is_terminal(0))
		relay->keyboard = 0;
	RAW3(ioctl, relay->screen, TCGETS, &before);
	modes = before;
	/* A terminal that stays as it is makes CR LF of LF itself. */
	if (relay->keyboard < 0)
		modes.c_oflag &= (tcflag_t)~OPOST;
	RAW3(ioctl, relay->slave, TCSETS, &modes);
	relay_resize(relay);
	return true;
}

int relay_given(const struct relay *relay, int fd)
{
	return relay->slave >= 0 && is_terminal(fd) ? relay->slave : fd;
}

/* A process in the background may not set modes: SIGTTOU would stop it. */
static bool is_in_foreground(const struct relay *relay)
{
	pid_t group = 0;

	return RAW3(ioctl, relay->keyboard, TIOCGPGRP, &group) == 0 && group == RAW1(getpgid, 0);
}

void relay_start(struct relay *relay)
{
	struct termios modes;

	if (relay->keyboard < 0 || relay->raw || !is_in_foreground(relay) ||
		RAW3(ioctl, relay->keyboard, TCGETS, &before) != 0)
		return;
	modes = before;
	modes.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	modes.c_oflag &= (tcflag_t)~OPOST;
	modes.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	modes.c_cflag = (modes.c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	relay->raw = RAW3(ioctl, relay->keyboard, TCSETSW, &modes) == 0;
}

void relay_stop(struct relay *relay)
{
	if (relay->raw)
		RAW3(ioctl, relay->keyboard, TCSETSW, &before);
	relay->raw = false;
}

bool relay_is_away(const struct relay *relay)
{
	return relay->keyboard >= 0 && !relay->raw;
}

void relay_resize(const struct relay *relay)
{
	struct winsize size;

	if (relay->master >= 0 && RAW3(ioctl, relay->screen, TIOCGWINSZ, &size) == 0)
		RAW3(ioctl, relay->master, TIOCSWINSZ, &size);
}

void relay_sources(const struct relay *relay, struct pollfd *sources)
{
	const bool pending = relay->at < relay->n_typed;

	sources[0] = (struct pollfd){.fd = relay->master, .events = (short)(POLLIN | (pending ? POLLOUT : 0))};
	sources[1] = (struct pollfd){.fd = relay->raw && !pending ? relay->keyboard : -1, .events = POLLIN};
}

static void write_screen(const struct relay *relay, const char *text, size_t n)
{
	while (n > 0) {
		const long written = RAW3(write, relay->screen, text, n);

		if (written == -EINTR)
			continue;
		if (written <= 0)
			return;
		text += written;
		n -= (size_t)written;
	}
}

/* False: there is nothing to read now. */
static bool copy_output(struct relay *relay)
{
	char text[4096];
	const long n = RAW3(read, relay->master, text, sizeof text);

	if (n > 0)
		write_screen(relay, text, (size_t)n);
	return n > 0;
}

void relay_copy(struct relay *relay, const struct pollfd *sources)
{
	long n;

	if ((sources[0].revents & POLLIN) != 0) {
		copy_output(relay);
	} else if ((sources[0].revents & (POLLHUP | POLLERR)) != 0) {
		call_close(relay->master); /* nobody has the other end any more */
		relay->master = -1;
		return;
	}
	if ((sources[0].revents & POLLOUT) != 0) {
		n = RAW3(write, relay->master, relay->typed + relay->at, relay->n_typed - relay->at);
		if (n > 0)
			relay->at += (unsigned)n;
	}
	if (sources[1].revents != 0) {
		n = RAW3(read, relay->keyboard, relay->typed, sizeof relay->typed);
		relay->at = 0;
		relay->n_typed = n > 0 ? (unsigned)n : 0;
		if (n == 0 || (n < 0 && n != -EINTR && n != -EAGAIN))
			relay->keyboard = -1;
	}
}

void relay_drain(struct relay *relay)
{
	while (relay->master >= 0 && copy_output(relay))
		;
	relay_stop(relay);
}
