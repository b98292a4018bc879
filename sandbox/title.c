#include "sandbox/title.h"

#include <string.h>
#include <sys/prctl.h>

static char *start;
static size_t size;

void title_remember(int argc, char **argv)
{
	start = argv[0];
	size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - start);
}

void title_set(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
	if (start == NULL)
		return;
	memset(start, 0, size);
	strncpy(start, name, size - 1);
}
