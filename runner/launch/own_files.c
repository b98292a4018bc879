#include "runner/launch/own_files.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One that cannot be resolved cannot be covered either: then the launcher says so, and there is no sandbox. What is
 * gone needs no cover. NULL: nothing to cover. */
static char *find(const char *path)
{
	char *real = path != NULL && *path != '\0' ? realpath(path, NULL) : NULL;

	if (real != NULL || path == NULL || *path == '\0' || errno == ENOENT || errno == ENOTDIR)
		return real;
	return strdup(path);
}

void own_files_find(struct own_files *own, const struct supervisor *supervisor)
{
	const char *work = supervisor->config.workdir;

	*own = (struct own_files){.state = find(supervisor->state.dir),
		.work = work != NULL && *work == '/' ? find(work) : NULL,
		.workdir = work,
		.dist = supervisor->dist.dir};
	for (enum credential i = 0; i < CREDENTIAL_COUNT; i++) {
		_cleanup_(freep) char *name = format("%s_FILE", credential_name(i));

		own->others[i] = name != NULL ? find(getenv(name)) : NULL;
	}
	own->others[CREDENTIAL_COUNT] = find(getenv("CREDENTIALS_DIRECTORY"));
}

void own_files_free(struct own_files *own)
{
	free(own->state);
	free(own->work);
	for (size_t i = 0; i < OWN_FILES_OTHERS; i++)
		free(own->others[i]);
	memset(own, 0, sizeof *own);
}

/* What lies in one would be shown above what covers it, and what is around one under another name, where nothing does.
 */
static bool is_covered(const char *own, const char *real, const char *inside)
{
	return path_is_within(own, real) ? strcmp(real, inside) == 0 : !path_is_within(real, own);
}

static int refuse(const char *own, const char *inside, struct error *err)
{
	error_set(err, 0, "%s: would show jobs %s, which is Cofferdam's own", inside, own);
	return error_hint(err, "keep them apart");
}

int own_files_check(const struct own_files *own, const char *source, const char *inside, struct error *err)
{
	_cleanup_(freep) char *real = realpath(source, NULL);
	/* One that was fetched lies in the state directory. */
	const bool is_dist = real != NULL && own->dist != NULL && path_is_within(real, own->dist);

	if (real == NULL)
		return 0; /* the launcher says so, unless it may be missing */
	if (own->state != NULL && !is_covered(own->state, real, inside) &&
		!(is_dist && path_is_within(own->dist, own->state)))
		return refuse(own->state, inside, err);
	if (own->work != NULL && path_is_within(own->work, real) &&
		(strcmp(real, inside) != 0 || strcmp(own->work, own->workdir) != 0))
		return refuse(own->work, inside, err);
	for (size_t i = 0; i < OWN_FILES_OTHERS; i++)
		if (own->others[i] != NULL &&
			(strcmp(own->others[i], real) == 0 || !is_covered(own->others[i], real, inside)))
			return refuse(own->others[i], inside, err);
	return 0;
}

void own_files_hide(struct launch *launch, const struct own_files *own)
{
	for (size_t i = 0; i < OWN_FILES_OTHERS; i++)
		if (own->others[i] != NULL)
			arguments_add_pair(&launch->argv, "--hide", "%s", own->others[i]);
}

void own_files_hide_state(struct launch *launch, const struct supervisor *supervisor, bool unknown)
{
	if (unknown)
		arguments_add_pair(&launch->argv, "--hide", "%s", supervisor->state.dir);
	else
		arguments_add_pair(&launch->argv, "--tmpfs", "%s:1M", supervisor->state.dir);
}
