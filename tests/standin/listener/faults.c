#include "tests/standin/listener/faults.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>

static bool number(const char *name, int *code)
{
	const char *text = getenv(name);
	char *end;
	long value;

	if (text == NULL || *text == '\0')
		return false;
	value = strtol(text, &end, 10);
	if (*end != '\0' || value < 0 || value > 255)
		return false;
	*code = (int)value;
	return true;
}

bool faults_exit(const char *root, int *code)
{
	_cleanup_(freep) char *marker = NULL;
	_cleanup_(close_fd) int fd = -1;

	if (number("STANDIN_LISTENER_EXIT", code))
		return true;
	if (!number("STANDIN_LISTENER_EXIT_ONCE", code))
		return false;
	marker = format("%s/_diag/.standin-exit-once", root);
	fd = marker == NULL ? -1 : open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd >= 0;
}
