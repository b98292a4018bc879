/* The session of a command of sudo. Whoever waits for the command leads it: a process group whose parents are all in
 * other sessions is orphaned, and no key stops it. setpgid(2), tty_ioctl(4)
 * Runs in: helper */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct session {
	int terminal; /* that controls it, or -1 */
	pid_t front;  /* the group to put in front of it, when it is there no longer; 0: the command's */
};

/* Begins one. `terminal` is the client's pseudo-terminal, or -1: it becomes the session's, and `owner`'s; what is no
 * pseudo-terminal, or is another session's, is not used. The signals of its keys are blocked. */
void session_lead(struct session *session, int terminal, uid_t owner);

/* In the command: a process group of its own, which has the terminal if it is to be in `front`. */
void session_join(const struct session *session, bool front);

/* Puts the groups of the command in front of the terminal, or ourselves, so that reading from it stops them. What is
 * there already stays: it may be a group that the command has made. */
void session_front(struct session *session, pid_t command);
void session_back(struct session *session);
