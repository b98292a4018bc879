/* Where the control socket is. */
#pragma once

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CONTROL_NAME "control"

/* The address by the directory's descriptor: its path may be longer than an address can be. unix(7) */
static inline void control_address(struct sockaddr_un *address, int dirfd)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" CONTROL_NAME, dirfd);
}
