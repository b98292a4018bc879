#include "sandbox/identity/idmap_remove.h"

#include "common/cleanup.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/idmap_run.h"

#include <errno.h>
#include <unistd.h>

struct removal_work {
	int dirfd;
	const char *name;
	int64_t deadline_ns;
};

static int remove_in_child(void *data, struct error *err)
{
	const struct removal_work *work = data;

	return remove_tree(work->dirfd, work->name, work->deadline_ns, err);
}

int idmap_remove_tree(const struct idmap *uids, const struct idmap *gids, int dirfd, const char *name,
	int64_t deadline_ns, struct error *err)
{
	struct removal_work work = {.dirfd = dirfd, .name = name, .deadline_ns = deadline_ns};

	return idmap_run(uids, gids, deadline_ns, remove_in_child, &work, err);
}

int remove_tree_of_job(int dirfd, const char *name, int64_t deadline_ns, struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};
	struct idmap uids, gids;
	struct error why;

	if (remove_tree(dirfd, name, deadline_ns, err) == 0)
		return 0;
	if (err->errnum != EACCES && err->errnum != EPERM)
		return -1;
	/* No job can close the directory that the tree lies in: whoever did wants it closed. */
	if (faccessat(dirfd, ".", W_OK | X_OK, 0) < 0)
		return -1;
	if (facts_idmap_detect(&facts, &why) < 0 || idmap_decide(&facts, getuid(), getgid(), &uids, &gids, &why) < 0)
		return error_hint(err, "not the caller's, and subordinate ids are not available: %s", why.text);
	return idmap_remove_tree(&uids, &gids, dirfd, name, deadline_ns, err);
}
