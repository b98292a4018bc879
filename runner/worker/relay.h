/* The Worker's output on its way to the Listener, without ever blocking on either, and bounded: a step can write to it
 * (/proc/self/fd of the Worker, or a link that the Worker copies), and the Listener keeps every line in memory and log.
 * The beginning goes on at once, the end when there is no more, and between them a line says how much was left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of each stream of a job. Lines are bounded too: a short one costs the Listener far more than its bytes. */
#define RELAY_HEAD_BYTES ((size_t)256 << 10)
#define RELAY_HEAD_LINES 4000
#define RELAY_TAIL_BYTES ((size_t)32 << 10)
#define RELAY_TAIL_LINES 500
/* Beyond the head, one read in so much time: what only is thrown away costs next to nothing. */
#define RELAY_PACE_NS INT64_C(10000000)

/* Starts zeroed but for the first three. */
struct relay {
	int from;         /* -1: at its end */
	int to;           /* -1: its reader is gone, what comes is thrown away */
	const char *name; /* of the stream, for the line about what was left out */

	size_t used, sent; /* of buffer[], on its way out */
	size_t head_bytes, head_lines;
	bool mid_line; /* the head does not end with a line */

	bool ending;               /* the tail is on its way */
	size_t tail_at, tail_used; /* the oldest byte of tail[], a ring, and how many there are */
	uint64_t beyond_bytes;     /* after the head, the tail among them */
	uint64_t beyond_lines;
	int64_t next_read_ns; /* not before */

	char buffer[16384];
	char tail[RELAY_TAIL_BYTES];
};

/* What to poll(2) for. relay_waits_ns(): how long until the relay wants to read again, where that is all it waits for;
 * 0: it does not wait for a time. */
bool relay_wants_read(const struct relay *relay, int64_t now_ns);
bool relay_wants_write(const struct relay *relay);
int64_t relay_waits_ns(const struct relay *relay, int64_t now_ns);

/* To be called when `from` is readable, and when `to` is writable. */
void relay_read(struct relay *relay, int64_t now_ns);
void relay_write(struct relay *relay);

/* Nothing more will come, and everything is out. */
bool relay_is_done(const struct relay *relay);
