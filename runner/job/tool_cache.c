#include "runner/job/tool_cache.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"
#include "runner/common/log.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct showing {
	struct launch *launch;
	const char *dir, *own;
	const struct own_files *hidden;
	size_t n;
};

static void say_left_out(const char *path, const char *why)
{
	log_line("RUNNER_TOOL_CACHE: %s: %s: jobs do not see it", path, why);
}

/* What an option of the launcher can name. A hidden one is no tool. */
static bool is_shown(const char *dir, const struct dirent *entry)
{
	_cleanup_(freep) char *path = NULL;

	if (entry->d_name[0] == '.')
		return false;
	if (strpbrk(entry->d_name, ":\\\n") == NULL)
		return true;
	path = format("%s/%s", dir, entry->d_name);
	if (path != NULL)
		say_left_out(path, "has a ':', a '\\' or a new line in its name");
	return false;
}

/* What is no directory, or is gone, is no tool. */
static bool is_no_tool(int errnum)
{
	return errnum == ENOTDIR || errnum == ENOENT;
}

static int show_version(struct showing *showing, const char *tool, const char *version, struct error *err)
{
	_cleanup_(freep) char *source = format("%s/%s/%s", showing->dir, tool, version);
	_cleanup_(freep) char *place = format("%s/%s/%s", showing->own, tool, version);
	struct stat st;

	if (source == NULL || place == NULL)
		return error_set(err, ENOMEM, "tool cache");
	if (stat(source, &st) < 0 || (S_ISDIR(st.st_mode) && access(source, R_OK | X_OK) < 0)) {
		if (!is_no_tool(errno))
			say_left_out(source, strerror(errno));
		return 0;
	}
	if (!S_ISDIR(st.st_mode) || ++showing->n > TOOL_CACHE_VERSIONS_MAX)
		return 0;
	if (own_files_check(showing->hidden, source, source, err) < 0)
		return error_context(err, "RUNNER_TOOL_CACHE");
	if (mkdir(place, 0755) < 0)
		return error_set(err, errno, "tool cache: %s", place);
	launch_ro(showing->launch, source, source);
	return 0;
}

static int show_tool(struct showing *showing, const char *tool, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", showing->dir, tool);
	_cleanup_(freep) char *place = format("%s/%s", showing->own, tool);
	_cleanup_(close_dir) DIR *dir = path != NULL ? opendir(path) : NULL;
	const struct dirent *entry;
	int more;

	if (path == NULL || place == NULL)
		return error_set(err, ENOMEM, "tool cache");
	if (dir == NULL) {
		if (!is_no_tool(errno))
			say_left_out(path, strerror(errno));
		return 0;
	}
	if (mkdir(place, 0755) < 0)
		return error_set(err, errno, "tool cache: %s", place);
	while ((more = next_entry(dir, &entry)) > 0)
		if (is_shown(path, entry) && show_version(showing, tool, entry->d_name, err) < 0)
			return -1;
	return more < 0 ? error_set(err, errno, "tool cache: %s", path) : 0;
}

int tool_cache_show(
	struct launch *launch, const char *dir, const char *own, const struct own_files *hidden, struct error *err)
{
	struct showing showing = {.launch = launch, .dir = dir, .own = own, .hidden = hidden};
	_cleanup_(close_dir) DIR *tools = opendir(dir);
	const struct dirent *entry;
	int more;

	if (tools == NULL)
		return error_set(err, errno, "RUNNER_TOOL_CACHE: %s", dir);
	if (mkdir(own, 0755) < 0)
		return error_set(err, errno, "%s", own);
	launch_rw(launch, own, dir);
	while ((more = next_entry(tools, &entry)) > 0)
		if (is_shown(dir, entry) && show_tool(&showing, entry->d_name, err) < 0)
			return -1;
	if (more < 0)
		return error_set(err, errno, "RUNNER_TOOL_CACHE: %s", dir);
	if (showing.n > TOOL_CACHE_VERSIONS_MAX)
		log_line("RUNNER_TOOL_CACHE: %s: %zu versions, of which a job sees %d", dir, showing.n,
			TOOL_CACHE_VERSIONS_MAX);
	return 0;
}
