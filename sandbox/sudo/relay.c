#include "sandbox/sudo/relay.h"

#include "sandbox/sudo/calls.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/termios.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#define DRAIN_MAX (1 << 20) /* more than a pseudo-terminal holds */
#define NEW_LINES (OPOST | ONLCR)
#define ENDING (SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTERM))

static struct termios before, uninterpreted; /* the terminal's own modes, and those that we have set */

bool relay_is_terminal(int fd)
{
	struct termios modes = {0};

	return RAW3(ioctl, fd, TCGETS, &modes) == 0;
}

static bool is_pipe(int fd)
{
	struct stat st = {0};

	return RAW2(fstat, fd, &st) == 0 && S_ISFIFO(st.st_mode);
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

bool relay_is_in_front(const struct relay *relay)
{
	pid_t group = 0;

	return RAW3(ioctl, relay->tty, TIOCGPGRP, &group) == 0 && group == RAW1(getpgid, 0);
}

/* Once, and as soon as they are ours: while a shell has the terminal, it may have modes in which nobody can read a
 * line.
 */
static void give_modes(struct relay *relay)
{
	struct termios modes = {0};

	if (!relay->given && relay_is_in_front(relay) && RAW3(ioctl, relay->tty, TCGETS, &modes) == 0)
		relay->given = RAW3(ioctl, relay->master, TCSETS, &modes) == 0;
}

bool relay_begin(struct relay *relay, bool use)
{
	memset(relay, 0, sizeof *relay);
	relay->master = relay->slave = relay->tty = -1;
	/* An open file of our own: that it never waits is seen by nobody else. */
	if (use)
		relay->tty = (int)call_open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (relay->tty < 0)
		return true;
	if (!open_pair(relay))
		return false;
	give_modes(relay);
	relay_resize(relay);
	/* As sudo does: others in a pipeline may want the keyboard, so the command gets it when it reads. */
	relay->wanted = relay_is_in_front(relay) && !is_pipe(0) && !is_pipe(1);
	return true;
}

int relay_given(const struct relay *relay, int fd)
{
	return relay->slave >= 0 && relay_is_terminal(fd) ? relay->slave : fd;
}

void relay_start(struct relay *relay)
{
	struct termios now = {0};

	if (relay->tty < 0 || !relay->wanted || !relay_is_in_front(relay) ||
		RAW3(ioctl, relay->tty, TCGETS, &now) != 0) {
		relay->raw = false;
		return;
	}
	give_modes(relay);
	if (relay->raw && memcmp(&now, &uninterpreted, sizeof now) == 0)
		return;
	before = now; /* a shell may have changed it while we were stopped */
	now.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	now.c_oflag &= (tcflag_t)~OPOST;
	now.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	now.c_cflag = (now.c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8;
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	relay->raw =
		RAW3(ioctl, relay->tty, TCSETSW, &now) == 0 && RAW3(ioctl, relay->tty, TCGETS, &uninterpreted) == 0;
}

void relay_stop(struct relay *relay)
{
	if (relay->raw && relay_is_in_front(relay))
		RAW3(ioctl, relay->tty, TCSETSW, &before);
	relay->raw = false;
}

void relay_resize(const struct relay *relay)
{
	struct winsize size = {0};

	if (relay->master >= 0 && RAW3(ioctl, relay->tty, TIOCGWINSZ, &size) == 0)
		RAW3(ioctl, relay->master, TIOCSWINSZ, &size);
}

/* Without events even a hang-up is not waited for: it would be there at once, again and again. */
static struct pollfd source(int fd, int events)
{
	return (struct pollfd){.fd = events != 0 ? fd : -1, .events = (short)events};
}

void relay_sources(const struct relay *relay, struct pollfd *sources)
{
	const bool typed = relay->typed_at < relay->n_typed, shown = relay->shown_at < relay->n_shown;
	const bool reads = relay->raw && !relay->gone && !typed && relay->master >= 0;

	sources[0] = source(relay->master, (shown ? 0 : POLLIN) | (typed ? POLLOUT : 0));
	sources[1] = source(relay->tty, (reads ? POLLIN : 0) | (shown ? POLLOUT : 0));
}

/* A terminal that cannot be written to is gone, and the rest with it. */
static void show(struct relay *relay)
{
	while (relay->shown_at < relay->n_shown) {
		const long n =
			RAW3(write, relay->tty, relay->shown + relay->shown_at, relay->n_shown - relay->shown_at);

		if (n == -EAGAIN)
			return;
		if (n > 0)
			relay->shown_at += (unsigned)n;
		else if (n != -EINTR)
			relay->shown_at = relay->n_shown;
	}
}

/* A terminal with its own modes makes CR LF of LF itself, after the command's has done so. */
static bool makes_new_lines(const struct relay *relay)
{
	struct termios modes = {0};

	return !relay->raw && RAW3(ioctl, relay->tty, TCGETS, &modes) == 0 && (modes.c_oflag & NEW_LINES) == NEW_LINES;
}

/* How much there was, or -errno. Everything shown before has been written. */
static long take_output(struct relay *relay)
{
	char text[RELAY_CHUNK] = {0};
	const long n = RAW3(read, relay->master, text, sizeof text);
	const bool doubled = n > 0 && makes_new_lines(relay);

	if (n <= 0)
		return n;
	relay->n_shown = relay->shown_at = 0;
	for (long i = 0; i < n; i++) {
		if (relay->held && !(doubled && text[i] == '\n'))
			relay->shown[relay->n_shown++] = '\r';
		relay->held = doubled && text[i] == '\r';
		if (!relay->held)
			relay->shown[relay->n_shown++] = text[i];
	}
	show(relay);
	return n;
}

static void write_typed(struct relay *relay)
{
	const long n = RAW3(write, relay->master, relay->typed + relay->typed_at, relay->n_typed - relay->typed_at);

	if (n > 0)
		relay->typed_at += (unsigned)n;
	else if (n != -EAGAIN && n != -EINTR)
		relay->typed_at = relay->n_typed;
}

static void read_keyboard(struct relay *relay)
{
	const long n = RAW3(read, relay->tty, relay->typed, sizeof relay->typed);

	relay->typed_at = 0;
	relay->n_typed = n > 0 ? (unsigned)n : 0;
	if (n > 0 || n == -EAGAIN || n == -EINTR)
		return;
	/* In the background it is an error, too (SIGTTIN is blocked): it is somebody else's now. */
	if (relay_is_in_front(relay))
		relay->gone = true;
	else
		relay->raw = false;
}

void relay_copy(struct relay *relay, const struct pollfd *sources)
{
	const short master = sources[0].revents, tty = sources[1].revents;

	if ((master & POLLOUT) != 0)
		write_typed(relay);
	if ((tty & (POLLOUT | POLLHUP | POLLERR)) != 0)
		show(relay);
	if ((sources[1].events & POLLIN) != 0 && (tty & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_keyboard(relay);
	if ((master & POLLIN) != 0) {
		take_output(relay);
	} else if ((master & (POLLHUP | POLLERR)) != 0) {
		call_close(relay->master); /* nobody has the other end any more */
		relay->master = -1;
	}
}

/* False: a signal has ended the wait. */
static bool finish_show(struct relay *relay, int signals)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = relay->tty, .events = POLLOUT}, {.fd = signals, .events = POLLIN}};
		struct signalfd_siginfo info = {0};

		show(relay);
		if (relay->shown_at >= relay->n_shown)
			return true;
		if (call_poll(fds, 2, NULL) > 0 && fds[1].revents != 0 &&
			RAW3(read, signals, &info, sizeof info) == (long)sizeof info &&
			(SIGNAL_BIT(info.ssi_signo) & ENDING) != 0)
			return false;
	}
}

void relay_drain(struct relay *relay, int signals)
{
	long n, left = DRAIN_MAX;

	if (relay->master < 0)
		return;
	while (finish_show(relay, signals) && left > 0) {
		n = take_output(relay);
		if (n <= 0)
			break;
		left -= n;
	}
	if (relay->held)
		RAW3(write, relay->tty, "\r", 1);
	relay->held = false;
}
