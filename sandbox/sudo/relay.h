/* Gives a command of sudo a pseudo-terminal in place of the client's terminal, and copies between the two. pty(7)
 * Runs in: helper */
#pragma once

#include <poll.h>
#include <stdbool.h>

#define RELAY_SOURCES 2

struct relay {
	int master;       /* -1: none of 0-2 is a terminal */
	int slave;        /* until the request has been sent */
	int keyboard;     /* standard input where it is a terminal, or -1 */
	int screen;       /* where the command's output goes */
	bool raw;         /* the terminal's modes are not its own */
	char typed[1024]; /* read, and not yet written */
	unsigned n_typed, at;
};

/* Makes one if one of 0-2 is a terminal. False: it cannot be made, which has been said. */
bool relay_begin(struct relay *relay);

/* The descriptor that the command gets for `fd`, one of 0-2. */
int relay_given(const struct relay *relay, int fd);

/* The terminal's keys come uninterpreted from now on, if it is ours to set; and as before. */
void relay_start(struct relay *relay);
void relay_stop(struct relay *relay);

/* There is a keyboard, and it is somebody else's now. */
bool relay_is_away(const struct relay *relay);

/* SIGWINCH: the pseudo-terminal gets the terminal's size. */
void relay_resize(const struct relay *relay);

/* What poll(2) is to wait for, RELAY_SOURCES of them; and copies what is there. */
void relay_sources(const struct relay *relay, struct pollfd *sources);
void relay_copy(struct relay *relay, const struct pollfd *sources);

/* The command has ended: what it has written last. */
void relay_drain(struct relay *relay);
