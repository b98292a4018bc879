#include "runner/worker/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_beyond(const struct relay *relay)
{
	return relay->head_bytes == RELAY_HEAD_BYTES || relay->head_lines == RELAY_HEAD_LINES;
}

/* Some of what follows the head is lost, so the head and the tail do not belong together. */
static bool has_gap(const struct relay *relay)
{
	return relay->beyond_bytes > relay->tail_used;
}

bool relay_wants_read(const struct relay *relay, int64_t now_ns)
{
	return relay->from >= 0 && relay->used == relay->sent && relay->next_read_ns <= now_ns;
}

bool relay_wants_write(const struct relay *relay)
{
	return relay->used > relay->sent;
}

int64_t relay_waits_ns(const struct relay *relay, int64_t now_ns)
{
	return relay->from >= 0 && relay->next_read_ns > now_ns ? relay->next_read_ns - now_ns : 0;
}

/* How much of `data` still belongs to the head. */
static size_t take_head(struct relay *relay, const char *data, size_t len)
{
	size_t n = 0;

	while (n < len && !is_beyond(relay)) {
		relay->head_bytes++;
		relay->head_lines += data[n++] == '\n';
	}
	if (n > 0)
		relay->mid_line = data[n - 1] != '\n';
	return n;
}

static void put_tail(struct relay *relay, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		relay->tail[(relay->tail_at + relay->tail_used) % RELAY_TAIL_BYTES] = data[i];
		if (relay->tail_used < RELAY_TAIL_BYTES)
			relay->tail_used++;
		else
			relay->tail_at = (relay->tail_at + 1) % RELAY_TAIL_BYTES;
		relay->beyond_bytes++;
		relay->beyond_lines += data[i] == '\n';
	}
}

static char tail_byte(const struct relay *relay, size_t i)
{
	return relay->tail[(relay->tail_at + i) % RELAY_TAIL_BYTES];
}

static void drop_from_tail(struct relay *relay, size_t n)
{
	relay->tail_at = (relay->tail_at + n) % RELAY_TAIL_BYTES;
	relay->tail_used -= n;
}

static size_t count_lines(const struct relay *relay)
{
	size_t n = 0;

	for (size_t i = 0; i < relay->tail_used; i++)
		n += tail_byte(relay, i) == '\n';
	return n;
}

/* At most so many lines, and where something is missing before it, from the beginning of a line on. */
static void trim_tail(struct relay *relay)
{
	size_t lines = count_lines(relay), n = 0;

	while (n < relay->tail_used && lines > RELAY_TAIL_LINES)
		lines -= tail_byte(relay, n++) == '\n';
	if (n == 0 && has_gap(relay) && lines > 0) {
		while (tail_byte(relay, n) != '\n')
			n++;
		n++;
	}
	drop_from_tail(relay, n);
}

static void begin_end(struct relay *relay)
{
	relay->ending = true;
	trim_tail(relay);
	relay->sent = 0;
	relay->used = 0;
	if (!has_gap(relay) || relay->to < 0)
		return;
	relay->used = (size_t)snprintf(relay->buffer, sizeof relay->buffer,
		"%scofferdam: %s of Runner.Worker: %" PRIu64 " bytes, %" PRIu64 " lines left out\n",
		relay->mid_line ? "\n" : "", relay->name, relay->beyond_bytes - relay->tail_used,
		relay->beyond_lines - count_lines(relay));
}

/* The next piece of the tail, once what was before it is out. */
static void refill(struct relay *relay)
{
	if (relay->from >= 0 || relay->used > relay->sent)
		return;
	if (!relay->ending)
		begin_end(relay);
	if (relay->used > relay->sent)
		return;
	relay->sent = relay->used = 0;
	while (relay->to >= 0 && relay->used < sizeof relay->buffer && relay->tail_used > 0) {
		relay->buffer[relay->used++] = tail_byte(relay, 0);
		drop_from_tail(relay, 1);
	}
}

void relay_read(struct relay *relay, int64_t now_ns)
{
	ssize_t n = read(relay->from, relay->buffer, sizeof relay->buffer);
	size_t head;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	relay->sent = relay->used = 0;
	if (n <= 0) {
		close(relay->from);
		relay->from = -1;
		refill(relay);
		return;
	}
	head = take_head(relay, relay->buffer, (size_t)n);
	put_tail(relay, relay->buffer + head, (size_t)n - head);
	if (is_beyond(relay))
		relay->next_read_ns = now_ns + RELAY_PACE_NS;
	relay->used = relay->to >= 0 ? head : 0;
}

void relay_write(struct relay *relay)
{
	ssize_t n = write(relay->to, relay->buffer + relay->sent, relay->used - relay->sent);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		relay->to = -1;
		relay->used = relay->sent = 0;
	} else {
		relay->sent += (size_t)n;
	}
	refill(relay);
}

bool relay_is_done(const struct relay *relay)
{
	return relay->from < 0 && relay->used == relay->sent;
}
