#include "tests/standin/listener/dotenv.h"

#include "common/cleanup.h"
#include "tests/standin/shared/root.h"

#include <string.h>

void dotenv_load(const char *root)
{
	_cleanup_(freep) char *text = NULL;
	char *line, *next;
	struct error err;
	size_t len;

	if (root_read(root, ".env", &text, &len, &err) < 0)
		return;
	for (line = text; line != NULL && *line != '\0'; line = next) {
		char *equals;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		equals = strchr(line, '=');
		if (equals == NULL || equals == line)
			continue;
		*equals = '\0';
		setenv(line, equals + 1, 1);
	}
}
