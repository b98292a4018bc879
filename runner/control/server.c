#include "runner/control/server.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/control/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_LIMIT_NS (5 * NS_PER_S)
#define DEAF_NS NS_PER_S

int control_open(struct control *control, int dirfd, struct error *err)
{
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	*control = (struct control){.dirfd = dirfd};
	if (fd < 0 || (unlinkat(dirfd, CONTROL_NAME, 0) < 0 && errno != ENOENT))
		return error_set(err, errno, "control socket");
	control_address(&address, dirfd);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
		fchmodat(dirfd, CONTROL_NAME, 0600, 0) < 0 || listen(fd, CONTROL_CLIENTS_MAX) < 0)
		return error_set(err, errno, "control socket");
	control->fd = take_fd(&fd);
	return 0;
}

static void drop(struct control_client *client)
{
	if (client->fd > 0)
		close(client->fd);
	*client = (struct control_client){.fd = 0};
}

size_t control_poll(const struct control *control, struct pollfd fds[CONTROL_FDS], int64_t *next_ns)
{
	size_t n = 0;

	*next_ns = 0;
	if (control->deaf_until_ns > clock_monotonic_ns())
		*next_ns = control->deaf_until_ns;
	else if (control->fd > 0)
		fds[n++] = (struct pollfd){.fd = control->fd, .events = POLLIN};
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &control->client[i];

		if (client->fd == 0)
			continue;
		fds[n++] = (struct pollfd){.fd = client->fd, .events = POLLIN};
		if (client->line_end_ns > 0 && (*next_ns == 0 || client->line_end_ns < *next_ns))
			*next_ns = client->line_end_ns;
	}
	return n;
}

/* The directory's mode says the same. */
static bool is_same_user(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == geteuid();
}

static void refuse(struct control *control, int fd)
{
	struct control_client client = {.fd = fd};

	if (!control->is_full)
		log_line("control socket: more than %d commands at once: refused", CONTROL_CLIENTS_MAX);
	control->is_full = true;
	control_reply(&client, CONTROL_SAY, "more than %d commands at once: refused: try again when one has ended",
		CONTROL_CLIENTS_MAX);
	control_reply(&client, CONTROL_END, "%d", 1);
}

static void accept_clients(struct control *control)
{
	for (int tries = 0; control->fd > 0 && tries < CONTROL_CLIENTS_MAX; tries++) {
		_cleanup_(close_fd) int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int i = 0;

		if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			control->deaf_until_ns = clock_monotonic_ns() + DEAF_NS;
		if (fd < 0)
			return;
		if (!is_same_user(fd)) {
			log_line("control socket: a connection of another user: refused");
			continue;
		}
		while (i < CONTROL_CLIENTS_MAX && control->client[i].fd > 0)
			i++;
		if (i == CONTROL_CLIENTS_MAX) {
			refuse(control, take_fd(&fd));
			continue;
		}
		control->client[i] = (struct control_client){
			.fd = take_fd(&fd), .line_end_ns = clock_monotonic_ns() + LINE_LIMIT_NS};
	}
}

static void take_line(
	struct control *control, struct control_client *client, size_t len, control_handler *handle, void *context)
{
	struct control_request request;
	struct error err;

	client->line_end_ns = 0;
	control->is_full = false;
	if (control_request_parse(&request, client->line, len, &err) == 0) {
		handle(context, client, &request);
		return;
	}
	log_error(&err);
	control_reply(client, CONTROL_SAY, "%s", err.text);
	control_reply(client, CONTROL_END, "%d", 2);
}

/* After its line, all that may come is its end. */
static void serve_client(struct control *control, struct control_client *client, control_handler *handle, void *context)
{
	const ssize_t n = recv(client->fd, client->line + client->len, sizeof client->line - client->len, MSG_DONTWAIT);
	const char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		if (client->line_end_ns > 0 && clock_monotonic_ns() > client->line_end_ns)
			drop(client);
		return;
	}
	if (n <= 0 || client->line_end_ns == 0) {
		drop(client);
		return;
	}
	client->len += (size_t)n;
	end = memchr(client->line, '\n', client->len);
	if (end != NULL)
		take_line(control, client, (size_t)(end - client->line), handle, context);
	else if (client->len == sizeof client->line)
		drop(client);
}

void control_serve(struct control *control, control_handler *handle, void *context)
{
	accept_clients(control);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->client[i].fd > 0)
			serve_client(control, &control->client[i], handle, context);
}

static void send_line(struct control_client *client, enum control_tag tag, const char *text)
{
	char line[CONTROL_REPLY_MAX + 8];
	const int len = snprintf(line, sizeof line, "%c %s\n", tag, text);

	if (client->fd > 0 && send(client->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
		drop(client);
}

void control_reply(struct control_client *client, enum control_tag tag, const char *fmt, ...)
{
	char text[CONTROL_REPLY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	send_line(client, tag, text);
	if (tag == CONTROL_END)
		drop(client);
}

void control_progress(struct control_client *client, const char *fmt, ...)
{
	char text[CONTROL_REPLY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (client->fd == 0 || strcmp(text, client->said) == 0)
		return;
	memcpy(client->said, text, sizeof text);
	send_line(client, CONTROL_WAIT, text);
}

void control_forget(struct control *control)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		drop(&control->client[i]);
	if (control->fd > 0)
		close(control->fd);
	control->fd = 0;
}

void control_close(struct control *control)
{
	if (control->fd > 0)
		unlinkat(control->dirfd, CONTROL_NAME, 0);
	control_forget(control);
}
