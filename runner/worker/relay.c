#include "runner/worker/relay.h"

#include <errno.h>
#include <unistd.h>

bool relay_wants_read(const struct relay *relay)
{
	return relay->from >= 0 && relay->used == relay->sent;
}

bool relay_wants_write(const struct relay *relay)
{
	return relay->used > relay->sent;
}

void relay_read(struct relay *relay)
{
	ssize_t n = read(relay->from, relay->buffer, sizeof relay->buffer);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(relay->from);
		relay->from = -1;
		return;
	}
	relay->sent = 0;
	relay->used = relay->to >= 0 ? (size_t)n : 0;
}

void relay_write(struct relay *relay)
{
	ssize_t n = write(relay->to, relay->buffer + relay->sent, relay->used - relay->sent);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		relay->to = -1;
		relay->used = relay->sent = 0;
		return;
	}
	relay->sent += (size_t)n;
}

bool relay_is_done(const struct relay *relay)
{
	return relay->from < 0 && relay->used == relay->sent;
}
