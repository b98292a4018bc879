/* operator [STEP…] -- COMMAND…: somebody at a terminal. Runs the command on a new terminal of 30 rows and 90 columns
 * that controls its session, and does what the steps say, one after the other: expect:TEXT      waits until TEXT has
 * come out after what was expected last type:TEXT        types it; ^C is control and C, ^M the return key
 *   size:ROWSxCOLS   pulls the window
 *   signal:NUMBER    to the process group in the foreground
 *   raw:, cooked:    waits until the terminal is raw, or has its first settings again
 * Each step may take ten seconds. Prints what came out, and a last line on how it ended: the status, whether the
 * terminal has its settings back, and how many bytes are left that somebody has typed. Exit status 0, or 2 after a step
 * that took too long. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 10000

static struct {
	char text[1 << 20];
	size_t len, seen;
} output;
static int master, terminal;
static pid_t command;
static struct termios first;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Takes in what has come out, waiting for at most `ms`. */
static void listen_for(int ms)
{
	struct pollfd fd = {.fd = master, .events = POLLIN};
	ssize_t n;

	if (poll(&fd, 1, ms) <= 0)
		return;
	n = read(master, output.text + output.len, sizeof output.text - 1 - output.len);
	if (n > 0)
		output.len += (size_t)n;
	output.text[output.len] = '\0';
}

static void print_output(void)
{
	for (size_t i = 0; i < output.len; i++)
		if (output.text[i] != '\r')
			putchar(output.text[i]);
	printf("\n");
}

static bool came_out(const char *text)
{
	const char *at = strstr(output.text + output.seen, text);

	if (at == NULL)
		return false;
	output.seen = (size_t)(at - output.text) + strlen(text);
	return true;
}

static bool has_settings(const struct termios *settings)
{
	struct termios are;

	return tcgetattr(terminal, &are) == 0 && are.c_iflag == settings->c_iflag && are.c_oflag == settings->c_oflag &&
	       are.c_cflag == settings->c_cflag && are.c_lflag == settings->c_lflag &&
	       memcmp(are.c_cc, settings->c_cc, sizeof are.c_cc) == 0;
}

static bool is_raw(const char *ignored)
{
	struct termios raw = first;

	(void)ignored;
	cfmakeraw(&raw);
	return has_settings(&raw);
}

static bool is_cooked(const char *ignored)
{
	(void)ignored;
	return has_settings(&first);
}

static void wait_until(bool (*condition)(const char *), const char *text, const char *step)
{
	const int64_t end = now_ms() + LIMIT_MS;

	while (!condition(text)) {
		if (now_ms() > end) {
			print_output();
			untried("%s: never", step);
		}
		listen_for(20);
	}
}

static void type(const char *text)
{
	for (; *text != '\0'; text++) {
		char key = *text;

		if (key == '^' && text[1] != '\0')
			key = (char)(*++text & 0x1f);
		if (write(master, &key, 1) != 1)
			untried("type: %s", errno_name(errno));
	}
}

static void pull(const char *text)
{
	struct winsize size = {0};

	if (sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col) != 2 || ioctl(master, TIOCSWINSZ, &size) < 0)
		misused("size: %s", text);
}

static void do_step(const char *step)
{
	const char *text = strchr(step, ':');
	size_t len = text != NULL ? (size_t)(text++ - step) : 0;

	if (len == 6 && strncmp(step, "expect", len) == 0)
		wait_until(came_out, text, step);
	else if (len == 4 && strncmp(step, "type", len) == 0)
		type(text);
	else if (len == 4 && strncmp(step, "size", len) == 0)
		pull(text);
	else if (len == 6 && strncmp(step, "signal", len) == 0)
		kill(-tcgetpgrp(master), (int)strtol(text, NULL, 10));
	else if (len == 3 && strncmp(step, "raw", len) == 0)
		wait_until(is_raw, text, step);
	else if (len == 6 && strncmp(step, "cooked", len) == 0)
		wait_until(is_cooked, text, step);
	else
		misused("%s: no such step", step);
}

static _Noreturn void run_on_terminal(char **argv)
{
	setsid();
	if (ioctl(terminal, TIOCSCTTY, 0) < 0)
		_exit(126);
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	execvp(argv[0], argv);
	_exit(127);
}

static void start(char **argv)
{
	struct winsize size = {.ws_row = 30, .ws_col = 90};

	if (openpty(&master, &terminal, NULL, NULL, &size) < 0 || tcgetattr(terminal, &first) < 0)
		untried("openpty: %s", errno_name(errno));
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(terminal, F_SETFD, FD_CLOEXEC);
	command = fork();
	if (command < 0)
		untried("fork: %s", errno_name(errno));
	if (command == 0)
		run_on_terminal(argv);
}

int main(int argc, char **argv)
{
	int n = 1, typed = 0, status;
	int64_t end;

	while (n < argc && strcmp(argv[n], "--") != 0)
		n++;
	if (n + 1 >= argc)
		misused("usage: operator [STEP…] -- COMMAND…");
	start(argv + n + 1);
	for (int i = 1; i < n; i++)
		do_step(argv[i]);
	end = now_ms() + 2 * LIMIT_MS;
	while (waitpid(command, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(command, SIGKILL);
			print_output();
			untried("the command does not end");
		}
		listen_for(20);
	}
	for (size_t before = SIZE_MAX; before != output.len;) {
		before = output.len;
		listen_for(50);
	}
	print_output();
	ioctl(terminal, FIONREAD, &typed);
	printf("%s %d, settings %s, %d typed\n", WIFEXITED(status) ? "exit" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
		has_settings(&first) ? "restored" : "changed", typed);
	return 0;
}
