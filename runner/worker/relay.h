/* Relays the Worker's output to the Listener, bounded and without blocking on either.
 *
 * The output is bounded because a step can write to it (/proc/self/fd of the Worker, or a link that the Worker copies),
 * and the Listener keeps every line in memory and log. The head is relayed at once, the tail at the end of the output,
 * and a line between them says how much was left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bounds of each stream of a job. Lines are bounded too: a short line costs the Listener far more than its bytes.
 */
#define RELAY_HEAD_BYTES ((size_t)256 << 10)
#define RELAY_HEAD_LINES 4000
#define RELAY_TAIL_BYTES ((size_t)32 << 10)
#define RELAY_TAIL_LINES 500
/* The time between two reads beyond the head, so that discarding output costs little CPU time. */
#define RELAY_PACE_NS INT64_C(10000000)

/* Starts zeroed except the first three members. */
struct relay {
	int from;         /* -1: at its end */
	int to;           /* -1: the reader is gone, and output is discarded */
	const char *name; /* of the stream, for the line about omitted output */

	size_t used, sent; /* of buffer[] */
	size_t head_bytes, head_lines;
	bool mid_line; /* the head does not end with a line */

	bool ending;               /* the tail is being sent */
	size_t tail_at, tail_used; /* the oldest byte of the ring tail[], and the number of bytes in it */
	uint64_t beyond_bytes;     /* after the head, including the tail */
	uint64_t beyond_lines;
	int64_t next_read_ns; /* no read before this time */

	char buffer[16384];
	char tail[RELAY_TAIL_BYTES];
};

/* What to poll(2) for. relay_waits_ns() returns the time until the relay wants to read again if it waits for nothing
 * else, or 0. */
bool relay_wants_read(const struct relay *relay, int64_t now_ns);
bool relay_wants_write(const struct relay *relay);
int64_t relay_waits_ns(const struct relay *relay, int64_t now_ns);

/* relay_read() is called if `from` is readable, relay_write() if `to` is writable. */
void relay_read(struct relay *relay, int64_t now_ns);
void relay_write(struct relay *relay);

/* Whether the stream has ended and everything is written. */
bool relay_is_done(const struct relay *relay);
