/* Time, as the two programs need it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_ms(void);

#define STAMP_SIZE 32

/* The time of day as "YYYY-MM-DD HH:MM:SSZ", UTC: .NET's format "u". */
void clock_stamp(char out[STAMP_SIZE]);

/* The time of day as "YYYY-MM-DDTHH:MM:SS.mmmZ". */
void clock_iso(char out[STAMP_SIZE]);

/* The same with seven decimals, as logs have it: .NET's format "O". */
void clock_ticks(char out[STAMP_SIZE]);

/* A number of seconds from the environment, in milliseconds; `otherwise_ms` where `name` is unset or no number from 0
 * to 86400. A fraction is allowed. */
int64_t clock_env_ms(const char *name, int64_t otherwise_ms);
