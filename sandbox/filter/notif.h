/* Allocates the buffers of seccomp user notification. seccomp_unotify(2)
 *
 * The kernel's structs may become longer than ours (SECCOMP_GET_NOTIF_SIZES), and the request must be zeroed first.
 * Runs in: launcher */
#pragma once

#include <linux/seccomp.h>

union notif_request {
	struct seccomp_notif notif;
	char room[512];
};

union notif_answer {
	struct seccomp_notif_resp resp;
	char room[128];
};
