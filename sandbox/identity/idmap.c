#include "sandbox/identity/idmap.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/identity/ids.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

/* Both are done in milliseconds, unless the user database is far away. */
#define LIMIT_NS INT64_C(20000000000)

/* Path, pid, three numbers for each extent, and the end. */
#define ARGS_MAX (2 + 3 * IDMAP_EXTENTS_MAX + 1)

struct mapper {
	char *args[ARGS_MAX];
	struct program program;
	bool started;
};

static void mapper_free(struct mapper *mapper)
{
	for (size_t i = 0; i < ARGS_MAX; i++)
		free(mapper->args[i]);
}

static int mapper_start(struct mapper *mapper, const char *name, pid_t pid, const struct idmap *map, struct error *err)
{
	size_t n = 0;

	mapper->args[n++] = program_find(name);
	if (mapper->args[0] == NULL) {
		error_set(err, ENOENT, "%s", name);
		return error_hint(err, "apt-get install uidmap");
	}
	mapper->args[n++] = format("%d", pid);
	for (unsigned i = 0; i < map->n; i++) {
		mapper->args[n++] = format("%u", map->extents[i].inside);
		mapper->args[n++] = format("%u", map->extents[i].outside);
		mapper->args[n++] = format("%u", map->extents[i].count);
	}
	for (size_t i = 0; i < n; i++)
		if (mapper->args[i] == NULL)
			return error_set(err, ENOMEM, "%s", name);
	if (program_start(&mapper->program, mapper->args, err) < 0)
		return -1;
	mapper->started = true;
	return 0;
}

static int mapper_finish(struct mapper *mapper, struct error *err)
{
	char said[256];
	int status = program_finish(&mapper->program, LIMIT_NS, said, sizeof said, err);

	if (status == 0)
		return 0;
	if (status < 0)
		return -1;
	said[strcspn(said, "\n")] = '\0';
	error_set(err, 0, "%s: exit %d: %s", mapper->program.name, status, said);
	return error_hint(err, "`cofferdam doctor` names what is missing");
}

int idmap_write(pid_t pid, const struct idmap *uids, const struct idmap *gids, struct error *err)
{
	_cleanup_(mapper_free) struct mapper uid = {0}, gid = {0};
	struct error second; /* the first error is the one to tell */
	int result;

	result = mapper_start(&uid, "newuidmap", pid, uids, err);
	if (result == 0)
		result = mapper_start(&gid, "newgidmap", pid, gids, err);
	if (uid.started && mapper_finish(&uid, result < 0 ? &second : err) < 0)
		result = -1;
	if (gid.started && mapper_finish(&gid, result < 0 ? &second : err) < 0)
		result = -1;
	return result < 0 ? error_context(err, "user namespace") : 0;
}

int idmap_become_root(struct error *err)
{
	if (setgroups(0, NULL) < 0)
		return error_set(err, errno, "user namespace: give up the supplementary groups");
	if (setresgid(0, 0, 0) < 0)
		return error_set(err, errno, "user namespace: become gid 0");
	if (setresuid(0, 0, 0) < 0)
		return error_set(err, errno, "user namespace: become uid 0");
	return ids_check(0, 0, NULL, 0, err) < 0 ? error_context(err, "user namespace") : 0;
}
