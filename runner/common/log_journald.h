/* A log line as an entry of systemd's journal, in its native protocol: one datagram of fields, each with its length
 * before its value, so that no value can begin another field. systemd.io/JOURNAL_NATIVE_PROTOCOL */
#pragma once

#include "common/visible.h"
#include "runner/common/log_fields.h"

#include <stddef.h>

#define LOG_JOURNALD_SOCKET "/run/systemd/journal/socket"

/* Room for an entry of a line of NOTICE_MAX bytes with all fields. */
#define LOG_JOURNALD_MAX 8192

/* Writes MESSAGE, PRIORITY, SYSLOG_IDENTIFIER (`program`), and of COFFERDAM_SLOT, COFFERDAM_JOB and COFFERDAM_FROM what
 * is known. The message is "[slot N: ][FROM: ]TEXT", with the text escaped as `mode` says and cut to what fits. Returns
 * the length. */
size_t log_journald_entry(char to[static LOG_JOURNALD_MAX], const char *program, const struct log_fields *fields,
	const char *text, size_t len, enum visible_mode mode);

/* Sends it to the socket at `path`, without waiting. 0, or -1 with errno: nobody listens there, or too slowly. */
int log_journald_send(const char *path, const char *entry, size_t len);
