/* The supervisor's own lines, on standard error, by common/notice.h: one write(2) each, so that slots do not mix. */
#pragma once

#include "common/error.h"

/* Puts "slot N: " in front of all that follows, in a slot's process. */
void log_slot(unsigned slot);

/* Writes "cofferdam-runner: [slot N: ]TEXT". */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes an error with its hint. */
void log_error(const struct error *err);

/* Writes "cofferdam-runner: [slot N: ]FROM: LINE": what another program has said. Nothing of ours begins so. */
void log_relayed(const char *from, const char *line, size_t len);
