/* The two clocks: monotonic for deadlines, wall clock for what clients read. */
#pragma once

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define ISO_TIME_MAX 32
#define HTTP_TIME_MAX 40

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);

/* By how many seconds the wall clock is ahead of this host's. Called once, at the start. */
void clock_set_ahead(int64_t seconds);

/* Seconds since the epoch. */
int64_t wall_s(void);

/* The wall clock as a Date header has it. Returns `out`. */
const char *http_time(char out[HTTP_TIME_MAX]);

/* The wall clock `ahead_s` seconds from now as 2026-08-20T10:00:00.000Z. Returns `out`. */
const char *iso_time(int64_t ahead_s, char out[ISO_TIME_MAX]);
