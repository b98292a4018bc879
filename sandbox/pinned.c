#include "sandbox/pinned.h"

#include "common/cleanup.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int send_one(int sock, enum pinned what, int fd, struct error *err)
{
	const struct message pinned = {.kind = MESSAGE_PINNED, .value = (int)what};

	if (fd >= 0 && message_send_fd(sock, &pinned, fd) < 0)
		return error_set(err, errno, "hand a descriptor to the launcher");
	return 0;
}

int pinned_send(const struct layers *layers, int sock, struct error *err)
{
	_cleanup_(close_fd) int userns = -1;

	userns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	if (userns < 0)
		return error_set(err, errno, "/proc/self/ns/user");
	return send_one(sock, PINNED_USERNS, userns, err) < 0 ||
			       send_one(sock, PINNED_SCRATCH, layers->scratch, err) < 0 ||
			       send_one(sock, PINNED_MIRROR, layers->mirror, err) < 0
		       ? -1
		       : 0;
}
