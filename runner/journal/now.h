/* The time of day as the journal counts it. clock_gettime(2) */
#pragma once

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
static inline int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
