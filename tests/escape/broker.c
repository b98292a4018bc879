/* broker WAY N: asks the broker of sudo (sandbox/sudo/request.h) what its own client never would. The command is
 * this program with the way "count", which says how many descriptors it was given. */
#include "sandbox/sudo/request.h"
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS_MAX 16

static int connect_broker(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SUDO_SOCKET};
	const int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || connect(sock, (const struct sockaddr *)&address, sizeof address) < 0)
		untried("connect: %s", errno_name(errno));
	return sock;
}

/* 0-2, then a directory, then more of the same. */
static bool send_head(int sock, const struct sudo_head *head, size_t size, int n)
{
	union {
		char buffer[CMSG_SPACE(sizeof(int) * FDS_MAX)];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec part = {(void *)(uintptr_t)head, size};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int fds[FDS_MAX] = {0, 1, 2};

	if (rights == NULL)
		return false;
	for (int i = 3; i < n; i++)
		fds[i] = open("/", O_RDONLY | O_DIRECTORY);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
	memcpy(CMSG_DATA(rights), fds, sizeof(int) * (size_t)n);
	return sendmsg(sock, &message, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Whether the broker runs what is asked for. */
static _Noreturn void ask(struct sudo_head *head, int n_fds, const char *strings, size_t size)
{
	const int sock = connect_broker();
	struct sudo_answer answer;

	head->magic = SUDO_MAGIC;
	head->version = SUDO_VERSION;
	head->umask = 022;
	if (head->size == 0)
		head->size = (uint32_t)size;
	for (size_t i = 0; i < SUDO_RLIMITS; i++)
		head->rlimits[i] = (struct sudo_rlimit){UINT64_MAX, UINT64_MAX};
	if (!send_head(sock, head, sizeof *head, n_fds) || send(sock, strings, size, MSG_NOSIGNAL) != (ssize_t)size ||

		recv(sock, &answer, sizeof answer, MSG_WAITALL) != (ssize_t)sizeof answer)
		blocked("request: %s", errno != 0 ? errno_name(errno) : "no answer");
	if (answer.kind == SUDO_EXITED && answer.value == 0)
		succeeded("request: the command has run");
	blocked("request: answer %u, %d", answer.kind, answer.value);
}

static const char command[] = "\0\0\0/probes/broker\0count"; /* ends with a NUL */

static void with_fds(char **args)
{
	struct sudo_head head = {.n_args = 2};
	const int n = atoi(args[0]);

	if (n < 1 || n > FDS_MAX)
		misused("1 to %d descriptors", FDS_MAX);
	ask(&head, n, command, sizeof command);
}

/* The head says more, or less, than there is. */
static void with_args(char **args)
{
	struct sudo_head head = {.n_args = (uint32_t)strtoul(args[0], NULL, 0)};

	ask(&head, SUDO_FDS, command, sizeof command);
}

static void with_size(char **args)
{
	struct sudo_head head = {.n_args = 2, .size = (uint32_t)(sizeof command + strtoul(args[0], NULL, 0))};

	ask(&head, SUDO_FDS, command, sizeof command);
}

static void with_flags(char **args)
{
	struct sudo_head head = {.n_args = 2, .flags = (uint32_t)strtoul(args[0], NULL, 0)};

	ask(&head, SUDO_FDS, command, sizeof command);
}

/* In the command: something beyond 0-2 is open. */
static void count(char **args)
{
	(void)args;
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			exit(PROBE_MISUSED);
	exit(PROBE_SUCCEEDED);
}

static const struct attack attacks[] = {
	{"descriptors", 1, with_fds},
	{"arguments", 1, with_args},
	{"size", 1, with_size},
	{"flags", 1, with_flags},
	{"count", 0, count},
};

ATTACK_MAIN(attacks)
