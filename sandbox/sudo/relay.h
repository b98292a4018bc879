/* Gives a command of sudo a pseudo-terminal in place of the terminal that controls the client, and copies between the
 * two. pty(7), credentials(7)
 * Runs in: helper */
#pragma once

#include <poll.h>
#include <stdbool.h>

#define RELAY_SOURCES 2
#define RELAY_CHUNK 4096

struct relay {
	int master;  /* -1: there is none */
	int slave;   /* until the request has been sent */
	int tty;     /* the terminal, or -1 */
	bool wanted; /* the command is in front of its own and so has the keyboard, when we are in front of ours */
	bool given;  /* the pseudo-terminal has got the terminal's modes */
	bool raw;    /* the terminal's modes are not its own */
	bool gone;   /* nothing more can be typed */
	bool held;   /* a carriage return, which belongs before what comes next */
	char typed[1024];
	unsigned n_typed, typed_at; /* read, and not yet written */
	char shown[RELAY_CHUNK + 1];
	unsigned n_shown, shown_at;
};

/* Makes one if there is a terminal and `use`. False: it cannot be made, which has been said. */
bool relay_begin(struct relay *relay, bool use);

bool relay_is_terminal(int fd);

/* The descriptor that the command gets for `fd`, one of 0-2. */
int relay_given(const struct relay *relay, int fd);

/* Whether the caller's process group has the terminal. */
bool relay_is_in_front(const struct relay *relay);

/* The terminal's keys come uninterpreted from now on, if that is wanted and it is ours to set; and as before. */
void relay_start(struct relay *relay);
void relay_stop(struct relay *relay);

/* SIGWINCH: the pseudo-terminal gets the terminal's size. */
void relay_resize(const struct relay *relay);

/* What poll(2) is to wait for, RELAY_SOURCES of them; and copies what is there. */
void relay_sources(const struct relay *relay, struct pollfd *sources);
void relay_copy(struct relay *relay, const struct pollfd *sources);

/* The command has ended or stopped: what it has written last. Others may go on writing, or nobody may read the
 * terminal: this ends after so much, and with a signal from `signals` (signalfd(2)) that ends a program. */
void relay_drain(struct relay *relay, int signals);
