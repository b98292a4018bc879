#include "sandbox/pty.h"

#include "common/cleanup.h"
#include "sandbox/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* TIOCGPTPEER (Linux 4.13) opens the other end without looking its name up. */
static int open_pair(int *master, struct error *err)
{
	const int no = 0;
	int terminal;

	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0)
		return error_set(err, errno, "tty: /dev/ptmx");
	if (ioctl(*master, TIOCSPTLCK, &no) < 0)
		return error_set(err, errno, "tty: TIOCSPTLCK");
	terminal = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return terminal < 0 ? error_set(err, errno, "tty: TIOCGPTPEER") : terminal;
}

/* Settings and size of the caller's terminal. What comes out of a pipe is not echoed: nobody has typed it. */
static int resemble(int terminal, struct error *err)
{
	struct winsize size = {.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
	struct termios settings;
	struct winsize theirs;

	for (int fd = STDOUT_FILENO; fd >= STDIN_FILENO; fd--)
		if (ioctl(fd, TIOCGWINSZ, &theirs) == 0 && theirs.ws_row != 0 && theirs.ws_col != 0)
			size = theirs;
	if (ioctl(terminal, TIOCSWINSZ, &size) < 0)
		return error_set(err, errno, "tty: TIOCSWINSZ");
	if (tcgetattr(STDIN_FILENO, &settings) < 0) {
		if (tcgetattr(terminal, &settings) < 0)
			return error_set(err, errno, "tty: settings");
		settings.c_lflag &= ~(tcflag_t)ECHO;
	}
	if (tcsetattr(terminal, TCSANOW, &settings) < 0)
		return error_set(err, errno, "tty: settings");
	return 0;
}

int pty_take(const struct plan *plan, int sock, struct error *err)
{
	const bool errors_too = isatty(STDERR_FILENO) == 1;
	_cleanup_(close_fd) int master = -1;
	_cleanup_(close_fd) int terminal = -1;

	if (plan->tty != PLAN_TTY_YES)
		return 0;
	terminal = open_pair(&master, err);
	if (terminal < 0 || resemble(terminal, err) < 0)
		return -1;
	if (ioctl(terminal, TIOCSCTTY, 0) < 0)
		return error_set(err, errno, "tty: TIOCSCTTY");
	for (int fd = STDIN_FILENO; fd <= (errors_too ? STDERR_FILENO : STDOUT_FILENO); fd++)
		if (dup2(terminal, fd) < 0)
			return error_set(err, errno, "tty: file descriptor %d", fd);
	if (message_send_fd(sock, &(struct message){.kind = MESSAGE_TTY}, master) < 0)
		return error_set(err, errno, "tty: hand it to the launcher");
	return 0;
}
