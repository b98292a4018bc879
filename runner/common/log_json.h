/* A log line as a JSON object, for COFFERDAM_LOG=json. Pure. */
#pragma once

#include "common/visible.h"
#include "runner/common/log_fields.h"

#include <stddef.h>

/* Writes {"time": …, "level": …, "slot": …, "job": …, "from": …, "message": …} and a newline; what is not known is left
 * out. The message is escaped by common/visible.h first, as `mode` says, then as JSON, and cut so that the line fits
 * into `size`, which is at least 1024. Returns the length. */
size_t log_json_line(
	char *to, size_t size, const struct log_fields *fields, const char *text, size_t len, enum visible_mode mode);
