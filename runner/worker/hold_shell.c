#include "runner/worker/hold_shell.h"

#include "runner/worker/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127
#define TERM_MAX 64

static struct shell {
	pid_t pid; /* 0: none */
	int client;
} shells[HOLD_SHELLS_MAX];

union one_fd {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void say(int client, const char *what, const char *more)
{
	char text[HOLD_TEXT_MAX];
	const int n = snprintf(text, sizeof text, "%s%s", what, more);

	send(client, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int send_terminal(int client, int master)
{
	union one_fd control = {
		.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec text = {.iov_base = (char[]){HOLD_TERMINAL}, .iov_len = strlen(HOLD_TERMINAL)};
	const struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

	memcpy(CMSG_DATA(&control.align), &master, sizeof master);
	return sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* Both ends of a terminal of the sandbox's own devpts. */
static int open_pair(int *master)
{
	const int no = 0;

	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || ioctl(*master, TIOCSPTLCK, &no) < 0)
		return -1;
	return ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* The directory is the workspace, which may be gone; then the nearest above it that is there. */
static void enter(char *directory)
{
	while (chdir(directory) < 0) {
		char *slash = strrchr(directory, '/');

		if (slash == NULL || slash == directory) {
			if (chdir("/") < 0)
				_exit(NOT_STARTED);
			return;
		}
		*slash = '\0';
	}
}

static void set_environment(const char *directory, const char *term)
{
	setenv("GITHUB_WORKSPACE", directory, 1);
	if (term[0] != '\0')
		setenv("TERM", term, 1);
}

static void __attribute__((noreturn)) become_shell(int terminal, char *directory, const char *term)
{
	static const char *const programs[] = {"/bin/bash", "/bin/sh"};

	set_environment(directory, term);
	enter(directory);
	if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0 || dup2(terminal, 0) < 0 || dup2(terminal, 1) < 0 ||
		dup2(terminal, 2) < 0)
		_exit(NOT_STARTED);
	hold_reset_signals();
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		execl(programs[i], strrchr(programs[i], '/') + 1, (char *)NULL);
	dprintf(STDERR_FILENO, "cofferdam: no shell: /bin/bash, /bin/sh: %s\n", strerror(errno));
	_exit(NOT_STARTED);
}

static pid_t start(int client, char *directory, const char *term)
{
	int master = -1;
	const int terminal = open_pair(&master);
	pid_t pid = -1;

	if (terminal < 0) {
		say(client, HOLD_NO_SHELL "a terminal: ", strerror(errno));
	} else if ((pid = fork()) == 0) {
		become_shell(terminal, directory, term);
	} else if (pid < 0) {
		say(client, HOLD_NO_SHELL "fork: ", strerror(errno));
	} else if (send_terminal(client, master) < 0) {
		kill(pid, SIGKILL); /* whoever wanted it is gone */
	}
	if (terminal >= 0)
		close(terminal);
	if (master >= 0)
		close(master);
	return pid;
}

/* Takes the connection over. "TERM\nDIRECTORY". */
static void open_shell(int client, char *text)
{
	char *directory = strchr(text, '\n');
	struct shell *shell = shells;

	while (shell < shells + HOLD_SHELLS_MAX && shell->pid != 0)
		shell++;
	if (directory == NULL || shell == shells + HOLD_SHELLS_MAX) {
		say(client, HOLD_NO_SHELL, directory == NULL ? "not an order" : "too many at once");
		close(client);
		return;
	}
	*directory++ = '\0';
	text[strnlen(text, TERM_MAX)] = '\0';
	shell->pid = start(client, directory, text);
	shell->client = client;
	if (shell->pid > 0)
		return;
	shell->pid = 0;
	close(client);
}

bool hold_shell_order(int slot)
{
	union one_fd control;
	char text[HOLD_TEXT_MAX];
	struct iovec part = {.iov_base = text, .iov_len = sizeof text - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	const ssize_t n = recvmsg(slot, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int client;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0 || header == NULL || header->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(&client, CMSG_DATA(header), sizeof client);
	text[n] = '\0';
	if (strncmp(text, HOLD_SHELL, strlen(HOLD_SHELL)) != 0) {
		close(client);
		return false;
	}
	open_shell(client, text + strlen(HOLD_SHELL));
	return true;
}

void hold_shell_reap(void)
{
	char number[16];
	int status;

	for (struct shell *shell = shells; shell < shells + HOLD_SHELLS_MAX; shell++) {
		if (shell->pid == 0 || waitpid(shell->pid, &status, WNOHANG) != shell->pid)
			continue;
		snprintf(number, sizeof number, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		say(shell->client, HOLD_EXIT, number);
		close(shell->client);
		*shell = (struct shell){.pid = 0};
	}
}
