/* Numbers as people write them: 512M, 90s, 1.5. Errors name the text. Pure. */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* Parses SIZE into bytes: digits with an optional K, M, G or T (powers of 1024), also as k, Ki and KiB. "max" is not a
 * size, nor is KB, which some take for powers of 1000. */
int parse_size(const char *text, uint64_t *bytes, struct error *err);

/* Parses DURATION into nanoseconds: digits with ms, s, m, h or d; the unit is required. At most INT64_MAX / 2, so that
 * adding it to a clock does not overflow. */
int parse_duration(const char *text, int64_t *ns, struct error *err);

/* Parses a decimal count, 0 to max. */
int parse_count(const char *text, uint64_t max, uint64_t *count, struct error *err);

/* Parses CPUs into thousandths: "2" -> 2000, "0.5" -> 500. At least 0.01. */
int parse_cpus(const char *text, uint64_t *milli, struct error *err);
