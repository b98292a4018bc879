/* pty owned|free|MASK COMMAND…: runs the command on a new terminal, in a session of its own which the terminal
 * controls, or, free, does not: then any session leader may take it. With a MASK of 1 (standard input), 2 (output) and
 * 4 (error) it is the terminal for those only, and somebody has typed a password, for another program. Afterwards looks
 * for what was typed into the terminal: nobody sits there, so any of it, but the password, is the command's; and for
 * what has become of its modes and flags. Exit status: 0 when something was typed or is not what it was, otherwise the
 * command's. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static _Noreturn void run_on(int terminal, bool owned, unsigned mask, char **command)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	if (null < 0 || (owned && ioctl(terminal, TIOCSCTTY, 0) < 0))
		_exit(PROBE_UNTRIED);
	dup2(null, 0);
	for (int fd = 0; fd < 3; fd++)
		if ((mask & 1u << fd) != 0)
			dup2(terminal, fd);
	execvp(command[0], command);
	_exit(PROBE_UNTRIED);
}

static bool has_modes(int terminal, const struct termios *modes)
{
	struct termios are;

	return tcgetattr(terminal, &are) == 0 && are.c_iflag == modes->c_iflag && are.c_oflag == modes->c_oflag &&
	       are.c_cflag == modes->c_cflag && are.c_lflag == modes->c_lflag;
}

int main(int argc, char **argv)
{
	unsigned mask = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	int master, terminal, typed = 0, status, flags;
	struct termios raw;
	char text[4096];
	ssize_t n;
	pid_t pid;

	if (argc < 3)
		misused("usage: pty owned|free|MASK COMMAND…");
	if (openpty(&master, &terminal, NULL, NULL, NULL) < 0)
		untried("openpty: %s", errno_name(errno));
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(terminal, F_SETFD, FD_CLOEXEC);
	/* Raw, so that what is typed neither waits for a line's end nor echoes into the output. */
	tcgetattr(terminal, &raw);
	cfmakeraw(&raw);
	tcsetattr(terminal, TCSANOW, &raw);
	if (mask != 0 && write(master, PROBE_PASSWORD, strlen(PROBE_PASSWORD)) < 0)
		untried("type: %s", errno_name(errno));
	pid = fork();
	if (pid == 0)
		run_on(terminal, strcmp(argv[1], "free") != 0, mask != 0 ? mask : 7, argv + 2);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		untried("fork: %s", errno_name(errno));
	flags = fcntl(master, F_GETFL);
	fcntl(master, F_SETFL, flags | O_NONBLOCK);
	n = read(master, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	ioctl(terminal, FIONREAD, &typed);
	typed -= mask != 0 ? (int)strlen(PROBE_PASSWORD) : 0;
	if (typed > 0)
		succeeded("%s; %d bytes typed", text, typed);
	if (!has_modes(terminal, &raw))
		succeeded("%s; the modes are changed", text);
	if ((fcntl(terminal, F_GETFL) & (O_NONBLOCK | O_ASYNC | O_APPEND)) != 0)
		succeeded("%s; the flags are changed", text);
	printf("%s; nothing typed\n", text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : PROBE_UNTRIED;
}
