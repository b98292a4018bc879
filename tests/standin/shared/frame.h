/* The message channel between Listener and Worker: int32 LE type, int32 LE length in bytes, body in UTF-16LE. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#define FRAME_BODY_MAX 50000000

enum frame_type {
	FRAME_NEW_JOB = 1,
	FRAME_CANCEL = 2,
	FRAME_RUNNER_SHUTDOWN = 3,
	FRAME_OS_SHUTDOWN = 4,
};

struct frame {
	int32_t type;
	char *body; /* UTF-8, NUL terminated; freed by the receiver */
	size_t len;
};

/* Reads the eight bytes of a header. A length out of 0..FRAME_BODY_MAX or odd, and an unknown type, are errors. */
int frame_parse_header(const unsigned char header[8], int32_t *type, size_t *len, struct error *err);

/* Sends one frame within `timeout_ms`. `fd` must be non-blocking. On timeout errnum is ETIMEDOUT. */
int frame_send(int fd, enum frame_type type, const char *body, int64_t timeout_ms, struct error *err);

/* Receives one frame. End of file is no end: like the official Worker it tries again each 100 ms, for ever. */
int frame_receive(int fd, struct frame *frame, struct error *err);
