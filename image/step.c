#include "image/step.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/phrases.h"
#include "sandbox/process/program.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define LINE_MAX_BYTES 8192
#define OWN_ARGS 5 /* of `cofferdam run`, before the options */
#define ARGS_MAX 80
#define FEED_BLOCK ((size_t)64 << 10)
#define OWN_PREFIX "cofferdam: "

_Static_assert(OWN_ARGS + IMAGE_STEP_OPTIONS + 1 + IMAGE_STEP_ARGV + 1 <= ARGS_MAX, "a command is cut off");

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

struct output {
	int fd;
	image_step_line *line;
	size_t used;
	char text[LINE_MAX_BYTES];
};

/* What the program reads of us. */
struct feed {
	int fd; /* -1: none, or it reads no more */
	off_t at;
	size_t have, sent;
	char block[FEED_BLOCK];
};

/* What is known while a step runs. */
struct run {
	struct image_step *step;
	struct output out, complaints;
	struct feed feed;
	bool complained, forgiven;     /* a failure; none */
	bool ended;                    /* by a signal to us */
	char said[ERROR_TEXT_MAX / 2]; /* the first complaint that is a failure */
};

static void add(struct image_step *step, char *text)
{
	if (text == NULL || step->n_options == IMAGE_STEP_OPTIONS) {
		step->failed = true;
		step->full |= text != NULL;
		free(text);
		return;
	}
	step->options[step->n_options++] = text;
}

void image_step_option(struct image_step *step, const char *option, const char *fmt, ...)
{
	char *value = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&value, fmt, args) < 0)
		value = NULL;
	va_end(args);
	add(step, strdup(option));
	add(step, value);
}

void image_step_show(struct image_step *step, const char *option, const char *path, const char *inside)
{
	_cleanup_(freep) char *escaped = malloc(2 * strlen(path) + 1);
	char *to = escaped;

	for (const char *p = path; escaped != NULL && *p != '\0'; p++) {
		if (*p == ':')
			*to++ = '\\';
		*to++ = *p;
	}
	if (escaped == NULL) {
		step->failed = true;
		return;
	}
	*to = '\0';
	image_step_option(step, option, "%s:%s", escaped, inside);
}

static void free_options(struct image_step *step)
{
	for (size_t i = 0; i < step->n_options; i++)
		free(step->options[i]);
	step->n_options = 0;
}

/* In the other process. The images that the sandbox's caller has are none: it fills what will be one. */
static _Noreturn void run_child(const struct image_step *step, int input, int out, int complaints, pid_t parent)
{
	static char name[] = "cofferdam", run[] = "run", profile[] = "--profile", unpack[] = "unpack",
		    quiet[] = "--quiet", end[] = "--";
	char *args[ARGS_MAX] = {name, run, profile, unpack, quiet};
	size_t n = OWN_ARGS;
	sigset_t none;

	for (size_t i = 0; i < step->n_options; i++)
		args[n++] = step->options[i];
	args[n++] = end;
	for (char *const *arg = step->argv; *arg != NULL; arg++)
		args[n++] = *arg;
	sigemptyset(&none);
	if (input < 0)
		input = open("/dev/null", O_RDONLY);
	if (input >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent &&
		setenv("COFFERDAM_IMAGES", "/dev/null", 1) == 0 && dup2(input, 0) == 0 && dup2(out, 1) == 1 &&
		dup2(complaints, 2) == 2 && sigprocmask(SIG_SETMASK, &none, NULL) == 0)
		execv("/proc/self/exe", args);
	_exit(125);
}

/* One line has been read. */
static int take_line(struct run *run, struct output *output, struct error *err)
{
	int kind = 0;

	output->text[output->used] = '\0';
	output->used = 0;
	if (output->line != NULL)
		kind = output->line(run->step->context, output->text, err);
	if (kind < 0)
		return -1;
	if (output != &run->complaints)
		return 0;
	run->forgiven |= kind > 0;
	if (kind > 0 || run->complained)
		return 0;
	run->complained = true;
	snprintf(run->said, sizeof run->said, "%.*s", (int)sizeof run->said - 1,
		output->text + (strncmp(output->text, OWN_PREFIX, strlen(OWN_PREFIX)) == 0 ? strlen(OWN_PREFIX) : 0));
	return 0;
}

/* 1: more may come; 0: its end; -1: err. */
static int read_output(struct run *run, struct output *output, struct error *err)
{
	char block[4096];
	const ssize_t n = read(output->fd, block, sizeof block);

	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return output->used > 0 && take_line(run, output, err) < 0 ? -1 : 0;
	for (ssize_t i = 0; i < n; i++)
		if (block[i] == '\n') {
			if (take_line(run, output, err) < 0)
				return -1;
		} else if (output->used < sizeof output->text - 1) {
			output->text[output->used++] = block[i];
		}
	return 1;
}

/* The next block of the file. Its length; 0: the end; -1: err. */
static ssize_t next_block(struct run *run, struct error *err)
{
	struct feed *feed = &run->feed;
	const ssize_t n = pread(run->step->input, feed->block, sizeof feed->block, feed->at);

	if (n < 0)
		return error_set(err, errno, "%s: its input", run->step->program);
	feed->at += n;
	feed->sent = 0;
	feed->have = (size_t)n;
	if (n > 0)
		run->step->fed(run->step->context, feed->block, feed->have);
	return n;
}

/* 1: it may read more; 0: nothing is left, or it reads no more; -1: err. */
static int feed_more(struct run *run, struct error *err)
{
	struct feed *feed = &run->feed;
	ssize_t n;

	if (feed->sent == feed->have) {
		n = next_block(run, err);
		if (n <= 0)
			return (int)n;
	}
	n = write(feed->fd, feed->block + feed->sent, feed->have - feed->sent);
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE)
		return error_set(err, errno, "%s: its input", run->step->program);
	if (n > 0)
		feed->sent += (size_t)n;
	return n >= 0 || errno != EPIPE;
}

/* The rest of a file of which a program needs no more. */
static int feed_rest(struct run *run, struct error *err)
{
	ssize_t n = 0;

	while (run->step->fed != NULL && (n = next_block(run, err)) > 0)
		;
	return (int)n;
}

static int describe_signal(struct error *err)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < sizeof ending_signals / sizeof ending_signals[0]; i++)
		if (sigismember(&pending, ending_signals[i]) == 1) {
			error_set_text(err, 0, "SIG%s came: nothing was changed", sigabbrev_np(ending_signals[i]));
			err->errnum = EINTR;
			return -1;
		}
	return error_set(err, EINTR, "a signal came, and is not pending");
}

/* Until both outputs have come to their end. */
static int follow(struct run *run, int signals, struct error *err)
{
	struct pollfd fds[] = {{.fd = run->out.fd, .events = POLLIN}, {.fd = run->complaints.fd, .events = POLLIN},
		{.fd = signals, .events = POLLIN}, {.fd = run->feed.fd, .events = POLLOUT}};
	struct output *const outputs[] = {&run->out, &run->complaints};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 4, -1) < 0 && errno != EINTR)
			return error_set(err, errno, "poll");
		if (fds[3].fd >= 0 && fds[3].revents != 0) {
			const int more = feed_more(run, err);

			if (more < 0)
				return -1;
			if (more == 0) {
				close_fd(&run->feed.fd);
				fds[3].fd = -1;
			}
		}
		for (size_t i = 0; i < 2; i++) {
			int more = 1;

			if (fds[i].fd >= 0 && fds[i].revents != 0)
				more = read_output(run, outputs[i], err);
			if (more < 0)
				return -1;
			if (more == 0)
				fds[i].fd = -1;
		}
		if ((fds[2].revents & POLLIN) != 0) {
			run->ended = true;
			return describe_signal(err);
		}
	}
	return 0;
}

/* `Get \"http://…\"` */
static void unquote(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (text[0] != '\\' || text[1] != '"')
			*to++ = *text;
	*to = '\0';
}

/* What a program says, without its decoration: "tar: X", "   ⨯ X", `time="…" level=fatal msg="X"`. */
static char *plain(const struct image_step *step, char *said)
{
	static const char message[] = " msg=\"", cross[] = "⨯ ";
	const size_t len = strlen(step->program);
	char *from = strstr(said, message), *name;

	if (from != NULL) {
		from += strlen(message);
		if (*from != '\0' && from[strlen(from) - 1] == '"')
			from[strlen(from) - 1] = '\0';
		unquote(from);
		return from;
	}
	from = said + strspn(said, " ");
	if (strncmp(from, cross, strlen(cross)) == 0)
		from += strlen(cross);
	/* By its path, as it was called. */
	name = from;
	if (*name == '/')
		for (char *p = name; *p != '\0' && *p != ':'; p++)
			if (*p == '/')
				name = p + 1;
	if (strncmp(name, step->program, len) == 0 && strncmp(name + len, ": ", 2) == 0)
		from = name + len + 2;
	for (size_t n = strlen(from); n > 0 && from[n - 1] == ' '; n--)
		from[n - 1] = '\0';
	return from;
}

static int judge(struct run *run, int status, struct error *err)
{
	const struct image_step *step = run->step;

	if (WIFSIGNALED(status))
		return error_set(err, 0, "%s: killed by signal %d", step->program, WTERMSIG(status));
	if (WEXITSTATUS(status) == 0 ||
		(step->forgiving && run->forgiven && !run->complained && WEXITSTATUS(status) == 2))
		return 0;
	if (run->complained)
		return error_set(err, 0, "%s: %s", step->program, plain(step, run->said));
	return error_set(err, 0, "%s: exit status %d", step->program, WEXITSTATUS(status));
}

static int start_and_wait(struct run *run, int signals, struct error *err)
{
	_cleanup_(close_fd) int out = -1, complaints = -1, to_out = -1, to_complaints = -1, from_us = -1;
	const pid_t parent = getpid();
	int first[2], second[2], third[2], status, followed;
	pid_t pid;

	if (pipe2(first, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	out = first[0];
	to_out = first[1];
	if (pipe2(second, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	complaints = second[0];
	to_complaints = second[1];
	if (run->step->fed != NULL) {
		if (pipe2(third, O_CLOEXEC) < 0)
			return error_set(err, errno, "pipe");
		from_us = third[0];
		run->feed.fd = third[1];
		if (fcntl(run->feed.fd, F_SETFL, O_NONBLOCK) < 0)
			return error_set(err, errno, "fcntl");
	}
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "fork");
	if (pid == 0)
		run_child(run->step, from_us >= 0 ? from_us : run->step->input, to_out, to_complaints, parent);
	close_fd(&from_us);
	close_fd(&to_out);
	close_fd(&to_complaints);
	run->out.fd = out;
	run->complaints.fd = complaints;
	followed = follow(run, signals, err);
	close_fd(&run->feed.fd);
	if (followed < 0) {
		struct error ignored;

		/* The launcher ends what it has started, and its namespace what is left. */
		kill(pid, SIGTERM);
		(void)wait_limited(pid, INT64_C(10000000000), &status, &ignored);
		return -1;
	}
	return wait_reap(pid, &status, err) < 0 || judge(run, status, err) < 0 ? -1 : feed_rest(run, err);
}

static int check(const struct image_step *step, struct error *err)
{
	_cleanup_(freep) char *path = program_find(step->program);
	size_t words = 0;

	while (step->argv[words] != NULL)
		words++;
	if (step->full || words > IMAGE_STEP_ARGV)
		return error_set(err, 0, "%s: more than %d words of options or %d of a command", step->program,
			IMAGE_STEP_OPTIONS, IMAGE_STEP_ARGV);
	if (step->failed)
		return error_set(err, ENOMEM, "%s", step->program);
	if (path != NULL)
		return 0;
	error_set(err, 0, "%s: " PHRASE_NOT_HERE, step->program);
	return error_hint(err, "apt-get install %s", step->package);
}

/* Those that would end us: not what nohup(1) has us ignore. */
static void fill_ending(sigset_t *ending)
{
	sigemptyset(ending);
	for (size_t i = 0; i < sizeof ending_signals / sizeof ending_signals[0]; i++) {
		struct sigaction action;

		if (sigaction(ending_signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(ending, ending_signals[i]);
	}
}

void image_step_let_signal_end(void)
{
	sigset_t ending;

	fill_ending(&ending);
	sigprocmask(SIG_UNBLOCK, &ending, NULL);
}

int image_step_run(struct image_step *step, struct error *err)
{
	_cleanup_(freep) struct run *run = calloc(1, sizeof *run);
	_cleanup_(close_fd) int signals = -1;
	const struct timespec at_once = {0};
	sigset_t ending, broken, before;
	int result;

	if (run == NULL || check(step, err) < 0) {
		free_options(step);
		return run == NULL ? error_set(err, ENOMEM, "%s", step->program) : -1;
	}
	run->step = step;
	run->feed.fd = -1;
	run->out.line = step->out;
	run->complaints.line = step->complaint;
	fill_ending(&ending);
	sigprocmask(SIG_BLOCK, &ending, &before);
	/* Of a program that reads no more. */
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigprocmask(SIG_BLOCK, &broken, NULL);
	signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
	result = signals < 0 ? error_set(err, errno, "signalfd") : start_and_wait(run, signals, err);
	/* Also one that came when both outputs had ended already. */
	if (result == 0 && poll(&(struct pollfd){.fd = signals, .events = POLLIN}, 1, 0) > 0) {
		run->ended = true;
		result = describe_signal(err);
	}
	while (sigtimedwait(&broken, NULL, &at_once) > 0)
		;
	if (run->ended)
		sigprocmask(SIG_UNBLOCK, &broken, NULL);
	else
		sigprocmask(SIG_SETMASK, &before, NULL);
	free_options(step);
	return result;
}
