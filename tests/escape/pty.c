/* pty owned|free COMMAND…: runs the command on a new terminal, in a session of its own which the terminal controls, or,
 * free, does not: then any session leader may take it. Afterwards looks for what was typed into the terminal: nobody
 * sits there, so any of it is the command's. Exit status: 0 when something was typed, otherwise the command's. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static _Noreturn void run_on(int terminal, bool owned, char **command)
{
	setsid();
	if (owned && ioctl(terminal, TIOCSCTTY, 0) < 0)
		_exit(PROBE_UNTRIED);
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	execvp(command[0], command);
	_exit(PROBE_UNTRIED);
}

int main(int argc, char **argv)
{
	struct termios raw;
	char text[4096];
	int master, terminal, typed = 0, status, flags;
	ssize_t n;
	pid_t pid;

	if (argc < 3)
		misused("usage: pty owned|free COMMAND…");
	if (openpty(&master, &terminal, NULL, NULL, NULL) < 0)
		untried("openpty: %s", errno_name(errno));
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(terminal, F_SETFD, FD_CLOEXEC);
	/* Raw, so that what is typed neither waits for a line's end nor echoes into the output. */
	tcgetattr(terminal, &raw);
	cfmakeraw(&raw);
	tcsetattr(terminal, TCSANOW, &raw);
	pid = fork();
	if (pid == 0)
		run_on(terminal, strcmp(argv[1], "owned") == 0, argv + 2);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		untried("fork: %s", errno_name(errno));
	flags = fcntl(master, F_GETFL);
	fcntl(master, F_SETFL, flags | O_NONBLOCK);
	n = read(master, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	ioctl(terminal, FIONREAD, &typed);
	if (typed > 0)
		succeeded("%s; %d bytes typed", text, typed);
	printf("%s; nothing typed\n", text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : PROBE_UNTRIED;
}
