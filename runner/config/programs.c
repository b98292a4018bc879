#include "runner/config/programs.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *find(const char *directory, const char *name, struct error *err)
{
	static const char *const places[] = {".", "../libexec/cofferdam", "../libexec", "../bin", "../../bin"};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		_cleanup_(freep) char *path = format("%s/%s/%s", directory, places[i], name);
		char *real = path != NULL && access(path, X_OK) == 0 ? realpath(path, NULL) : NULL;

		if (real != NULL)
			return real;
	}
	error_set(err, 0, "%s: not found beside this program", name);
	error_hint(err, "install it in the same directory, or in ../libexec");
	return NULL;
}

int programs_find(struct programs *programs, struct error *err)
{
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);

	memset(programs, 0, sizeof *programs);
	if (n < 0)
		return error_set(err, errno, "/proc/self/exe");
	own[n] = '\0';
	*strrchr(own, '/') = '\0';
	programs->launcher = find(own, "cofferdam", err);
	if (programs->launcher == NULL)
		return -1;
	programs->shim = find(own, "cofferdam-worker", err);
	return programs->shim != NULL ? 0 : -1;
}

void programs_free(struct programs *programs)
{
	free(programs->launcher);
	free(programs->shim);
	memset(programs, 0, sizeof *programs);
}
