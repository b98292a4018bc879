#include "runner/job/handover.h"

#include "common/cleanup.h"
#include "common/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int handover_listen(const char *directory, struct error *err)
{
	_cleanup_(close_fd) int dirfd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (dirfd < 0 || fd < 0)
		return error_set(err, errno, "%s", directory);
	/* The state directory's path may be longer than a socket's may. */
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" HANDOVER_SOCKET_NAME, dirfd);
	if (unlinkat(dirfd, HANDOVER_SOCKET_NAME, 0) < 0 && errno != ENOENT)
		return error_set(err, errno, "%s/" HANDOVER_SOCKET_NAME, directory);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0)
		return error_set(err, errno, "%s/" HANDOVER_SOCKET_NAME, directory);
	return take_fd(&fd);
}

static int check_peer(int connection, struct error *err)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return error_set(err, errno, "shim: SO_PEERCRED");
	return peer.uid == geteuid() ? 0 : error_set(err, 0, "shim: a process of another user");
}

int handover_accept(int listening, struct error *err)
{
	_cleanup_(close_fd) int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection < 0)
		return error_set(err, errno, "shim: accept");
	if (check_peer(connection, err) < 0)
		return -1;
	return take_fd(&connection);
}

/* OWNER/NAME in GitHub's alphabet: nothing that could look like another part of a line. */
static bool is_repository(const char *text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	const size_t owner = strspn(text, alphabet);
	const size_t name = text[owner] == '/' ? strspn(text + owner + 1, alphabet) : 0;

	return owner > 0 && name > 0 && text[owner + 1 + name] == '\0';
}

static int parse_hello(char *text, struct subject *subject)
{
	char *repository = text + strlen(HANDOVER_HELLO), *docker, *source, *workflow, *job;
	uint64_t number, whose;
	struct error err;

	if (strncmp(text, HANDOVER_HELLO, strlen(HANDOVER_HELLO)) != 0 || (docker = strchr(repository, '\n')) == NULL ||
		(source = strchr(docker + 1, '\n')) == NULL || (workflow = strchr(source + 1, '\n')) == NULL ||
		(job = strchr(workflow + 1, '\n')) == NULL)
		return -1;
	*docker++ = *source++ = *workflow++ = *job++ = '\0';
	if (parse_count(docker, SUBJECT_DOCKER_COUNT - 1, &number, &err) < 0 ||
		parse_count(source, SUBJECT_SOURCE_COUNT - 1, &whose, &err) < 0)
		return -1;
	subject->docker = (enum subject_docker)number;
	subject->source = (enum subject_source)whose;
	if (is_repository(repository) && strlen(repository) < sizeof subject->repository)
		memcpy(subject->repository, repository, strlen(repository) + 1);
	snprintf(subject->workflow, sizeof subject->workflow, "%.*s", (int)sizeof subject->workflow - 1, workflow);
	snprintf(subject->job, sizeof subject->job, "%.*s", (int)sizeof subject->job - 1, job);
	return 0;
}

int handover_hello(int connection, struct subject *subject, struct error *err)
{
	char text[HANDOVER_TEXT_MAX] = "";

	*subject = (struct subject){0};
	/* Without room for them the kernel drops what descriptors there are. */
	if (recv(connection, text, sizeof text - 1, MSG_DONTWAIT) < 0)
		return error_set(err, errno, "shim: hello");
	return parse_hello(text, subject) == 0 ? 0 : error_set(err, 0, "shim: invalid hello");
}

int handover_begin(int connection, const int fds[HANDOVER_FD_COUNT])
{
	union {
		char space[CMSG_SPACE(HANDOVER_FD_COUNT * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec text = {.iov_base = (char[]){HANDOVER_BEGIN}, .iov_len = strlen(HANDOVER_BEGIN)};
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(HANDOVER_FD_COUNT * sizeof(int));
	memcpy(CMSG_DATA(header), fds, HANDOVER_FD_COUNT * sizeof(int));
	return sendmsg(connection, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int say(int connection, const char *text)
{
	return send(connection, text, strlen(text), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int handover_cancel(int connection)
{
	return say(connection, HANDOVER_CANCEL);
}

int handover_exit(int connection, int code, const char *reason)
{
	char text[HANDOVER_TEXT_MAX];

	snprintf(text, sizeof text, HANDOVER_EXIT "%d\n%s", code, reason);
	return say(connection, text);
}
