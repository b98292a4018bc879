#include "runner/worker/frame.h"

#include <string.h>

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool shim_frame_decode(const unsigned char header[SHIM_FRAME_HEADER], struct shim_frame *frame)
{
	uint32_t type = get32(header), body = get32(header + 4);

	if (type < SHIM_FRAME_NEW_JOB || type > SHIM_FRAME_OS_SHUTDOWN || body > SHIM_FRAME_BODY_MAX)
		return false;
	frame->type = (enum shim_frame_type)type;
	frame->body = body;
	return true;
}

void shim_frame_encode_empty(unsigned char header[SHIM_FRAME_HEADER], enum shim_frame_type type)
{
	memset(header, 0, SHIM_FRAME_HEADER);
	header[0] = (unsigned char)type;
}
