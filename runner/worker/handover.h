/* clang-format off */
/* What the shim and the supervisor say to each other over the slot's socket (SOCK_SEQPACKET: one message, one text).
 *
 *   shim        "job 1", with four descriptors (SCM_RIGHTS) in the order of enum handover_fd: the job's ends of four pipes
 *   supervisor  "cancel": put a cancel message behind what was sent so far
 *               "exit CODE\nREASON": the job is over; REASON may be empty */
/* clang-format on */
#pragma once

#define HANDOVER_DIRECTORY "/run/cofferdam" /* in the listener sandbox */
#define HANDOVER_SOCKET_NAME "slot.sock"
#define HANDOVER_HELLO "job 1"
#define HANDOVER_CANCEL "cancel"
#define HANDOVER_EXIT "exit "
#define HANDOVER_TEXT_MAX 2048

enum handover_fd {
	HANDOVER_MESSAGES, /* the Worker reads the Listener's messages here */
	HANDOVER_ANSWERS,  /* and could write here, but never does */
	HANDOVER_STDOUT,
	HANDOVER_STDERR,
	HANDOVER_FD_COUNT,
};
