#include "runner/hold/channel.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum hold_said hold_hear(int job, char why[HOLD_WHY_MAX])
{
	char text[HOLD_TEXT_MAX];
	const ssize_t n = recv(job, text, sizeof text - 1, MSG_DONTWAIT);

	why[0] = '\0';
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return HOLD_SAID_NOTHING;
	if (n <= 0)
		return HOLD_SAID_END;
	text[n] = '\0';
	if (strcmp(text, HOLD_FAILED) == 0)
		return HOLD_SAID_FAILED;
	if (strcmp(text, HOLD_HELD) == 0)
		return HOLD_SAID_HELD;
	if (strncmp(text, HOLD_NOT_HELD, strlen(HOLD_NOT_HELD)) != 0)
		return HOLD_SAID_END;
	snprintf(why, HOLD_WHY_MAX, "%.*s", HOLD_WHY_MAX - 1, text + strlen(HOLD_NOT_HELD));
	return HOLD_SAID_NOT_HELD;
}

int hold_say(int to, const char *text)
{
	return send(to, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

int hold_keep(int job)
{
	return hold_say(job, HOLD_KEEP);
}

int hold_pass(int job, int client, const char *term, const char *directory)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	char text[HOLD_TEXT_MAX];
	const int len = snprintf(text, sizeof text, HOLD_SHELL "%s\n%s", term, directory);
	struct iovec part = {.iov_base = text, .iov_len = (size_t)len};
	const struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

	if ((size_t)len >= sizeof text)
		return -1;
	memcpy(CMSG_DATA(&control.align), &client, sizeof client);
	return sendmsg(job, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

static bool is_term(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-+._", *c) == NULL)
			return false;
	return strlen(text) < HOLD_TERM_MAX;
}

enum hold_wish hold_wish(int client, char term[HOLD_TERM_MAX])
{
	struct pollfd ready = {.fd = client, .events = POLLIN};
	char text[128];
	ssize_t n;

	term[0] = '\0';
	if (poll(&ready, 1, HOLD_WISH_LIMIT_MS) <= 0)
		return HOLD_WISH_NONE;
	n = recv(client, text, sizeof text - 1, MSG_DONTWAIT);
	if (n <= 0)
		return HOLD_WISH_NONE;
	text[n] = '\0';
	if (strcmp(text, HOLD_RELEASE) == 0)
		return HOLD_WISH_RELEASE;
	if (strncmp(text, HOLD_SHELL, strlen(HOLD_SHELL)) != 0)
		return HOLD_WISH_NONE;
	if (is_term(text + strlen(HOLD_SHELL)))
		snprintf(term, HOLD_TERM_MAX, "%.*s", HOLD_TERM_MAX - 1, text + strlen(HOLD_SHELL));
	return HOLD_WISH_SHELL;
}
