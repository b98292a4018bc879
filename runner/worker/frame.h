/* Frames of the Listener's pipe: two little-endian int32, type and length, then the body. Pure.
 *
 * actions/runner: src/Runner.Common/ProcessChannel.cs, StreamString.cs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIM_FRAME_HEADER 8
#define SHIM_FRAME_BODY_MAX 50000000

enum shim_frame_type {
	SHIM_FRAME_NEW_JOB = 1,
	SHIM_FRAME_CANCEL = 2,
	SHIM_FRAME_RUNNER_SHUTDOWN = 3,
	SHIM_FRAME_OS_SHUTDOWN = 4,
};

struct shim_frame {
	enum shim_frame_type type;
	size_t body; /* bytes after the header */
};

/* Parses a header. False if no Listener sends such a header. */
bool shim_frame_decode(const unsigned char header[SHIM_FRAME_HEADER], struct shim_frame *frame);

/* Writes the header of a frame without a body. */
void shim_frame_encode_empty(unsigned char header[SHIM_FRAME_HEADER], enum shim_frame_type type);
