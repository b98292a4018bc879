#include "runner/slot/listener_line.h"

#include "common/visible.h"

#include <stdio.h>
#include <string.h>

/* actions/runner: src/Runner.Listener, Terminal.WriteLine. */
static const char stamp[] = "0000-00-00 00:00:00Z: ";
#define STAMP_LEN (sizeof stamp - 1)

static bool is_stamped(const char *line, size_t len)
{
	if (len < STAMP_LEN)
		return false;
	for (size_t i = 0; i < STAMP_LEN; i++)
		if (stamp[i] == '0' ? line[i] < '0' || line[i] > '9' : line[i] != stamp[i])
			return false;
	return true;
}

static bool says(const char *line, size_t len, const char *text)
{
	size_t n = strlen(text);

	return is_stamped(line, len) && len - STAMP_LEN >= n && memcmp(line + STAMP_LEN, text, n) == 0;
}

bool listener_lines_of_name(struct listener_lines *lines, const char *line, size_t len, int64_t now_ns)
{
	if (lines->in_name && now_ns - lines->name_ns > LISTENER_NAME_LIMIT_NS) {
		lines->in_name = false;
		lines->name = 0;
	}
	if (lines->in_name) {
		lines->name++;
		return true;
	}
	if (lines->left > 0) {
		lines->left--;
		return true;
	}
	if (says(line, len, "Running job: ")) {
		lines->in_name = true;
		lines->name_ns = now_ns;
		lines->name = 0;
	} else if (says(line, len, "Job ")) {
		lines->left = lines->name;
		lines->name = 0;
	}
	return false;
}

void listener_lines_worker(struct listener_lines *lines)
{
	lines->in_name = false;
}

size_t listener_line_show(char to[static NOTICE_MAX], const char *line, size_t len, bool of_name)
{
	const char *mark = of_name ? "Listener: \\x0a" : len == 0 || is_stamped(line, len) ? "" : "Listener: ";
	size_t used = (size_t)snprintf(to, NOTICE_MAX, "%s", mark);

	used += visible(to + used, NOTICE_MAX - used, line, len, VISIBLE_TEXT);
	to[used++] = '\n';
	return used;
}

bool listener_line_listens(const char *line, size_t len)
{
	return says(line, len, "Listening for Jobs");
}

bool listener_line_deleted(const char *line, size_t len)
{
	static const char text[] = "The runner registration has been deleted from the server";

	return len >= sizeof text - 1 && memcmp(line, text, sizeof text - 1) == 0;
}
