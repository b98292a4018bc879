#include "sandbox/files/mount_table.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define ROOM 4000 /* on the stack, which is needed as deep later: most tables fit */

enum { SOURCE, POINT, TYPE, FIELDS };

/* Ends the first fields of a line and returns what follows. NULL: not all of that has been read yet. A blank in a field
 * is an escape. */
static char *take_fields(char *line, const char *end, char *fields[FIELDS])
{
	char *blanks[FIELDS];

	for (unsigned i = 0; i < FIELDS; i++) {
		fields[i] = line;
		blanks[i] = memchr(line, ' ', (size_t)(end - line));
		if (blanks[i] == NULL)
			return NULL;
		line = blanks[i] + 1;
	}
	*blanks[POINT] = *blanks[TYPE] = '\0';
	return line;
}

int mount_table_all(mount_table_fn *accepts, void *context)
{
	_cleanup_(close_fd) int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	bool in_options = false; /* which can be long, and are skipped */
	char text[ROOM], *fields[FIELDS];
	size_t used = 0;
	ssize_t n = 0;

	while (used < sizeof text && (n = read(fd, text + used, sizeof text - used)) > 0) {
		char *at = text, *const end = text + used + n;

		for (;;) {
			char *next = in_options ? memchr(at, '\n', (size_t)(end - at)) : take_fields(at, end, fields);

			if (next == NULL)
				break;
			if (!in_options && !accepts(fields[POINT], fields[TYPE], context))
				return 0;
			at = in_options ? next + 1 : next;
			in_options = !in_options;
		}
		used = in_options ? 0 : (size_t)(end - at);
		memmove(text, at, used);
	}
	return n == 0 && used == 0 && !in_options ? 1 : -1;
}
