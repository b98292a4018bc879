#include "runner/listener_line.h"

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

size_t listener_line_show(char to[static NOTICE_MAX], const char *line, size_t len)
{
	const char *mark = len == 0 || is_stamped(line, len) ? "" : "Listener: ";
	size_t used = (size_t)snprintf(to, NOTICE_MAX, "%s", mark);

	used += visible(to + used, NOTICE_MAX - used, line, len, VISIBLE_TEXT);
	to[used++] = '\n';
	return used;
}

bool listener_line_listens(const char *line, size_t len)
{
	static const char text[] = "Listening for Jobs";

	return is_stamped(line, len) && len - STAMP_LEN >= sizeof text - 1 &&
	       memcmp(line + STAMP_LEN, text, sizeof text - 1) == 0;
}
