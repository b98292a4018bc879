/* What the kernel counts per user of the machine, whatever namespace it is in: taking as much of it as can be had. */
#include "tests/escape/probe.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_MAX 253 /* SCM_MAX_FD */

/* One byte with `n` descriptors, which are in flight until somebody receives or closes. */
static int send_fds(int sock, const int *fds, size_t n)
{
	union {
		char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec byte = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct msghdr message = {.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (header == NULL)
		untried("no room for descriptors");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(header), fds, n * sizeof(int));
	return sendmsg(sock, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Says what it has, and keeps it until its standard input ends. */
static _Noreturn void hold(const char *what, long n)
{
	char byte;

	printf("%s: %ld\n", what, n);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	exit(PROBE_SUCCEEDED);
}

/* in-flight: descriptors on their way through sockets, until the kernel refuses to send more. */
static void in_flight(char **args)
{
	struct rlimit limit;
	int fds[FDS_MAX];
	long n = 0;

	(void)args;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = 0; i < FDS_MAX; i++)
		fds[i] = STDIN_FILENO;
	for (;;) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
			untried("socketpair: %s after %ld", errno_name(errno), n);
		while (send_fds(pair[0], fds, FDS_MAX) == 0)
			n += FDS_MAX;
		if (errno == ETOOMANYREFS)
			hold("descriptors in flight", n);
		if (errno != EAGAIN)
			untried("sendmsg: %s after %ld", errno_name(errno), n);
	}
}

static const struct attack attacks[] = {
	{"in-flight", 0, in_flight},
};

ATTACK_MAIN(attacks)
