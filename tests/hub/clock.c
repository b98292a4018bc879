#include "tests/hub/clock.h"

#include <time.h>

int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t ahead_of_host_s;

void clock_set_ahead(int64_t seconds)
{
	ahead_of_host_s = seconds;
}

int64_t wall_s(void)
{
	return (int64_t)time(NULL) + ahead_of_host_s;
}

const char *http_time(char out[HTTP_TIME_MAX])
{
	time_t at = (time_t)wall_s();
	struct tm tm;

	gmtime_r(&at, &tm);
	if (strftime(out, HTTP_TIME_MAX, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		out[0] = '\0';
	return out;
}

const char *iso_time(int64_t ahead_s, char out[ISO_TIME_MAX])
{
	time_t at = (time_t)(wall_s() + ahead_s);
	struct tm tm;

	gmtime_r(&at, &tm);
	if (strftime(out, ISO_TIME_MAX, "%Y-%m-%dT%H:%M:%S.000Z", &tm) == 0)
		out[0] = '\0';
	return out;
}
