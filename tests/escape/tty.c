/* What a job can do to the terminal that it was given as standard input: type into it, for whoever reads it afterwards.
 * Run below tests/escape/pty.c, which is that reader. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
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
	settle("TIOCSTI", type(0, TIOCSTI));
}

static void type_high(char **args)
{
	(void)args;
	settle("TIOCSTI with an upper half", type(0, HIGH | TIOCSTI));
}

static int controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		settle("/dev/tty", fd);
	return fd;
}

static void type_by_name(char **args)
{
	(void)args;
	settle("TIOCSTI on /dev/tty", type(controlling_terminal(), TIOCSTI));
}

static void open_controlling(char **args)
{
	(void)args;
	settle("/dev/tty", controlling_terminal());
}

/* Opened again without O_NOCTTY, a terminal may become the session's. */
static void type_reopened(char **args)
{
	int fd = open("/proc/self/fd/0", O_RDWR | O_CLOEXEC);

	(void)args;
	if (fd < 0)
		settle("/proc/self/fd/0", fd);
	settle("TIOCSTI on the terminal opened again", type(fd, TIOCSTI));
}

/* A terminal that is nobody's becomes the job's, and what controls it may type. */
static void type_taken(char **args)
{
	(void)args;
	ioctl(0, TIOCSCTTY, 0);
	settle("TIOCSTI on the terminal taken over", type(0, TIOCSTI));
}

static void take_over(char **args)
{
	(void)args;
	settle("TIOCSCTTY", ioctl(0, TIOCSCTTY, 0));
}

/* A pseudo-terminal is no console: ENOTTY is the answer of its driver. */
static void paste(char **args)
{
	char subcode = 3; /* TIOCL_PASTESEL */
	int result = (int)syscall(SYS_ioctl, 0, strcmp(args[0], "high") == 0 ? HIGH | TIOCLINUX : TIOCLINUX, &subcode);

	if (result >= 0 || errno == ENOTTY)
		succeeded("TIOCLINUX: reached the driver");
	settle("TIOCLINUX", result);
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
};

ATTACK_MAIN(attacks)
