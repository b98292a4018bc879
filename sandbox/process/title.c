#include "sandbox/process/title.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static char *start, *hidden;
static size_t size;

void title_remember(int argc, char **argv)
{
	start = argv[0];
	size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - start);
}

void title_cover(const char *name)
{
	if (start == NULL)
		return;
	if (hidden == NULL && (hidden = malloc(size)) != NULL)
		memcpy(hidden, start, size);
	memset(start, 0, size);
	strncpy(start, name, size - 1);
}

void title_set(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
	title_cover(name);
}

void title_restore(void)
{
	if (hidden == NULL)
		return;
	memcpy(start, hidden, size);
	free(hidden);
	hidden = NULL;
}
