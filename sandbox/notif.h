/* Room for what seccomp user notification reads and writes. The kernel has structs of its own, which may be longer than
 * ours one day (SECCOMP_GET_NOTIF_SIZES), and wants the request all zero before. seccomp_unotify(2) */
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
