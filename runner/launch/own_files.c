#include "runner/launch/own_files.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <stdlib.h>

static void hide(struct launch *launch, const char *path)
{
	_cleanup_(freep) char *real = NULL;

	if (path == NULL || *path == '\0')
		return;
	real = realpath(path, NULL);
	if (real == NULL && (errno == ENOENT || errno == ENOTDIR))
		return; /* what is gone needs no cover */
	/* One that cannot be resolved cannot be covered either: then the launcher says so, and there is no sandbox. */
	arguments_add_pair(&launch->argv, "--hide", "%s", real != NULL ? real : path);
}

void own_files_hide(struct launch *launch, const struct supervisor *supervisor, bool unknown)
{
	if (unknown)
		hide(launch, supervisor->state.dir);
	else
		arguments_add_pair(&launch->argv, "--tmpfs", "%s:1M", supervisor->state.dir);
	for (enum credential i = 0; i < CREDENTIAL_COUNT; i++) {
		_cleanup_(freep) char *name = format("%s_FILE", credential_name(i));

		if (name != NULL)
			hide(launch, getenv(name));
	}
	hide(launch, getenv("CREDENTIALS_DIRECTORY"));
}
