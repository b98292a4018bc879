#include "image/store.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"
#include "policy/image_name.h"
#include "policy/own_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define LINK "../trees/"

/* What is missing of an absolute path, 0700. */
static int make_path(const char *path, struct error *err)
{
	_cleanup_(freep) char *copy = strdup(path);

	if (copy == NULL)
		return error_set(err, ENOMEM, "images");
	for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST) {
			const int why = errno;

			/* On a file system that is read-only, or where nobody may look. */
			if (access(copy, F_OK) < 0)
				return error_set(err, why, "images: %s", copy);
		}
		if (slash == NULL)
			return 0;
		*slash = '/';
	}
}

static int check_owner(const struct image_store *store, struct error *err)
{
	struct stat st;

	if (fstat(store->dirfd, &st) < 0)
		return error_set(err, errno, "images: %s", store->dir);
	if (st.st_uid != geteuid())
		return error_set(err, 0, "images: %s: belongs to another user", store->dir);
	if ((st.st_mode & 022) == 0)
		return 0;
	error_set(err, 0, "images: %s: others can write to it", store->dir);
	return error_hint(err, "chmod 700 %s", store->dir);
}

static const char *const parts[] = {"names", "trees", "new", "trash"};

static bool is_empty(const struct image_store *store, const char *part)
{
	int fd = openat(store->dirfd, part, DIRECTORY);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT;
	return next_entry(dir, &entry) == 0;
}

static bool has_lock(const struct image_store *store)
{
	return faccessat(store->dirfd, "lock", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What is in the parts is removed where no name leads to it: so a directory becomes a store only if there is nothing in
 * them. Another process fills them after it has made the lock. */
static int check_new(const struct image_store *store, struct error *err)
{
	if (has_lock(store))
		return 0;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (is_empty(store, parts[i]) || has_lock(store))
			continue;
		error_set(err, 0, "images: %s: not a directory of images, and has something else in %s", store->dir,
			parts[i]);
		return error_hint(err, "set COFFERDAM_IMAGES to a directory of its own");
	}
	return 0;
}

static int open_part(const struct image_store *store, const char *name, bool make, struct error *err)
{
	int fd;

	if (make && mkdirat(store->dirfd, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "images: %s/%s", store->dir, name);
	fd = openat(store->dirfd, name, DIRECTORY);
	return fd >= 0 ? fd : error_set(err, errno, "images: %s/%s", store->dir, name);
}

int image_store_open(struct image_store *store, bool make, struct error *err)
{
	*store = IMAGE_STORE_NONE;
	if (own_dir_images(environ, &store->dir, err) < 0)
		return error_context(err, "images");
	if (store->dir == NULL) {
		error_set(err, 0, "images: no directory for them");
		return error_hint(err, "set COFFERDAM_IMAGES or HOME");
	}
	if (make && make_path(store->dir, err) < 0)
		return -1;
	store->dirfd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0)
		return !make && errno == ENOENT ? 0 : error_set(err, errno, "images: %s", store->dir);
	if (check_owner(store, err) < 0 || check_new(store, err) < 0)
		return -1;
	store->names = open_part(store, "names", make, err);
	if (store->names < 0)
		return !make && err->errnum == ENOENT ? 0 : -1;
	store->trees = open_part(store, "trees", make, err);
	if (store->trees < 0)
		return !make && err->errnum == ENOENT ? 0 : -1;
	for (size_t i = 2; make && i < sizeof parts / sizeof parts[0]; i++)
		if (mkdirat(store->dirfd, parts[i], 0700) < 0 && errno != EEXIST)
			return error_set(err, errno, "images: %s/%s", store->dir, parts[i]);
	return 1;
}

void image_store_close(struct image_store *store)
{
	close_fd(&store->lockfd);
	close_fd(&store->names);
	close_fd(&store->trees);
	close_fd(&store->dirfd);
	freep(&store->dir);
}

int image_store_lock(struct image_store *store, struct error *err)
{
	_cleanup_(close_fd) int fd = openat(store->dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, errno, "images: %s/lock", store->dir);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "images: %s/lock", store->dir);
	store->lockfd = take_fd(&fd);
	return 0;
}

void image_store_unlock(struct image_store *store)
{
	close_fd(&store->lockfd);
}

bool image_tree_is_valid(const char *tree)
{
	static const char prefix[] = "sha256-";
	const char *digits = tree + strlen(prefix), *kind;

	if (strncmp(tree, prefix, strlen(prefix)) != 0)
		return false;
	kind = digits + strspn(digits, "0123456789abcdef");
	return kind - digits == 64 && (strcmp(kind, "-subuid") == 0 || strcmp(kind, "-single") == 0);
}

int image_store_read_name(
	const struct image_store *store, const char *name, char tree[IMAGE_TREE_SIZE], struct error *err)
{
	char text[PATH_MAX];
	const ssize_t n = readlinkat(store->names, name, text, sizeof text - 1);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0 && errno != EINVAL)
		return error_set(err, errno, "image: %s", name);
	if (n >= 0)
		text[n] = '\0';
	if (n < 0 || strncmp(text, LINK, strlen(LINK)) != 0 || !image_tree_is_valid(text + strlen(LINK))) {
		error_set(err, 0, "image: %s/names/%s: not a link to an image", store->dir, name);
		return error_hint(err, "cofferdam image remove %s removes the name", name);
	}
	memcpy(tree, text + strlen(LINK), strlen(text + strlen(LINK)) + 1);
	return 1;
}

int image_store_set_name(const struct image_store *store, const char *name, const char *tree, struct error *err)
{
	/* No name begins with a dot. */
	static const char fresh[] = ".new";
	_cleanup_(freep) char *target = format(LINK "%s", tree);

	if (target == NULL)
		return error_set(err, ENOMEM, "image");
	if (unlinkat(store->names, fresh, 0) < 0 && errno != ENOENT)
		return error_set(err, errno, "image: %s/names/%s", store->dir, fresh);
	if (symlinkat(target, store->names, fresh) < 0 || renameat(store->names, fresh, store->names, name) < 0 ||
		fsync(store->names) < 0)
		return error_set(err, errno, "images: %s/names/%s", store->dir, name);
	return 0;
}

int image_store_remove_name(const struct image_store *store, const char *name, struct error *err)
{
	if (unlinkat(store->names, name, 0) == 0)
		return fsync(store->names) == 0 ? 1 : error_set(err, errno, "image: %s", name);
	return errno == ENOENT ? 0 : error_set(err, errno, "image: %s", name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int image_store_names(const struct image_store *store, struct image_names *names, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = NULL;
	int fd = openat(store->names, ".", DIRECTORY);
	const struct dirent *entry;
	int more;

	*names = (struct image_names){.n = 0};
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		close_fd(&fd);
		return error_set(err, errno, "images: %s/names", store->dir);
	}
	while ((more = next_entry(dir, &entry)) > 0) {
		struct error ignored;
		char **grown;

		if (image_name_check(entry->d_name, &ignored) < 0)
			continue;
		grown = reallocarray(names->v, names->n + 1, sizeof *grown);
		if (grown != NULL)
			names->v = grown;
		if (grown == NULL || (grown[names->n] = strdup(entry->d_name)) == NULL)
			return error_set(err, ENOMEM, "images");
		names->n++;
	}
	if (more < 0)
		return error_set(err, errno, "images: %s/names", store->dir);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof *names->v, compare);
	return 0;
}

void image_names_free(struct image_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct image_names){.n = 0};
}

int image_store_unknown(const struct image_store *store, const char *name, struct error *err)
{
	_cleanup_(image_names_free) struct image_names names = {.n = 0};
	char list[ERROR_HINT_MAX / 2];
	struct error ignored;
	size_t used = 0;

	error_set(err, 0, "image: %s: unknown image", name);
	if (store->names < 0 || image_store_names(store, &names, &ignored) < 0 || names.n == 0)
		return error_hint(err,
			"there are no images: cofferdam image import %s TAR|OCI-DIR|DOCKER-ARCHIVE makes it", name);
	for (size_t i = 0; i < names.n && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names.v[i]);
	return error_hint(err, "there are %s%s; cofferdam image import %s TAR|OCI-DIR|DOCKER-ARCHIVE makes it", list,
		used >= sizeof list ? "…" : "", name);
}
