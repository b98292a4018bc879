#include "tests/standin/worker/workspace.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/root.h"

#include <ftw.h>
#include <string.h>

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int wipe(const char *path, struct error *err)
{
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return error_set(err, errno, "remove %s", path);
	return 0;
}

static char *tool_cache(const char *work)
{
	const char *given = getenv("RUNNER_TOOL_CACHE");

	if (given == NULL || *given == '\0')
		given = getenv("AGENT_TOOLSDIRECTORY");
	return given != NULL && *given != '\0' ? strdup(given) : format("%s/_tool", work);
}

int workspace_make(struct workspace *w, const char *root, const struct settings *settings, const char *repository,
	struct error *err)
{
	const char *slash = strrchr(repository, '/');
	const char *repo = slash == NULL ? repository : slash + 1;
	_cleanup_(freep) char *actions = NULL;

	memset(w, 0, sizeof *w);
	if (*repo == '\0' || *repo == '.')
		return error_set(err, 0, "job message: bad repository name '%s'", repository);
	w->work = *settings->work_folder == '/' ? strdup(settings->work_folder)
						: format("%s/%s", root, settings->work_folder);
	if (w->work == NULL)
		return error_set(err, ENOMEM, "workspace");
	actions = format("%s/_actions", w->work);
	w->temp = format("%s/_temp", w->work);
	w->commands = format("%s/_temp/_runner_file_commands", w->work);
	w->tool = tool_cache(w->work);
	w->runner = format("%s/%s", w->work, repo);
	w->directory = format("%s/%s/%s", w->work, repo, repo);
	if (actions == NULL || w->temp == NULL || w->commands == NULL || w->tool == NULL || w->runner == NULL ||
		w->directory == NULL)
		return error_set(err, ENOMEM, "workspace");
	if (wipe(w->temp, err) < 0 || wipe(actions, err) < 0)
		return -1;
	if (root_make_directory(w->commands, err) < 0 || root_make_directory(w->tool, err) < 0)
		return -1;
	return root_make_directory(w->directory, err);
}

void workspace_end(struct workspace *w)
{
	struct error err;

	if (w->temp != NULL)
		wipe(w->temp, &err);
	free(w->work);
	free(w->temp);
	free(w->commands);
	free(w->tool);
	free(w->runner);
	free(w->directory);
	memset(w, 0, sizeof *w);
}
