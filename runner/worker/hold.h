/* Holds a job that has failed: keeps its sandbox for somebody who looks.
 *
 *   cofferdam-worker hold FD PROGRAM [ARGUMENT…]
 *
 * In a pool with hold_failed this is the command of the job's sandbox, and the Worker its child. Whatever is started
 * here is behind the job's filter and limits because we are, and has the environment that the Worker was started with,
 * in which there is no secret. What the slot and we say to each other on FD (SOCK_SEQPACKET, a text per message):
 *
 *   hold   "failed"          the Worker has reported a failed result, and nobody has told it to end
 *   slot   "hold"            keep the sandbox; its end of the socket closed: end as the Worker has ended
 *   hold   "held"            all other processes of the job are gone
 *          "not held: WHY"   they are not; we end
 *   slot   "shell TERM\nDIRECTORY"
 *                            with a connection (SCM_RIGHTS) of somebody who wants a shell there
 *
 * On that connection:
 *   hold   "terminal"        with the master of the shell's terminal (SCM_RIGHTS)
 *          "exit STATUS"     the shell has ended
 *          "no shell: WHY"
 *
 * The file that we are executed from cannot be read (--execute-only), so the kernel lets no step look into us. */
#pragma once

#define HOLD_COMMAND "hold"
#define HOLD_FAILED "failed"
#define HOLD_KEEP "hold"
#define HOLD_HELD "held"
#define HOLD_NOT_HELD "not held: "
#define HOLD_SHELL "shell "
#define HOLD_TERMINAL "terminal"
#define HOLD_EXIT "exit "
#define HOLD_NO_SHELL "no shell: "
#define HOLD_TEXT_MAX 4352 /* a path and a few words */

/* How many shells there may be at once. */
#define HOLD_SHELLS_MAX 8

/* Starts argv[0], and ends as it has ended, now or when it is not held any more. Returns the exit status. */
int hold_run(int slot, char **argv);
