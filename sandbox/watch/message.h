/* Defines the messages between child and launcher over their SOCK_SEQPACKET pair.
 * One struct per datagram, a few in all. A message may carry one descriptor.
 * Runs in: launcher, child, PID 1, command, helper */
#pragma once

#include "common/error.h"
#include "sandbox/outcome/seen_values.h"

#include <stdint.h>
#include <sys/types.h>

enum message_kind {
	MESSAGE_WAITING,  /* the child can be helped now: it is dumpable, and does nothing until MESSAGE_GO; with a
			   * descriptor of its network namespace for network open */
	MESSAGE_GO,       /* launcher to child: what needed help from outside is done */
	MESSAGE_PINNED,   /* comes with a descriptor for the launcher to keep; `value` is an enum pinned */
	MESSAGE_FILE,     /* comes with the job's description of file number `value` of struct stdio */
	MESSAGE_READY,    /* where there is a report: `pidns` names the sandbox's PID namespace; from the keeper of
			   * a network helper: it runs */
	MESSAGE_SEEN,     /* where there is a report, from the command's process: `seen` is as the plan wants it, which
			   * the process has checked; `value` is 1 where it looks at its filter too, and goes no further
			   * unless that is in place */
	MESSAGE_TTY,      /* from the command's process: the master of the job's terminal comes along */
	MESSAGE_STARTING, /* from the command's process: only the filter and execve(2) are left, or a file system has
			   * to be waited for, which the time limit counts; where denials are explained one of the
			   * next two says so too */
	MESSAGE_SCOPE,    /* from the same, where all is to be explained: `scope` is what cannot be seen from outside */
	MESSAGE_LISTENER, /* from the same: the filter is loaded; its listener comes along */
	MESSAGE_UNEXPLAINED, /* from the same: no listener is to be had, which may be; `error` says why */
	MESSAGE_STARTED,     /* from the same, where it waited for a byte, which has come */
	MESSAGE_FAILED, /* set-up or exec failed: nothing of the job has run; `status` is the launcher's exit code */
	MESSAGE_ENDED, /* the command ended: `code` and `value` as waitid(2) gives them (CLD_EXITED, CLD_KILLED, …) */
};

/* Descriptors for the launcher to keep (sandbox/pinned.h). */
enum pinned {
	PINNED_USERNS,  /* the user namespace: whoever owns it may enter it, and there read whatever the job made */
	PINNED_SCRATCH, /* the root of the scratch file system */
	PINNED_MIRROR,  /* the root of the mirror */
	PINNED_SUDO,    /* the counter of sudo's calls */
	PINNED_COUNT,
};

/* Of the command's process, whose files in /proc are closed to the launcher until execve(2). */
struct message_scope {
	ino_t mounts, users; /* inodes of /proc/self/ns/mnt and /proc/self/ns/user */
	char file[256];      /* the command's */
	char marks[96];      /* privileges that it is marked with and will not have; "" */
};

struct message {
	enum message_kind kind;
	int status;
	int code;
	int value;
	uint64_t killed; /* processes that the command left behind */
	ino_t pidns;     /* inode of /proc/self/ns/pid */
	union {
		struct error error;
		struct seen_values seen;
		struct message_scope scope;
	};
};

/* Sends one message; gives up silently when the other side is gone, for then nobody is left to tell. */
void message_send(int sock, const struct message *message);

/* The same with a descriptor for the other side (unix(7), SCM_RIGHTS). Ours stays open. 0, or -1 with errno. */
int message_send_fd(int sock, const struct message *message, int fd);

/* 1: received; *fd is the descriptor that came along, close-on-exec and the caller's to close, or -1. 0: the other side
 * has closed. -1: errno. Waits for a message where there is none. */
int message_receive(int sock, struct message *message, int *fd);
