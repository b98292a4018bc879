#include "tests/standin/shared/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_stamp(char out[STAMP_SIZE])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(out, STAMP_SIZE, "%Y-%m-%d %H:%M:%SZ", &tm);
}

static void iso(char out[STAMP_SIZE], int decimals, long unit_ns)
{
	struct timespec now;
	size_t used;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	used = strftime(out, STAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + used, STAMP_SIZE - used, ".%0*ldZ", decimals, now.tv_nsec / unit_ns);
}

void clock_iso(char out[STAMP_SIZE])
{
	iso(out, 3, 1000000);
}

void clock_ticks(char out[STAMP_SIZE])
{
	iso(out, 7, 100);
}

int64_t clock_env_ms(const char *name, int64_t otherwise_ms)
{
	const char *text = getenv(name);
	double seconds;
	char *end;

	if (text == NULL || *text == '\0')
		return otherwise_ms;
	seconds = strtod(text, &end);
	if (*end != '\0' || !(seconds >= 0 && seconds <= 86400))
		return otherwise_ms;
	return (int64_t)(seconds * 1000);
}
