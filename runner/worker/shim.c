#include "runner/worker/shim.h"

#include "common/clock.h"
#include "runner/worker/control.h"
#include "runner/worker/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long output may still come after the end: the Listener waits 5 s for it. */
#define DRAIN_LIMIT_NS INT64_C(2000000000)
#define SAY_LIMIT_NS INT64_C(1000000000)
/* Messages that may wait for the Worker before the Listener has to. */
#define QUEUE_MAX 16

struct shim {
	int control;
	int messages; /* from the Listener; -1: at its end */
	int to_worker;
	int answers; /* from the Worker, which has none: held, never read, so that who writes there only stops himself
		      */
	struct frame_queue *queue;
	struct frame_reader reader;
	struct relay output[2];
	struct control_order order;
	int64_t end_ns; /* 0: the job runs */
};

/* A Listener that does not read must not keep us. */
static void write_within(const char *text, size_t len, int64_t end_ns)
{
	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	while (len > 0) {
		struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
		int64_t left = end_ns - clock_monotonic_ns();
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return; /* nowhere left to say it */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (left <= 0) {
			return;
		} else {
			poll(&p, 1, (int)(left / 1000000) + 1);
		}
	}
}

void shim_say(const char *reason)
{
	char line[HANDOVER_TEXT_MAX + 16];
	int n = snprintf(line, sizeof line, "cofferdam: %s\n", reason);

	if (n > 0)
		write_within(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1,
			clock_monotonic_ns() + SAY_LIMIT_NS);
}

/* Why there is no job (any more). In the v1 flow the Listener writes it into the job's record, if the server has one:
 * many make it only when the Worker says so. It tells them that the job has ended only for a Worker that could not
 * write its files, which it looks for by this name; otherwise such a server waits for ever. actions/runner:
 * src/Runner.Listener/JobDispatcher.cs (ForceFailJob). */
static void say_end(const struct subject *subject, const char *reason)
{
	shim_say(reason);
	if (subject->older)
		shim_say("told to this older server as a System.IO.IOException, so that it ends the job");
}

/* Our ends of the job's pipes. */
static void take_pipes(struct shim *shim, const int fds[HANDOVER_FD_COUNT])
{
	shim->to_worker = fds[HANDOVER_MESSAGES];
	shim->answers = fds[HANDOVER_ANSWERS];
	for (int i = 0; i < 2; i++) {
		shim->output[i].from = fds[HANDOVER_STDOUT + i];
		shim->output[i].to = STDOUT_FILENO + i;
		shim->output[i].name = i == 0 ? "standard output" : "standard error";
	}
	/* A Worker that does not read must not stop us, nor a Listener that does not. */
	fcntl(shim->to_worker, F_SETFL, O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The job is over for us; with the connection, the supervisor sees it. The first reason stands: what fails afterwards
 * follows from it. */
static void end(struct shim *shim, const struct control_order *order)
{
	if (shim->end_ns != 0)
		return;
	shim->order = *order;
	shim->end_ns = clock_monotonic_ns() + DRAIN_LIMIT_NS;
	drop(&shim->control);
}

/* What the Listener or the supervisor wants could not be passed on. A job that does not hear it must not run on. */
static void fail(struct shim *shim, const char *reason)
{
	struct control_order order = {.kind = CONTROL_EXIT, .code = 1};

	snprintf(order.reason, sizeof order.reason, "%s", reason);
	end(shim, &order);
}

static void obey(struct shim *shim)
{
	struct control_order order;

	control_read(shim->control, &order);
	switch (order.kind) {
	case CONTROL_NOTHING:
		return;
	case CONTROL_CANCEL:
		if (frame_queue_inject(shim->queue, SHIM_FRAME_CANCEL) < 0)
			fail(shim, "job ended: it could not be canceled");
		return;
	case CONTROL_LOST:
		order.code = 1;
		snprintf(order.reason, sizeof order.reason, "job ended: the supervisor is gone");
		break;
	case CONTROL_EXIT:
		break;
	}
	end(shim, &order);
}

static void read_messages(struct shim *shim)
{
	bool whole;

	if (frame_read(&shim->reader, shim->messages, shim->queue, &whole) == 0)
		return;
	/* At the end of file the Listener is gone. Then the supervisor, who sees that too, ends the job. */
	if (errno == EBADMSG)
		fail(shim, "job ended: unexpected form of the Listener's message");
	else if (errno != 0)
		fail(shim, "job ended: the Listener's message could not be passed on");
	drop(&shim->messages);
}

static void write_messages(struct shim *shim)
{
	if (frame_queue_write(shim->queue, shim->to_worker) < 0) {
		drop(&shim->to_worker);
		frame_queue_free(shim->queue);
	}
}

/* poll(2) ignores negative descriptors: what is not wanted now becomes one. */
static int wanted(int fd, bool want)
{
	return want ? fd : -1;
}

/* Until when to wait: what the caller says, or the next time that a relay wants to read. -1: for ever. */
static int limit_ms(const struct shim *shim, int64_t now_ns)
{
	int64_t left = shim->end_ns != 0 ? shim->end_ns - now_ns : -1;

	if (shim->end_ns != 0 && left < 0)
		left = 0; /* it has passed since the caller looked */

	for (int i = 0; i < 2; i++) {
		int64_t wait = relay_waits_ns(&shim->output[i], now_ns);

		if (wait > 0 && (left < 0 || wait < left))
			left = wait;
	}
	return left < 0 ? -1 : (int)(left / 1000000) + 1;
}

static void step(struct shim *shim)
{
	const int64_t now_ns = clock_monotonic_ns();
	struct relay *out = &shim->output[0], *err = &shim->output[1];
	struct pollfd p[] = {
		{.fd = shim->control, .events = POLLIN},
		{.fd = wanted(shim->messages, shim->queue->n < QUEUE_MAX), .events = POLLIN},
		{.fd = wanted(shim->to_worker, shim->queue->n > 0), .events = POLLOUT},
		{.fd = wanted(out->from, relay_wants_read(out, now_ns)), .events = POLLIN},
		{.fd = wanted(out->to, relay_wants_write(out)), .events = POLLOUT},
		{.fd = wanted(err->from, relay_wants_read(err, now_ns)), .events = POLLIN},
		{.fd = wanted(err->to, relay_wants_write(err)), .events = POLLOUT},
	};

	if (poll(p, sizeof p / sizeof p[0], limit_ms(shim, now_ns)) <= 0)
		return;
	if (p[3].revents != 0)
		relay_read(out, now_ns);
	if (p[4].revents != 0)
		relay_write(out);
	if (p[5].revents != 0)
		relay_read(err, now_ns);
	if (p[6].revents != 0)
		relay_write(err);
	/* Before what may fail: the supervisor knows how the job ended. */
	if (p[0].revents != 0)
		obey(shim);
	if (p[2].revents != 0)
		write_messages(shim);
	if (p[1].revents != 0)
		read_messages(shim);
}

static void read_subject(const struct frame_queue *queue, struct subject *subject)
{
	const struct frame_block *first = queue->head;

	*subject = (struct subject){0};
	if (first != NULL && first->written == 0)
		subject_read(first->data + SHIM_FRAME_HEADER, first->size - SHIM_FRAME_HEADER, subject);
}

int shim_run(const char *path, int messages, struct frame_queue *queue)
{
	static struct shim shim; /* its buffers are large for a stack */
	struct subject subject;
	int fds[HANDOVER_FD_COUNT];

	read_subject(queue, &subject);
	shim = (struct shim){.control = control_connect(path), .messages = messages, .queue = queue};
	if (shim.control < 0 || control_hello(shim.control, &subject) < 0) {
		say_end(&subject, errno == ENOENT || errno == ECONNREFUSED ? "job refused: no supervisor is listening"
									   : "job refused: it cannot be handed over");
		return 1;
	}
	if (control_await_begin(shim.control, fds, &shim.order) < 0) {
		say_end(&subject,
			shim.order.kind == CONTROL_EXIT ? shim.order.reason : "job refused: the supervisor is gone");
		return shim.order.kind == CONTROL_EXIT ? shim.order.code : 1;
	}
	take_pipes(&shim, fds);
	while (shim.end_ns == 0)
		step(&shim);
	while ((!relay_is_done(&shim.output[0]) || !relay_is_done(&shim.output[1])) &&
		clock_monotonic_ns() < shim.end_ns)
		step(&shim);
	frame_queue_free(queue);
	if (shim.order.reason[0] != '\0')
		say_end(&subject, shim.order.reason);
	return shim.order.code;
}
