#include "image/collect.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "common/io.h"
#include "common/notice.h"
#include "sandbox/identity/idmap_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#define REMOVAL_LIMIT_NS (600 * NS_PER_S)

static int open_part(const struct image_store *store, const char *part)
{
	return openat(store->dirfd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The new name has a number of its own: two of the same name may be there. */
static int to_trash(const struct image_store *store, int dirfd, const char *name)
{
	_cleanup_(freep) char *trashed = NULL;
	unsigned random = 0;

	if (getrandom(&random, sizeof random, 0) < 0)
		return -1;
	trashed = format("trash/%s.%08x", name, random);
	return trashed != NULL ? renameat(dirfd, name, store->dirfd, trashed) : -1;
}

/* Nobody holds it: a descriptor with an exclusive lock. */
static int lock_unused(int dirfd, const char *name)
{
	_cleanup_(close_fd) int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? take_fd(&fd) : -1;
}

/* The trees that names lead to. */
struct named {
	char (*trees)[IMAGE_TREE_SIZE];
	size_t n;
};

typedef bool wanted_fn(const struct named *named, const char *entry);

/* Moves the entries of `part` that are not wanted to the trash. */
static void sweep(const struct image_store *store, const char *part, const struct named *named, wanted_fn *wanted)
{
	_cleanup_(close_dir) DIR *dir = NULL;
	int fd = open_part(store, part);
	const struct dirent *entry;

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		close_fd(&fd);
		return;
	}
	while (next_entry(dir, &entry) > 0) {
		_cleanup_(close_fd) int unused = -1;

		if (wanted(named, entry->d_name))
			continue;
		unused = lock_unused(dirfd(dir), entry->d_name);
		if (unused >= 0)
			to_trash(store, dirfd(dir), entry->d_name);
	}
}

static bool is_named(const struct named *named, const char *entry)
{
	/* What is no tree is not ours to remove. */
	if (!image_tree_is_valid(entry))
		return true;
	for (size_t i = 0; i < named->n; i++)
		if (strcmp(named->trees[i], entry) == 0)
			return true;
	return false;
}

static bool is_never(const struct named *named, const char *entry)
{
	(void)named;
	(void)entry;
	return false;
}

static int read_named(const struct image_store *store, struct named *named, struct error *err)
{
	_cleanup_(image_names_free) struct image_names names = {.n = 0};

	if (image_store_names(store, &names, err) < 0)
		return -1;
	named->trees = calloc(names.n + 1, sizeof *named->trees);
	if (named->trees == NULL)
		return error_set(err, ENOMEM, "images");
	for (size_t i = 0; i < names.n; i++) {
		const int found = image_store_read_name(store, names.v[i], named->trees[named->n], err);

		if (found < 0)
			return -1;
		named->n += (size_t)found;
	}
	return 0;
}

int image_collect(const struct image_store *store, struct error *err)
{
	struct named named = {.n = 0};
	int result;

	sweep(store, "new", NULL, is_never);
	/* Without all names no tree is known to have none. */
	result = read_named(store, &named, err);
	if (result == 0)
		sweep(store, "trees", &named, is_named);
	free(named.trees);
	return result < 0 ? error_context(err, "images: none without a name is removed") : 0;
}

/* What another process removes at this moment is held by it. */
static void remove_one(int dirfd, const char *name)
{
	_cleanup_(close_fd) int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct error err;

	if (fd < 0 ? errno == ENOENT : flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return;
	if (remove_tree_of_job(dirfd, name, clock_monotonic_ns() + REMOVAL_LIMIT_NS, &err) == 0)
		return;
	error_context(&err, "images: trash/%s: cannot remove it", name);
	error_print("cofferdam", &err);
}

void image_empty_trash(const struct image_store *store)
{
	_cleanup_(close_dir) DIR *dir = NULL;
	int fd = open_part(store, "trash");
	const struct dirent *entry;

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		close_fd(&fd);
		return;
	}
	while (next_entry(dir, &entry) > 0)
		remove_one(dirfd(dir), entry->d_name);
}

void image_discard(const struct image_store *store, const char *part, const char *name)
{
	_cleanup_(close_fd) int fd = open_part(store, part);

	if (fd >= 0 && to_trash(store, fd, name) == 0)
		image_empty_trash(store);
}
