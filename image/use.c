#include "image/use.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "image/map.h"
#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* A tree goes only after its name has: whoever loses that race finds another tree at the name, or none. */
#define TRIES 1000

/* A descriptor; -1 with errno: gone, or about to be. */
static int hold(const struct image_store *store, const char *tree)
{
	_cleanup_(close_fd) int fd = openat(store->trees, tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat held, named, root;

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 || fstat(fd, &held) < 0 ||
		fstatat(store->trees, tree, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (fstatat(fd, "root", &root, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	errno = ENOTDIR;
	if (!S_ISDIR(root.st_mode))
		return -1;
	errno = ENOENT;
	return held.st_ino == named.st_ino && held.st_dev == named.st_dev ? take_fd(&fd) : -1;
}

int image_hold(const struct image_store *store, const char *name, char tree[IMAGE_TREE_SIZE], struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		const int found = image_store_read_name(store, name, tree, err);
		_cleanup_(close_fd) int fd = -1;

		if (found <= 0)
			return found == 0 ? image_store_unknown(store, name, err) : -1;
		fd = hold(store, tree);
		if (fd >= 0)
			return image_map_check(fd, tree, err) < 0 ? error_context(err, "image: %s", name)
								  : take_fd(&fd);
		if (errno != ENOENT && errno != EWOULDBLOCK)
			break;
	}
	error_set(err, errno, "image: %s: %s/trees/%s", name, store->dir, tree);
	return error_hint(err, "cofferdam image import %s … makes it anew", name);
}

int image_use(struct plan_root *root, int *held, struct error *err)
{
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	char tree[IMAGE_TREE_SIZE];
	int opened;

	*held = -1;
	if (root->image == NULL)
		return 0;
	opened = image_store_open(&store, false, err);
	if (opened <= 0)
		return opened == 0 ? image_store_unknown(&store, root->image, err) : -1;
	*held = image_hold(&store, root->image, tree, err);
	if (*held < 0)
		return -1;
	free(root->dir);
	free(root->image_digest);
	root->dir = format("%s/trees/%s/root", store.dir, tree);
	root->image_digest = format("sha256:%.64s", tree + strlen("sha256-"));
	return root->dir != NULL && root->image_digest != NULL ? 0 : error_set(err, ENOMEM, "image");
}
