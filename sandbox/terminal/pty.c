#include "sandbox/terminal/pty.h"

#include "common/cleanup.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* TIOCGPTPEER (Linux 4.13) opens the other end without looking its name up. `access`: as open(2) has it. */
static int open_pair(int *master, int access, struct error *err)
{
	const int no = 0;
	int terminal;

	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0)
		return error_set(err, errno, "tty: /dev/ptmx");
	if (ioctl(*master, TIOCSPTLCK, &no) < 0)
		return error_set(err, errno, "tty: TIOCSPTLCK");
	terminal = ioctl(*master, TIOCGPTPEER, access | O_NOCTTY | O_CLOEXEC);
	return terminal < 0 ? error_set(err, errno, "tty: TIOCGPTPEER") : terminal;
}

/* Settings and size of the caller's terminal. What comes out of a pipe is not echoed: nobody has typed it. Where
 * nothing is read the caller's terminal keeps its modes, and what the job prints is not to go through the same ones
 * twice. */
static int resemble(int terminal, bool reads, bool in_background, struct error *err)
{
	struct winsize size = {.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
	struct termios settings;
	struct winsize theirs;

	for (int fd = STDERR_FILENO; fd >= STDIN_FILENO; fd--)
		if (ioctl(fd, TIOCGWINSZ, &theirs) == 0 && theirs.ws_row != 0 && theirs.ws_col != 0)
			size = theirs;
	if (ioctl(terminal, TIOCSWINSZ, &size) < 0)
		return error_set(err, errno, "tty: TIOCSWINSZ");
	if (!reads || in_background || tcgetattr(STDIN_FILENO, &settings) < 0) {
		if (tcgetattr(terminal, &settings) < 0)
			return error_set(err, errno, "tty: settings");
		if (!reads || !in_background)
			settings.c_lflag &= ~(tcflag_t)ECHO;
		if (!reads)
			settings.c_oflag &= ~(tcflag_t)OPOST;
	}
	if (tcsetattr(terminal, TCSANOW, &settings) < 0)
		return error_set(err, errno, "tty: settings");
	return 0;
}

static int read_nothing(struct error *err)
{
	_cleanup_(close_fd) int null = open("/dev/null", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return error_set(err, errno, "tty: standard input: /dev/null");
	return 0;
}

int pty_take(unsigned fds, bool reads_nothing, bool in_background, int sock, struct error *err)
{
	const bool reads = (fds & 1u << STDIN_FILENO) != 0;
	_cleanup_(close_fd) int master = -1;
	_cleanup_(close_fd) int terminal = -1;

	if (reads_nothing && read_nothing(err) < 0)
		return -1;
	if (fds == 0)
		return 0;
	terminal = open_pair(&master, reads ? O_RDWR : O_WRONLY, err);
	if (terminal < 0 || resemble(terminal, reads, in_background, err) < 0)
		return -1;
	if (reads && ioctl(terminal, TIOCSCTTY, 0) < 0)
		return error_set(err, errno, "tty: TIOCSCTTY");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if ((fds & 1u << fd) != 0 && dup2(terminal, fd) < 0)
			return error_set(err, errno, "tty: file descriptor %d", fd);
	if (message_send_fd(sock, &(struct message){.kind = MESSAGE_TTY}, master) < 0)
		return error_set(err, errno, "tty: hand it to the launcher");
	return 0;
}
