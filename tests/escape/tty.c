/* What a job can do to the terminal that it was given as standard input: type into it, for whoever reads it afterwards.
 * Run below tests/escape/pty.c, which is that reader. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define HIGH (0x7f5a5a5aL << 32) /* the kernel takes the request as 32 bits */

static long type(int fd, unsigned long request)
{
	for (const char *key = "echo owned\n"; *key != '\0'; key++)
		if (syscall(SYS_ioctl, fd, request, key) < 0)
			return -1;
	return 0;
}

static void type_plainly(char **args)
{
	(void)args;
	verdict("TIOCSTI", type(0, TIOCSTI));
}

static void type_high(char **args)
{
	(void)args;
	verdict("TIOCSTI with an upper half", type(0, HIGH | TIOCSTI));
}

static int controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		verdict("/dev/tty", fd);
	return fd;
}

static void type_by_name(char **args)
{
	(void)args;
	verdict("TIOCSTI on /dev/tty", type(controlling_terminal(), TIOCSTI));
}

static void open_controlling(char **args)
{
	(void)args;
	verdict("/dev/tty", controlling_terminal());
}

/* Opened again without O_NOCTTY, a terminal may become the session's. */
static void type_reopened(char **args)
{
	int fd = open("/proc/self/fd/0", O_RDWR | O_CLOEXEC);

	(void)args;
	if (fd < 0)
		verdict("/proc/self/fd/0", fd);
	verdict("TIOCSTI on the terminal opened again", type(fd, TIOCSTI));
}

/* A terminal that is nobody's becomes the job's, and what controls it may type. */
static void type_taken(char **args)
{
	(void)args;
	ioctl(0, TIOCSCTTY, 0);
	verdict("TIOCSTI on the terminal taken over", type(0, TIOCSTI));
}

static void take_over(char **args)
{
	(void)args;
	verdict("TIOCSCTTY", ioctl(0, TIOCSCTTY, 0));
}

/* A pseudo-terminal is no console: ENOTTY is the answer of its driver. */
static void paste(char **args)
{
	char subcode = 3; /* TIOCL_PASTESEL */
	int result = (int)syscall(SYS_ioctl, 0, strcmp(args[0], "high") == 0 ? HIGH | TIOCLINUX : TIOCLINUX, &subcode);

	if (result >= 0 || errno == ENOTTY)
		succeeded("TIOCLINUX: reached the driver");
	verdict("TIOCLINUX", result);
}

/* Descriptors 0-2, then the same opened again for all that can be had. */
static int nth_way(int n)
{
	char path[32];

	if (n <= STDERR_FILENO)
		return n;
	snprintf(path, sizeof path, "/proc/self/fd/%d", n - STDERR_FILENO - 1);
	return open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
}
#define WAYS 6

/* What is typed for another program: `make | sudo tee log`. */
static void eavesdrop(char **args)
{
	char text[256];

	(void)args;
	for (int i = 0; i < WAYS; i++) {
		struct pollfd fd = {.fd = nth_way(i), .events = POLLIN};
		ssize_t n;

		if (fd.fd < 0 || poll(&fd, 1, 0) <= 0 || (fd.revents & POLLIN) == 0)
			continue;
		n = read(fd.fd, text, sizeof text - 1);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, PROBE_PASSWORD) != NULL)
			succeeded("the password is read");
	}
	blocked("nothing to read");
}

/* Whoever runs us looks whether it was the caller's terminal. */
static void set_modes(char **args)
{
	struct termios modes;

	(void)args;
	for (int i = 0; i < WAYS; i++) {
		int fd = nth_way(i);

		if (fd >= 0 && tcgetattr(fd, &modes) == 0) {
			modes.c_lflag ^= ECHO;
			modes.c_oflag ^= OPOST;
			tcsetattr(fd, TCSANOW, &modes);
			/* Twice would be as before: one descriptor is enough. */
			blocked("the modes of %d are set", fd);
		}
	}
	blocked("no terminal");
}

static void set_flags(char **args)
{
	(void)args;
	signal(SIGIO, SIG_IGN);
	for (int fd = 0; fd < 3; fd++)
		fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
	blocked("the flags are set");
}

static void type_anywhere(char **args)
{
	(void)args;
	for (int i = 0; i < WAYS; i++)
		type(nth_way(i), TIOCSTI);
	blocked("typed where it could be");
}

static const struct attack attacks[] = {
	{"type", 0, type_plainly},
	{"type-high", 0, type_high},
	{"type-by-name", 0, type_by_name},
	{"type-reopened", 0, type_reopened},
	{"open", 0, open_controlling},
	{"type-taken", 0, type_taken},
	{"take-over", 0, take_over},
	{"paste", 1, paste},
	{"eavesdrop", 0, eavesdrop},
	{"set-modes", 0, set_modes},
	{"set-flags", 0, set_flags},
	{"type-anywhere", 0, type_anywhere},
};

ATTACK_MAIN(attacks)
