/* What the shim and the supervisor say to each other over the slot's socket (SOCK_SEQPACKET: one message, one text).
 *
 *   shim        "job 2"
 *   supervisor  "begin", with four descriptors (SCM_RIGHTS) in the order of enum handover_fd: the shim's ends of the
 *               pipes of a sandbox that is about to start
 *               "cancel": put a cancel message behind what was sent so far
 *               "exit CODE\nREASON": the job is over, or never began; REASON may be empty */
#pragma once

#define HANDOVER_DIRECTORY "/run/cofferdam" /* in the listener sandbox */
#define HANDOVER_SOCKET_NAME "slot.sock"
#define HANDOVER_HELLO "job 2"
#define HANDOVER_BEGIN "begin"
#define HANDOVER_CANCEL "cancel"
#define HANDOVER_EXIT "exit "
#define HANDOVER_TEXT_MAX 2048

enum handover_fd {
	HANDOVER_MESSAGES, /* where the Worker reads the Listener's messages: the shim writes. A socket, runner/job.c
			      says why */
	HANDOVER_ANSWERS,  /* where it could write, but never does: the shim holds it, and reads from the two below */
	HANDOVER_STDOUT,
	HANDOVER_STDERR,
	HANDOVER_FD_COUNT,
};
