/* Log lines on standard error through common/notice.h: one write(2) each, so that slots do not mix. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Sets the prefix "slot N: " of all later lines, in a slot's process. */
void log_slot(unsigned slot);

/* Begins all later lines with the time, "YYYY-MM-DD HH:MM:SSZ: " as the Listener's, also in processes forked later. */
void log_time(void);

/* Writes all later lines as JSON objects (runner/common/log_json.h), also in processes forked later. */
void log_as_json(void);
bool log_is_json(void);

/* Writes all later lines as entries with fields (runner/common/log_journald.h) while standard error is `stream`, the
 * value of $JOURNAL_STREAM (systemd.exec(5)), also in processes forked later; as text where the journal does not take
 * them. NULL: no. */
void log_to_journal(const char *stream);
/* That value, or NULL. */
const char *log_journal_stream(void);

/* Names the job that the later lines of this process are about, in JSON; NULL: none. */
void log_job(const char *id);

/* Writes "[TIME: ]cofferdam-runner: [slot N: ]TEXT". */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes an error with its hint. */
void log_error(const struct error *err);

/* Writes "[TIME: ]cofferdam-runner: [slot N: ]FROM: LINE" for a line of another program. No line of ours begins with
 * FROM. */
void log_relayed(const char *from, const char *line, size_t len);
