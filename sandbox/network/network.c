#include "sandbox/network/network.h"

#include "sandbox/files/leave.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int network_loopback_up(struct error *err)
{
	_cleanup_(leave_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo"};

	lo.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0)
		return error_set(err, errno, "network: socket");
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return error_set(err, errno, "network: bring up lo");
	return 0;
}
