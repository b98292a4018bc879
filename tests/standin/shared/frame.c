#include "tests/standin/shared/frame.h"

#include "common/cleanup.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/utf16.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_int32(unsigned char *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(value >> (8 * i));
}

static int32_t get_int32(const unsigned char *in)
{
	return (int32_t)((uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24);
}

int frame_parse_header(const unsigned char header[8], int32_t *type, size_t *len, struct error *err)
{
	int32_t bytes = get_int32(header + 4);

	*type = get_int32(header);
	if (*type < FRAME_NEW_JOB || *type > FRAME_OS_SHUTDOWN)
		return error_set(err, 0, "message channel: unknown message type %d", *type);
	if (bytes < 0 || bytes > FRAME_BODY_MAX || bytes % 2 != 0)
		return error_set(err, 0, "message channel: bad message length %d", bytes);
	*len = (size_t)bytes;
	return 0;
}

static int send_bytes(int fd, const unsigned char *data, size_t len, int64_t deadline_ms, struct error *err)
{
	while (len > 0) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		ssize_t n = write(fd, data, len);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return error_set(err, errno, "message channel");
		if (clock_ms() >= deadline_ms)
			return error_set(err, ETIMEDOUT, "message channel");
		poll(&p, 1, 100);
	}
	return 0;
}

int frame_send(int fd, enum frame_type type, const char *body, int64_t timeout_ms, struct error *err)
{
	_cleanup_(freep) unsigned char *encoded = NULL;
	int64_t deadline_ms = clock_ms() + timeout_ms;
	unsigned char header[8];
	size_t len;

	if (utf16le_encode(body, strlen(body), &encoded, &len, err) < 0)
		return -1;
	if (len > FRAME_BODY_MAX)
		return error_set(err, EMSGSIZE, "message channel");
	put_int32(header, (uint32_t)type);
	put_int32(header + 4, (uint32_t)len);
	if (send_bytes(fd, header, sizeof header, deadline_ms, err) < 0)
		return -1;
	return send_bytes(fd, encoded, len, deadline_ms, err);
}

static int receive_bytes(int fd, unsigned char *data, size_t len, struct error *err)
{
	while (len > 0) {
		ssize_t n = read(fd, data, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return error_set(err, errno, "message channel");
		}
		if (n == 0)
			usleep(100000);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int frame_receive(int fd, struct frame *frame, struct error *err)
{
	_cleanup_(freep) unsigned char *data = NULL;
	unsigned char header[8];
	size_t len;

	memset(frame, 0, sizeof *frame);
	if (receive_bytes(fd, header, sizeof header, err) < 0)
		return -1;
	if (frame_parse_header(header, &frame->type, &len, err) < 0)
		return -1;
	data = malloc(len + 1);
	if (data == NULL)
		return error_set(err, ENOMEM, "message channel");
	if (receive_bytes(fd, data, len, err) < 0)
		return -1;
	return utf16le_decode(data, len, &frame->body, &frame->len, err);
}
