#include "sandbox/terminal.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "sandbox/signals.h"
#include "sandbox/supervise.h"
#include "sandbox/terminal_flow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define DRAIN_AFTER_STOP_NS NS_PER_S

struct terminal {
	int master;
	int peer; /* the job's end, kept open: else each time the job has it nowhere open would look like its end */
	struct flow_end in, out;
	struct flow input, output; /* to the job; from it */
	bool reads;      /* the job has what is typed; else it only prints, and the caller's terminal keeps its modes */
	bool background; /* somebody else is at the caller's terminal: it is left alone */
	bool raw;        /* the caller's terminal is, and `before` is what it was */
	struct termios before;
};

/* The caller's terminal controls our session, and another process group is in its foreground. */
static bool in_background(void)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);

	return foreground >= 0 && foreground != getpgrp();
}

static void give_back(struct terminal *terminal)
{
	if (terminal->raw && !in_background())
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
	terminal->raw = false;
	flow_end_restore(&terminal->in);
	flow_end_restore(&terminal->out);
}

static int make_raw(struct terminal *terminal, struct error *err)
{
	struct termios raw;

	if (!terminal->reads || terminal->raw || terminal->background || tcgetattr(STDIN_FILENO, &terminal->before) < 0)
		return 0;
	raw = terminal->before;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return error_set(err, errno, "tty: standard input: raw mode");
	terminal->raw = true;
	return 0;
}

static void copy_size(const struct terminal *terminal)
{
	struct winsize size;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row != 0 && size.ws_col != 0) {
			ioctl(terminal->master, TIOCSWINSZ, &size);
			return;
		}
}

/* What each descriptor is to be asked for, now that something has moved. */
static void settle(struct watch *watch)
{
	struct terminal *terminal = watch->terminal;
	const bool hears = terminal->in.fd >= 0 && !terminal->background && flow_is_empty(&terminal->input);

	watch_events(watch, terminal->in.fd, hears ? POLLIN : 0);
	watch_events(watch, terminal->out.fd, flow_is_empty(&terminal->output) ? 0 : POLLOUT);
	watch_events(watch, terminal->master,
		(short)((flow_is_empty(&terminal->output) ? POLLIN : 0) |
			(flow_is_empty(&terminal->input) ? 0 : POLLOUT)));
}

/* Nobody is there to read: as if the line was cut. */
static void hang_up(struct watch *watch)
{
	struct terminal *terminal = watch->terminal;

	watch_remove(watch, terminal->master);
	watch_remove(watch, terminal->in.fd);
	watch_remove(watch, terminal->out.fd);
	close_fd(&terminal->peer);
	close_fd(&terminal->master);
	flow_clear(&terminal->input);
	flow_clear(&terminal->output);
}

/* EPIPE: the reader of a pipe is gone; EIO: so is the terminal. Anything else would lose output without a word. */
static int write_failed(struct error *err)
{
	return errno == EPIPE || errno == EIO ? 0 : error_set(err, errno, "tty: standard output");
}

static int write_output(struct watch *watch, struct error *err)
{
	struct terminal *terminal = watch->terminal;

	if (flow_write(&terminal->output, terminal->out.fd) == 0) {
		settle(watch);
		return 0;
	}
	if (write_failed(err) < 0)
		return -1;
	hang_up(watch);
	return 0;
}

/* 1: there may be more to come; 0: there is no more; -1: something may be lost. */
static int read_master(struct terminal *terminal, struct error *err)
{
	const int result = flow_read(&terminal->output, terminal->master);

	return result < 0 && errno != EIO ? error_set(err, errno, "tty: what the job prints") : result > 0;
}

static int on_output(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	(void)fd;
	(void)revents;
	(void)data;
	return write_output(watch, err);
}

static int on_master(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct terminal *terminal = watch->terminal;

	(void)data;
	if ((revents & POLLOUT) != 0 && flow_write(&terminal->input, fd) < 0)
		flow_clear(&terminal->input);
	if ((revents & ~POLLOUT) != 0 && flow_is_empty(&terminal->output)) {
		const int more = read_master(terminal, err);

		if (more < 0)
			return -1;
		if (more == 0) {
			watch_remove(watch, fd); /* cannot be while we hold the other end */
			return 0;
		}
	}
	return write_output(watch, err);
}

/* In the middle of a line the first one only hands over what was typed, as at any terminal. */
static void type_end_of_file(struct terminal *terminal)
{
	const bool in_line = flow_last(&terminal->input) != '\n' && flow_last(&terminal->input) != '\0';
	char text[2] = {CEOF, CEOF};
	struct termios settings;

	if (tcgetattr(terminal->master, &settings) == 0)
		text[0] = text[1] = (char)settings.c_cc[VEOF];
	flow_put(&terminal->input, text, in_line ? 2 : 1);
}

static int on_input(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct terminal *terminal = watch->terminal;

	(void)revents;
	(void)data;
	(void)err;
	if (flow_read(&terminal->input, fd) <= 0) {
		watch_remove(watch, fd);
		flow_end_close(&terminal->in);
		type_end_of_file(terminal);
	}
	if (flow_write(&terminal->input, terminal->master) < 0)
		flow_clear(&terminal->input);
	settle(watch);
	return 0;
}

/* Keys that mean something to us as long as the caller's terminal is the job's. */
static int hear_keys(const struct watch *watch, struct error *err)
{
	sigset_t wanted;

	signals_forwarded(&wanted);
	sigaddset(&wanted, SIGTSTP);
	return signalfd(watch->signals, &wanted, SFD_CLOEXEC) < 0 ? error_set(err, errno, "tty: signalfd") : 0;
}

static int begin(struct watch *watch, struct terminal *terminal, struct error *err)
{
	const bool to_stdout = terminal->reads || (plan_pty_fds(watch->plan) & 1u << STDOUT_FILENO) != 0;

	if (terminal->reads && hear_keys(watch, err) < 0)
		return -1;
	if (fcntl(terminal->master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_set(err, errno, "tty: the job's terminal");
	terminal->peer = ioctl(terminal->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->peer < 0)
		return error_set(err, errno, "tty: TIOCGPTPEER");
	if (terminal->reads && flow_end_open(&terminal->in, STDIN_FILENO, O_RDONLY, err) < 0)
		return -1;
	if (flow_end_open(&terminal->out, to_stdout ? STDOUT_FILENO : STDERR_FILENO, O_WRONLY, err) < 0)
		return -1;
	terminal->background = in_background();
	copy_size(terminal); /* it may have changed since the job's side looked */
	if (make_raw(terminal, err) < 0 || watch_add(watch, terminal->master, POLLIN, on_master, NULL, err) < 0 ||
		watch_add(watch, terminal->in.fd, POLLIN, on_input, NULL, err) < 0 ||
		watch_add(watch, terminal->out.fd, 0, on_output, NULL, err) < 0)
		return -1;
	settle(watch);
	return 0;
}

int terminal_begin(struct watch *watch, int master, struct error *err)
{
	struct terminal *terminal = calloc(1, sizeof *terminal);

	if (terminal == NULL || watch->terminal != NULL) {
		free(terminal);
		close(master);
		return error_set(err, terminal == NULL ? ENOMEM : EEXIST, "tty");
	}
	*terminal = (struct terminal){.master = master,
		.peer = -1,
		.in = {.fd = -1},
		.out = {.fd = -1},
		.reads = watch->plan->tty == PLAN_TTY_YES};
	watch->terminal = terminal;
	return begin(watch, terminal, err);
}

/* As the default of SIGTSTP is, with the kernel's own rules on orphaned process groups. */
static void stop_ourselves(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

/* We may have been stopped without warning, and whoever sat at the terminal meanwhile has made it his own. */
static void resume(struct watch *watch)
{
	struct terminal *terminal = watch->terminal;
	struct error ignored; /* the job's terminal still works, as one without raw mode */

	terminal->background = in_background();
	if (terminal->raw && !terminal->background) {
		struct termios raw = terminal->before;

		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	flow_end_again(&terminal->in);
	flow_end_again(&terminal->out);
	(void)make_raw(terminal, &ignored);
	copy_size(terminal);
	settle(watch);
}

bool terminal_signal(struct watch *watch, int sig)
{
	if (watch->terminal == NULL)
		return false;
	if (sig == SIGWINCH)
		copy_size(watch->terminal);
	/* It controls no session of the job's, whose processes the kernel would tell. */
	if (!watch->terminal->reads)
		return false;
	switch (sig) {
	case SIGWINCH:
		return true;
	case SIGTSTP:
		give_back(watch->terminal);
		stop_ourselves();
		resume(watch);
		return true;
	case SIGCONT:
		resume(watch);
		return false;
	default:
		return false;
	}
}

/* Whether what waits at the signals is a reason to leave. */
static bool told_to_leave(struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return true;
	return !terminal_signal(watch, (int)info.ssi_signo) && info.ssi_signo != SIGCONT && info.ssi_signo != SIGWINCH;
}

int terminal_drain(struct watch *watch, struct error *err)
{
	struct terminal *terminal = watch->terminal;
	/* Whoever had the job ended waits for the end of the launcher: not for a reader that may never read. */
	const int64_t deadline =
		watch->stopping || watch->killed ? clock_monotonic_ns() + DRAIN_AFTER_STOP_NS : INT64_MAX;

	while (terminal != NULL && terminal->master >= 0) {
		const int64_t left_ms = (deadline - clock_monotonic_ns()) / NS_PER_MS;
		struct pollfd fds[] = {
			{.fd = watch->signals, .events = POLLIN},
			{.fd = watch->timer, .events = POLLIN},
			{.fd = terminal->out.fd, .events = POLLOUT},
		};

		if (flow_is_empty(&terminal->output)) {
			const int more = read_master(terminal, err);

			if (more <= 0 || flow_is_empty(&terminal->output))
				return more < 0 ? -1 : 0;
		}
		if (left_ms <= 0)
			return 0;
		if (poll(fds, 3, deadline == INT64_MAX ? -1 : (int)left_ms) < 0 && errno != EINTR)
			return error_set(err, errno, "tty: poll");
		if (fds[1].revents != 0 || (fds[0].revents != 0 && told_to_leave(watch)))
			return 0;
		if (fds[2].revents != 0 && flow_write(&terminal->output, terminal->out.fd) < 0)
			return write_failed(err);
	}
	return 0;
}

void terminal_end(struct terminal **terminal)
{
	if (*terminal == NULL)
		return;
	give_back(*terminal);
	flow_end_close(&(*terminal)->in);
	flow_end_close(&(*terminal)->out);
	close_fd(&(*terminal)->peer);
	close_fd(&(*terminal)->master);
	free(*terminal);
	*terminal = NULL;
}
