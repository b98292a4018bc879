/* The protocol between shim and supervisor on the slot's socket (SOCK_SEQPACKET, a text per message).
 *
 *   shim        "job 6\nREPOSITORY\nDOCKER\nSOURCE\nWORKFLOW\nJOB", of subject.h; what is not known is empty. DOCKER
 *               and SOURCE are numbers, of enum subject_docker and enum subject_source. It is said by the Listener's
 *               sandbox, into which no job can write, but the texts are a workflow's
 *   supervisor  "begin", with four descriptors (SCM_RIGHTS) in the order of enum handover_fd: the shim's ends of the
 *               pipes of a sandbox that is about to start
 *               "cancel": append a cancel message to the messages sent so far
 *               "exit CODE\nREASON": the job is over, or did not begin; REASON may be empty */
#pragma once

/* How the slot starts the Listener: `Runner.Worker start FD PROGRAM [ARGUMENT…]`. The shim says on FD that it is the
 * shim, closes it, and executes the program. */
#define HANDOVER_START "start"
#define HANDOVER_SHIM "cofferdam-worker 1\n"

#define HANDOVER_DIRECTORY "/run/cofferdam" /* in the listener sandbox */
#define HANDOVER_SOCKET_NAME "slot.sock"
#define HANDOVER_HELLO "job 6\n"
#define HANDOVER_BEGIN "begin"
#define HANDOVER_CANCEL "cancel"
#define HANDOVER_EXIT "exit "
#define HANDOVER_TEXT_MAX 2048

enum handover_fd {
	HANDOVER_MESSAGES, /* the shim writes the Listener's messages, the Worker reads them. A socket: runner/job/job.c
			      says why */
	HANDOVER_ANSWERS,  /* the Worker could write here, but does not. The shim holds it, and reads from the two below
			    */
	HANDOVER_STDOUT,
	HANDOVER_STDERR,
	HANDOVER_FD_COUNT,
};
