#include "runner/hold/visit.h"

#include "common/cleanup.h"
#include "runner/hold/channel.h"
#include "sandbox/terminal/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MS 20000
#define RELEASE_MS 300000

static int is_gone(struct error *err)
{
	error_set(err, 0, "the job is not held any more");
	return error_hint(err, "it was released, or its time is over: the log of the runner says which");
}

/* A message, and the descriptor with it, or -1. The length; 0: closed; -1: error, or too late. */
static ssize_t receive(int slot, char *text, size_t size, int *fd, int limit_ms)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = {.iov_base = text, .iov_len = size - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct pollfd ready = {.fd = slot, .events = POLLIN};
	const struct cmsghdr *header;
	ssize_t n;

	*fd = -1;
	if (poll(&ready, 1, limit_ms) <= 0)
		return -1;
	n = recvmsg(slot, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

struct visit {
	int slot, master, signals;
	struct flow_end in, out;
	struct flow typed, shown;
	int status; /* of the shell; -1: it runs */
	bool ended; /* nothing more comes from the job */
	bool told;  /* a signal ends the visit */
};

static void copy_size(const struct visit *visit)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(visit->master, TIOCSWINSZ, &size);
}

static void on_signal(struct visit *visit)
{
	struct signalfd_siginfo info;

	if (read(visit->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	if (info.ssi_signo == SIGWINCH)
		copy_size(visit);
	else
		visit->told = true;
}

/* The slot's end of the connection is the shell's by now. */
static void on_slot(struct visit *visit)
{
	const size_t len = strlen(HOLD_EXIT);
	char text[64];
	int fd;
	const ssize_t n = receive(visit->slot, text, sizeof text, &fd, 0);

	close_fd(&fd);
	if (n > 0 && strncmp(text, HOLD_EXIT, len) == 0)
		visit->status = atoi(text + len) & 0xff;
	close_fd(&visit->slot);
}

static void step(struct visit *visit)
{
	struct pollfd p[] = {
		{.fd = visit->slot, .events = POLLIN},
		{.fd = visit->signals, .events = POLLIN},
		{.fd = flow_is_empty(&visit->typed) ? visit->in.fd : -1, .events = POLLIN},
		{.fd = flow_is_empty(&visit->shown) ? -1 : visit->out.fd, .events = POLLOUT},
		{.fd = visit->master,
			.events = (short)((flow_is_empty(&visit->shown) ? POLLIN : 0) |
					  (flow_is_empty(&visit->typed) ? 0 : POLLOUT))},
	};

	/* The shell has ended: what it has printed last is there already. */
	if (poll(p, sizeof p / sizeof p[0], visit->slot >= 0 || !flow_is_empty(&visit->shown) ? -1 : 0) < 0)
		return;
	if (p[1].revents != 0)
		on_signal(visit);
	if (p[2].revents != 0 && flow_read(&visit->typed, visit->in.fd) <= 0)
		visit->told = true; /* nobody is at the terminal */
	if (p[3].revents != 0 && flow_write(&visit->shown, visit->out.fd) < 0)
		visit->told = true;
	if ((p[4].revents & POLLOUT) != 0 && flow_write(&visit->typed, visit->master) < 0)
		flow_clear(&visit->typed);
	if (flow_is_empty(&visit->shown) && (p[4].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
		flow_read(&visit->shown, visit->master) <= 0)
		close_fd(&visit->master);
	if (p[0].revents != 0)
		on_slot(visit);
	if (visit->slot < 0 && p[0].revents == 0 && flow_is_empty(&visit->shown) && (p[4].revents & POLLIN) == 0)
		visit->ended = true;
}

static int take_signals(sigset_t *before)
{
	static const int taken[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, before);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int relay(struct visit *visit, struct error *err)
{
	struct termios before, raw;
	sigset_t signals;
	int result = 0;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return error_set(err, errno, "standard input");
	visit->signals = take_signals(&signals);
	if (visit->signals < 0 || flow_end_open(&visit->in, STDIN_FILENO, O_RDONLY, err) < 0 ||
		flow_end_open(&visit->out, STDOUT_FILENO, O_WRONLY, err) < 0)
		result = -1;
	raw = before;
	cfmakeraw(&raw);
	if (result == 0 && tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		result = error_set(err, errno, "standard input: raw mode");
	copy_size(visit);
	while (result == 0 && !visit->ended && !visit->told)
		step(visit);
	flow_end_close(&visit->in);
	flow_end_close(&visit->out);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	close_fd(&visit->signals);
	return result;
}

/* Whatever the job sends is read and written, and never waited for; but it is to be a terminal. */
static int check_master(int master, struct error *err)
{
	unsigned number;

	if (master < 0 || ioctl(master, TIOCGPTN, &number) < 0 || fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_set(err, 0, "the job has sent no terminal");
	return 0;
}

/* The master of a shell's terminal, in visit->master. */
static int ask_for_shell(struct visit *visit, const char *term, struct error *err)
{
	const size_t len = strlen(HOLD_NO_SHELL);
	char text[HOLD_TEXT_MAX];
	ssize_t n;

	snprintf(text, sizeof text, HOLD_SHELL "%.*s", HOLD_TERM_MAX - 1, term != NULL ? term : "");
	if (hold_say(visit->slot, text) < 0)
		return is_gone(err);
	n = receive(visit->slot, text, sizeof text, &visit->master, ANSWER_MS);
	if (n <= 0)
		return n == 0 ? is_gone(err) : error_set(err, 0, "the job does not answer");
	if (strncmp(text, HOLD_NO_SHELL, len) == 0)
		return error_set(err, 0, "no shell: %.200s", text + len);
	return check_master(visit->master, err);
}

int hold_visit(int *slot, const char *term, struct error *err)
{
	struct visit visit = {
		.slot = take_fd(slot), .master = -1, .signals = -1, .in.fd = -1, .out.fd = -1, .status = -1};
	int result = ask_for_shell(&visit, term, err);

	if (result == 0)
		result = relay(&visit, err);
	close_fd(&visit.master);
	close_fd(&visit.slot);
	if (result < 0)
		return -1;
	if (visit.status >= 0)
		return visit.status;
	return visit.told ? error_set(err, 0, "ended by a signal, or its terminal is gone") : is_gone(err);
}

int hold_release(int slot, struct error *err)
{
	char text[64];
	ssize_t n;
	int fd;

	if (hold_say(slot, HOLD_RELEASE) < 0)
		return is_gone(err);
	n = receive(slot, text, sizeof text, &fd, RELEASE_MS);
	close_fd(&fd);
	if (n > 0 && strcmp(text, HOLD_RELEASED) == 0)
		return 0;
	error_set(err, 0, "the slot has not said that the job is gone");
	return error_hint(err, "the log of the runner says why");
}
