/* Separates the Listener's own output lines from names of jobs. Pure.
 *
 * A job's name may contain newlines and text that looks like a Listener's line. So no decision of importance depends on
 * a line, and a line does not say where a name ends.
 *
 * The Listener prints a name in two places: "TIME: Running job: NAME", complete, before it starts the Worker, and
 * "TIME: Job NAME completed with result: RESULT". So all lines after the first until the Worker begins belong to the
 * name, and as many lines after the second. A line that the Listener prints in between is taken for a part of the name,
 * which only marks it as such. The Listener prints a name at once: what comes long after it, because no Worker has
 * begun, is none of it. actions/runner: src/Runner.Listener/JobDispatcher.cs. */
#pragma once

#include "common/notice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTENER_NAME_LIMIT_NS (INT64_C(60) * 1000000000)

struct listener_lines {
	bool in_name;
	int64_t name_ns; /* when the name began */
	size_t name;     /* lines of the job's name after its first */
	size_t left;     /* of these, still to come in the line of the job's end */
};

/* Takes the next line, which came at `now_ns`. True if it belongs to a name, not to the Listener. */
bool listener_lines_of_name(struct listener_lines *lines, const char *line, size_t len, int64_t now_ns);

/* Called when the Worker has begun and all lines before that have been taken. */
void listener_lines_worker(struct listener_lines *lines);

/* Formats a line for our own standard output, newline included, and returns the length. Other programs read these
 * lines, so a line with the Listener's time ("YYYY-MM-DD HH:MM:SSZ: ") is only escaped by common/visible.h. Any other
 * line gets the prefix "Listener: ", so that it does not look like ours. The rest of a name gets "Listener: \\x0a", for
 * the newline, so that it does not look like the Listener's either. */
size_t listener_line_show(char to[static NOTICE_MAX], const char *line, size_t len, bool of_name);

/* Whether the line, which may be part of a job's name, says that the Listener waits for jobs. */
bool listener_line_listens(const char *line, size_t len);

/* Whether the line says that GitHub no longer has the runner, which a Listener also learns after a clean stop. */
bool listener_line_deleted(const char *line, size_t len);
