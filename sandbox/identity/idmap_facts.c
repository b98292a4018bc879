/* What the host has for id maps: programs, ranges, and what stands in their way. */
#include "sandbox/identity/idmap.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/identity/user.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RANGES_MAX ((size_t)16 << 20)
#define MAP_MAX ((size_t)64 << 10)

static enum idmap_program_state detect_program(const char *name)
{
	_cleanup_(freep) char *path = program_find(name);
	struct statvfs fs;
	struct stat st;

	if (path == NULL || stat(path, &st) < 0)
		return IDMAP_PROGRAM_MISSING;
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0)
		return IDMAP_PROGRAM_NOSUID;
	if (((st.st_mode & S_ISUID) != 0 && st.st_uid == 0) || getxattr(path, "security.capability", NULL, 0) > 0)
		return IDMAP_PROGRAM_OK;
	return IDMAP_PROGRAM_POWERLESS;
}

/* The text of a file; empty where there is none. */
static int read_ranges(const char *path, size_t max, char **text, struct error *err)
{
	size_t len;

	if (read_file_at(AT_FDCWD, path, max, text, &len, err) == 0)
		return 0;
	if (err->errnum != ENOENT)
		return -1;
	*text = strdup("");
	return *text != NULL ? 0 : error_set(err, ENOMEM, "%s", path);
}

int facts_idmap_detect(struct facts_idmap *facts, struct error *err)
{
	_cleanup_(user_free) struct user user = {0};
	int known = user_by_uid(getuid(), &user, err);

	*facts = (struct facts_idmap){.primary = known > 0 ? user.gid : getgid()};
	if (known < 0 || read_ranges("/etc/subuid", RANGES_MAX, &facts->subuid, err) < 0 ||
		read_ranges("/etc/subgid", RANGES_MAX, &facts->subgid, err) < 0 ||
		read_ranges("/proc/self/uid_map", MAP_MAX, &facts->parent_uids, err) < 0 ||
		read_ranges("/proc/self/gid_map", MAP_MAX, &facts->parent_gids, err) < 0)
		return error_context(err, "identity subuid");
	facts->user = take_ptr(user.name);
	facts->newuidmap = detect_program("newuidmap");
	facts->newgidmap = detect_program("newgidmap");
	facts->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	return 0;
}

void facts_idmap_free(struct facts_idmap *facts)
{
	free(facts->user);
	free(facts->subuid);
	free(facts->subgid);
	free(facts->parent_uids);
	free(facts->parent_gids);
	*facts = (struct facts_idmap){0};
}
