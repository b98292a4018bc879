/* What the child says to the launcher over their SOCK_SEQPACKET pair: one struct per datagram, a few in all. */
#pragma once

#include "common/error.h"

#include <stdint.h>
#include <sys/types.h>

enum message_kind {
	MESSAGE_READY,    /* set-up is done; `pidns` names the sandbox's PID namespace */
	MESSAGE_STARTING, /* from the command's process: only the filter and execve(2) are left */
	MESSAGE_FAILED,   /* set-up or exec failed: nothing of the job has run; `status` is the launcher's exit code */
	MESSAGE_ENDED, /* the command ended: `code` and `value` as waitid(2) gives them (CLD_EXITED, CLD_KILLED, …) */
};

struct message {
	enum message_kind kind;
	int status;
	int code;
	int value;
	uint64_t killed; /* processes that the command left behind */
	ino_t pidns;     /* inode of /proc/self/ns/pid */
	struct error error;
};

/* Sends one message; gives up silently when the launcher is gone, for then nobody is left to tell. */
void message_send(int fd, const struct message *message);

/* 1: received. 0: the other side has closed. -1: errno. Never blocks longer than the datagram takes. */
int message_receive(int fd, struct message *message);
