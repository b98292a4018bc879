/* A slot's end of what holds a job: the process in its sandbox (runner/worker/hold.h), and who comes to look at it. */
#pragma once

#include "runner/worker/hold.h"

#include <stddef.h>

enum hold_said {
	HOLD_SAID_NOTHING,
	HOLD_SAID_FAILED,
	HOLD_SAID_HELD,
	HOLD_SAID_NOT_HELD,
	HOLD_SAID_END, /* it has closed its end, or says what it never says */
};

#define HOLD_WHY_MAX 256

/* Reads what it says. Does not wait. *why with HOLD_SAID_NOT_HELD: foreign text. Passed descriptors are dropped. */
enum hold_said hold_hear(int job, char why[HOLD_WHY_MAX]);

/* Tells it to keep the sandbox. -1: it is gone. */
int hold_keep(int job);

/* Hands it a connection for which it is to start a shell. -1: it is gone. */
int hold_pass(int job, int client, const char *term, const char *directory);

/* What somebody who has connected wants. */
enum hold_wish { HOLD_WISH_NONE, HOLD_WISH_SHELL, HOLD_WISH_RELEASE };

#define HOLD_TERM_MAX 64
#define HOLD_WISH_LIMIT_MS 1000
#define HOLD_RELEASE "release"
#define HOLD_RELEASED "released"

/* Reads it. Waits a moment: it is sent with the connection. HOLD_WISH_NONE: it says nothing, or something else. */
enum hold_wish hold_wish(int client, char term[HOLD_TERM_MAX]);

/* Sends a text to a client, or to a slot. -1 with errno. */
int hold_say(int to, const char *text);
