#include "runner/control/client.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/lines.h"
#include "runner/control/address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A supervisor that starts, or reloads, makes a sandbox for each pool before it answers. */
#define FIRST_LIMIT_NS (600 * NS_PER_S)
#define POLL_MS 10000

struct answer {
	control_line *line;
	void *context;
	bool has_begun;
	int code; /* -1: none yet */
};

static int absent(const char *state_dir, struct error *err)
{
	error_set(err, 0, "no supervisor runs with the state directory %s", state_dir);
	error_hint(err, "COFFERDAM_STATE_DIR: that of `cofferdam runner start`");
	return CONTROL_ABSENT;
}

static int connect_to(const char *state_dir, struct error *err)
{
	_cleanup_(close_fd) int dirfd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	if (fd < 0)
		return error_set(err, errno, "control socket");
	if (dirfd >= 0) {
		control_address(&address, dirfd);
		if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
			return take_fd(&fd);
	}
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
		return absent(state_dir, err);
	return error_set(err, errno, "%s/" CONTROL_NAME, state_dir);
}

static void on_line(void *context, const char *line, size_t len)
{
	struct answer *answer = context;
	char text[CONTROL_REPLY_MAX];

	answer->has_begun = true;
	if (len < 2 || len - 2 >= sizeof text || line[1] != ' ')
		return;
	memcpy(text, line + 2, len - 2);
	text[len - 2] = '\0';
	if (line[0] == CONTROL_END)
		answer->code = atoi(text) & 0xff;
	else if (line[0] == CONTROL_SAY || line[0] == CONTROL_WAIT)
		answer->line(answer->context, (enum control_tag)line[0], text);
}

static int receive(int fd, struct answer *answer, struct error *err)
{
	const int64_t first_end_ns = clock_monotonic_ns() + FIRST_LIMIT_NS;
	static struct lines lines; /* large for a stack */
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	while (answer->code < 0) {
		const int n = poll(&ready, 1, POLL_MS);
		long got;

		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "control socket");
		if (!answer->has_begun && clock_monotonic_ns() > first_end_ns)
			return error_set(err, 0, "the supervisor does not answer");
		if (n <= 0)
			continue;
		got = lines_read(&lines, fd, on_line, answer);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			break;
	}
	if (answer->code >= 0)
		return answer->code;
	error_set(err, 0, "the supervisor has ended before it was done");
	return error_hint(err, "its log says why");
}

int control_ask(const char *state_dir, const struct control_request *request, control_line *line, void *context,
	struct error *err)
{
	struct answer answer = {.line = line, .context = context, .code = -1};
	char text[CONTROL_LINE_MAX];
	int fd = connect_to(state_dir, err), code;

	if (fd < 0)
		return fd;
	control_request_format(request, text);
	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)strlen(text))
		code = error_set(err, errno, "control socket");
	else
		code = receive(fd, &answer, err);
	close(fd);
	return code;
}
