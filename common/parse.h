/* Numbers as people write them: 512M, 90s, 1.5. Pure; errors name the text. */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* SIZE in bytes: digits with an optional K, M, G or T (powers of 1024). "max" is not a size. */
int parse_size(const char *text, uint64_t *bytes, struct error *err);

/* DURATION in nanoseconds: digits with ms, s, m, h or d; a unit is required. At most INT64_MAX / 2:
 * what is added to a clock does not overflow. */
int parse_duration(const char *text, int64_t *ns, struct error *err);

/* A decimal count, 0 to max. */
int parse_count(const char *text, uint64_t max, uint64_t *count, struct error *err);

/* CPUs in thousandths: "2" -> 2000, "0.5" -> 500. At least 0.01. */
int parse_cpus(const char *text, uint64_t *milli, struct error *err);
