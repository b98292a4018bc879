/* A line of the Listener's standard output. Names of jobs are part of it, and a name may hold newlines and whatever a
 * Listener prints: nothing that matters is decided by such a line. Pure. */
#pragma once

#include "common/notice.h"

#include <stdbool.h>
#include <stddef.h>

/* The line as it goes on to our own standard output, newline included: other programs read these lines, so what begins
 * with the Listener's time ("YYYY-MM-DD HH:MM:SSZ: ") goes on as it is, as far as common/visible.h lets it. Anything
 * else is put behind "Listener: ", so that no line looks like one of ours. Returns the length. */
size_t listener_line_show(char to[static NOTICE_MAX], const char *line, size_t len);

/* Whether it says that the Listener waits for jobs, or that a job's name says so. */
bool listener_line_listens(const char *line, size_t len);
