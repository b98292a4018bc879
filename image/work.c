#include "image/work.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "image/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int image_work_begin(const struct image_store *store, struct image_work *work, struct error *err)
{
	_cleanup_(freep) char *below = NULL;
	unsigned random;

	*work = IMAGE_WORK_NONE;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_set(err, errno, "getrandom");
	work->name = format("%d-%08x", getpid(), random);
	below = format("new/%s", work->name != NULL ? work->name : "");
	work->path = format("%s/new/%s", store->dir, work->name != NULL ? work->name : "");
	if (work->name == NULL || below == NULL || work->path == NULL)
		return error_set(err, ENOMEM, "image");
	if (mkdirat(store->dirfd, below, 0700) < 0)
		return error_set(err, errno, "images: %s", work->path);
	work->dirfd = openat(store->dirfd, below, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (work->dirfd < 0 || flock(work->dirfd, LOCK_EX | LOCK_NB) < 0 || mkdirat(work->dirfd, "root", 0755) < 0 ||
		fchmodat(work->dirfd, "root", 0755, 0) < 0)
		return error_set(err, errno, "images: %s", work->path);
	return 0;
}

int image_work_commit(const struct image_store *store, struct image_work *work, const char *tree, struct error *err)
{
	_cleanup_(freep) char *below = format("new/%s", work->name);

	if (below == NULL)
		return error_set(err, ENOMEM, "image");
	if (syncfs(work->dirfd) < 0)
		return error_set(err, errno, "images: %s", work->path);
	/* A directory is renamed over no directory that is not empty. */
	if (renameat(store->dirfd, below, store->trees, tree) < 0)
		return errno == EEXIST || errno == ENOTEMPTY ? 0 : error_set(err, errno, "images: %s", work->path);
	close_fd(&work->dirfd);
	freep(&work->name);
	return fsync(store->trees) < 0 ? error_set(err, errno, "images: %s/trees", store->dir) : 0;
}

void image_work_end(const struct image_store *store, struct image_work *work)
{
	close_fd(&work->dirfd); /* and its lock: who removes it takes one */
	if (work->name != NULL && store->dirfd >= 0)
		image_discard(store, "new", work->name);
	freep(&work->path);
	freep(&work->name);
}
