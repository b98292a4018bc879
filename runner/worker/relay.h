/* Bytes from one descriptor to another, without ever blocking on either. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct relay {
	int from; /* -1: at its end */
	int to;   /* -1: its reader is gone, what comes is thrown away */
	size_t used, sent;
	char buffer[16384];
};

/* What to poll(2) for: the next of the two that the relay waits for. */
bool relay_wants_read(const struct relay *relay);
bool relay_wants_write(const struct relay *relay);

/* To be called when `from` is readable, and when `to` is writable. */
void relay_read(struct relay *relay);
void relay_write(struct relay *relay);

/* Nothing more will come, and everything is out. */
bool relay_is_done(const struct relay *relay);
