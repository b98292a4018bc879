/* What a slot tells the supervisor about itself, by a pipe that all slots write to. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

enum slot_state {
	SLOT_DOWN,     /* no process */
	SLOT_STARTING, /* registers, or starts its Listener */
	SLOT_IDLE,     /* its Listener waits for a job */
	SLOT_BUSY,     /* a job runs */
	SLOT_HELD,     /* keeps a job that has failed */
	SLOT_STATE_COUNT,
};

/* One message of the pipe: written and read whole. */
struct slot_message {
	unsigned char slot;  /* 1, 2, … */
	unsigned char state; /* enum slot_state */
};

/* Makes the pipe: neither end waits. */
int slot_state_pipe(int *from, int *to, struct error *err);

/* Tells it; `to` <= 0: nobody listens. Logs what cannot be told. */
void slot_state_tell(int to, unsigned slot, enum slot_state state);

/* Reads the next message into *message. False: there is none. */
bool slot_state_next(int from, struct slot_message *message);
