#include "sandbox/terminal/terminal.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "sandbox/process/signals.h"
#include "sandbox/process/stdio.h"
#include "sandbox/terminal/flow.h"
#include "sandbox/watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#define DRAIN_AFTER_STOP_NS NS_PER_S

struct terminal {
	int master;
	int look; /* timer: in the background, to see whether that is over */
	int peer; /* the job's end, kept open: else each time the job has it nowhere open would look like its end */
	struct flow_end in, out;
	struct flow input, output; /* to the job; from it */
	bool reads;      /* the job has what is typed; else it only prints, and the caller's terminal keeps its modes */
	bool background; /* somebody else is at the caller's terminal: it is left alone */
	bool raw;        /* the caller's terminal is, and `before` is what it was */
	struct termios before;
};

static void set_background(struct terminal *terminal, bool background)
{
	const struct timespec every = {.tv_nsec = background ? TERMINAL_LOOK_NS : 0};
	const struct itimerspec when = {.it_value = every, .it_interval = every};

	terminal->background = background;
	if (terminal->look >= 0)
		timerfd_settime(terminal->look, 0, &when, NULL); /* fails with a foreign descriptor only */
}

static void give_back(struct terminal *terminal)
{
	if (terminal->raw && !stdio_in_background())
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
static void update_events(struct terminal *terminal, struct watch *watch)
{
	const bool hears = terminal->in.fd >= 0 && !terminal->background && flow_is_empty(&terminal->input);

	watch_events(watch, terminal->in.fd, hears ? POLLIN : 0);
	watch_events(watch, terminal->out.fd, flow_is_empty(&terminal->output) ? 0 : POLLOUT);
	watch_events(watch, terminal->master,
		(short)((flow_is_empty(&terminal->output) ? POLLIN : 0) |
			(flow_is_empty(&terminal->input) ? 0 : POLLOUT)));
}

/* Nobody is there to read: as if the line was cut. */
static void hang_up(struct terminal *terminal, struct watch *watch)
{
	watch_remove(watch, terminal->master);
	watch_remove(watch, terminal->in.fd);
	watch_remove(watch, terminal->out.fd);
	watch_remove(watch, terminal->look);
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

static int write_output(struct terminal *terminal, struct watch *watch, struct error *err)
{
	if (flow_write(&terminal->output, terminal->out.fd) == 0) {
		update_events(terminal, watch);
		return 0;
	}
	if (write_failed(err) < 0)
		return -1;
	hang_up(terminal, watch);
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
	return write_output(data, watch, err);
}

static int on_master(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct terminal *terminal = data;

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
	return write_output(terminal, watch, err);
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

static void go_to_background(struct terminal *terminal, struct watch *watch)
{
	set_background(terminal, true);
	flow_clear(&terminal->input);
	update_events(terminal, watch);
}

/* We may have been stopped without warning, and whoever sat at the terminal meanwhile has made it his own. */
static void resume(struct terminal *terminal, struct watch *watch)
{
	struct error ignored; /* the job's terminal still works, as one without raw mode */

	set_background(terminal, stdio_in_background());
	if (terminal->raw && !terminal->background) {
		struct termios raw = terminal->before;

		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	flow_end_again(&terminal->in);
	flow_end_again(&terminal->out);
	(void)make_raw(terminal, &ignored);
	copy_size(terminal);
	update_events(terminal, watch);
}

/* The kernel lets SIGTSTP stop nobody in an orphaned process group, as the command's is: PID 1 has a session of its
 * own. A shell inside that is at its prompt ignores it, and what it runs has a process group of its own. */
static bool takes_suspend(struct terminal *terminal)
{
	const pid_t foreground = terminal->raw ? tcgetpgrp(terminal->master) : -1;
	struct termios settings;

	if (foreground <= 0 || foreground != tcgetsid(terminal->master) || tcgetattr(terminal->master, &settings) < 0 ||
		(settings.c_lflag & ISIG) == 0 || settings.c_cc[VSUSP] == _POSIX_VDISABLE ||
		signals_is_ignored(foreground, SIGTSTP))
		return false;
	return flow_take_out(&terminal->input, (char)settings.c_cc[VSUSP]);
}

static int on_input(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct terminal *terminal = data;

	(void)revents;
	(void)err;
	if (flow_read(&terminal->input, fd) <= 0) {
		if (stdio_in_background()) { /* EIO: since the last look */
			go_to_background(terminal, watch);
			return 0;
		}
		watch_remove(watch, fd);
		flow_end_close(&terminal->in);
		type_end_of_file(terminal);
	}
	/* To the whole group, as the key itself: a script that has called us stops too. We read it like any other. */
	if (takes_suspend(terminal))
		kill(0, SIGTSTP);
	if (flow_write(&terminal->input, terminal->master) < 0)
		flow_clear(&terminal->input);
	update_events(terminal, watch);
	return 0;
}

static int on_look(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct terminal *terminal = data;
	const int gone_off = watch_timer(fd, err);

	(void)revents;
	if (gone_off < 0)
		return error_context(err, "tty: timer");
	if (gone_off && !stdio_in_background())
		resume(terminal, watch);
	return 0;
}

static int begin(struct terminal *terminal, struct watch *watch, bool to_stdout, struct error *err)
{
	if (terminal->reads) {
		terminal->look = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (terminal->look < 0)
			return error_set(err, errno, "tty: timerfd_create");
		if (watch_add(watch, terminal->look, POLLIN, on_look, terminal, err) < 0)
			return -1;
	}
	if (fcntl(terminal->master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_set(err, errno, "tty: the job's terminal");
	terminal->peer = ioctl(terminal->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->peer < 0)
		return error_set(err, errno, "tty: TIOCGPTPEER");
	if (terminal->reads && flow_end_open(&terminal->in, STDIN_FILENO, O_RDONLY, err) < 0)
		return -1;
	if (flow_end_open(&terminal->out, to_stdout ? STDOUT_FILENO : STDERR_FILENO, O_WRONLY, err) < 0)
		return -1;
	set_background(terminal, stdio_in_background());
	copy_size(terminal); /* it may have changed since the job's side looked */
	if (make_raw(terminal, err) < 0 || watch_add(watch, terminal->master, POLLIN, on_master, terminal, err) < 0 ||
		watch_add(watch, terminal->in.fd, POLLIN, on_input, terminal, err) < 0 ||
		watch_add(watch, terminal->out.fd, 0, on_output, terminal, err) < 0)
		return -1;
	update_events(terminal, watch);
	return 0;
}

int terminal_begin(struct terminal **terminal, struct watch *watch, unsigned fds, int master, struct error *err)
{
	struct terminal *made = calloc(1, sizeof *made);

	if (made == NULL || *terminal != NULL) {
		free(made);
		close(master);
		return error_set(err, made == NULL ? ENOMEM : EEXIST, "tty");
	}
	*made = (struct terminal){.master = master,
		.peer = -1,
		.look = -1,
		.in = {.fd = -1},
		.out = {.fd = -1},
		.reads = (fds & 1u << STDIN_FILENO) != 0};
	*terminal = made;
	return begin(made, watch, (fds & 1u << STDOUT_FILENO) != 0, err);
}

bool terminal_signal(struct terminal *terminal, struct watch *watch, int sig)
{
	if (terminal == NULL)
		return false;
	if (sig == SIGWINCH)
		copy_size(terminal);
	/* It controls no session of the job's, whose processes the kernel would tell. */
	if (!terminal->reads)
		return false;
	switch (sig) {
	case SIGWINCH:
		return true;
	case SIGCONT:
		resume(terminal, watch);
		return false;
	default:
		return false;
	}
}

/* Full-screen programs draw again what the shell has written over. */
static void draw_again(const struct terminal *terminal)
{
	const pid_t foreground = terminal->reads ? tcgetpgrp(terminal->master) : -1;

	if (foreground > 0)
		kill(-foreground, SIGWINCH);
}

void terminal_stop(struct terminal *terminal, struct watch *watch, bool as_default)
{
	if (terminal != NULL)
		give_back(terminal);
	signals_stop(as_default);
	if (terminal == NULL)
		return;
	resume(terminal, watch);
	draw_again(terminal);
}

/* Whether what waits at the signals is a reason to leave. */
static bool received_stop(struct terminal *terminal, struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return true;
	if (info.ssi_signo == SIGTSTP) {
		terminal_stop(terminal, watch, signals_is_from_terminal(&info));
		return false;
	}
	return !terminal_signal(terminal, watch, (int)info.ssi_signo) && info.ssi_signo != SIGCONT &&
	       info.ssi_signo != SIGWINCH;
}

int terminal_drain(struct terminal *terminal, struct watch *watch, struct error *err)
{
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
		if (fds[1].revents != 0 || (fds[0].revents != 0 && received_stop(terminal, watch)))
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
	close_fd(&(*terminal)->look);
	close_fd(&(*terminal)->peer);
	close_fd(&(*terminal)->master);
	free(*terminal);
	*terminal = NULL;
}
