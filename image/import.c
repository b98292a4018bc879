#include "image/import.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "image/collect.h"
#include "image/info.h"
#include "image/map.h"
#include "policy/image_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#define FULL_BYTES ((uint64_t)64 << 10)

static int name_tree(char tree[IMAGE_TREE_SIZE], const char *digest, enum image_ids ids)
{
	return snprintf(tree, IMAGE_TREE_SIZE, "sha256-%.64s-%s", digest, image_ids_name(ids));
}

/* Takes the lock, removes what others have left, and makes the place for the new image. */
static int begin(struct image_store *store, struct image_work *work, struct error *err)
{
	struct error kept;
	int result;

	if (image_store_open(store, true, err) < 0 || image_store_lock(store, err) < 0)
		return -1;
	if (image_collect(store, &kept) < 0)
		error_print("cofferdam", &kept);
	result = image_work_begin(store, work, err);
	image_store_unlock(store);
	image_empty_trash(store);
	return result;
}

static int write_line(void *context, const char *line, const char *path, struct error *err)
{
	FILE *out = context;

	(void)path;
	return fputs(line, out) < 0 || putc('\n', out) == EOF ? error_set(err, errno, "manifest") : 0;
}

static int flush(void *context, struct error *err)
{
	return fflush(context) != 0 ? error_set(err, errno, "manifest") : 0;
}

/* Lists the new tree, and writes what is known of it. */
static int describe(const struct image_work *work, const char *source, enum image_ids ids,
	const struct image_size *most, struct error *err)
{
	_cleanup_(close_fd) int fd =
		openat(work->dirfd, "manifest", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	_cleanup_(close_fd) int root = openat(work->dirfd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(freep) char *copy = strdup(source);
	_cleanup_(freep) char *map = NULL;
	_cleanup_(close_file) FILE *out = NULL;
	struct image_info info = {.source = copy, .created = time(NULL)};

	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL || root < 0)
		return error_set(err, errno, "manifest");
	(void)take_fd(&fd);
	if (copy == NULL)
		return error_set(err, ENOMEM, "image");
	if (ids == IMAGE_IDS_SUBUID && (map = image_map_here(err)) == NULL)
		return -1;
	info.map = map;
	if (image_walk_inside(ids, root, most, write_line, flush, out, &info.size, err) < 0)
		return -1;
	return image_info_write(work->dirfd, &info, err);
}

/* With the lock held. */
static int give_name(
	struct image_store *store, struct image_work *work, const char *name, const char *tree, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct error ignored; /* said at the beginning */
	int named;

	if (work != NULL && image_work_commit(store, work, tree, err) < 0)
		return -1;
	/* It may be one that was there. */
	fd = openat(store->trees, tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "images: %s/trees/%s", store->dir, tree);
	if (image_map_check(fd, tree, err) < 0)
		return -1;
	named = image_store_set_name(store, name, tree, err);

	/* Also the new tree, where no name leads to it. */
	(void)image_collect(store, &ignored);
	return named;
}

static int finish(
	struct image_store *store, struct image_work *work, const char *name, const char *tree, struct error *err)
{
	int result;

	if (image_store_lock(store, err) < 0)
		return -1;
	result = give_name(store, work, name, tree, err);
	image_store_unlock(store);
	image_empty_trash(store);
	return result;
}

/* Whether an image of the same content is there: then it has the name already. */
static int reuse(struct image_store *store, const char *name, const char *tree, bool *known, struct error *err)
{
	struct stat st;
	int result = 0;

	if (image_store_lock(store, err) < 0)
		return -1;
	*known = fstatat(store->trees, tree, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (*known)
		result = give_name(store, NULL, name, tree, err);
	image_store_unlock(store);
	return result;
}

static int choose_ids(enum image_ids_wish wish, struct image_result *result, struct error *err)
{
	result->ids = image_ids_here(&result->reason);
	if (wish == IMAGE_WISH_SUBUID && result->ids != IMAGE_IDS_SUBUID) {
		*err = result->reason;
		return -1;
	}
	if (wish == IMAGE_WISH_SINGLE) {
		error_set(&result->reason, 0, "as asked for");
		result->ids = IMAGE_IDS_SINGLE;
	}
	return 0;
}

static int import_tar(struct image_store *store, struct image_work *work, const struct image_request *request,
	const struct image_archive *archive, struct image_result *result, struct error *err)
{
	char digest[65], unpacked[65];

	if (image_archive_digest(archive, digest, err) < 0)
		return -1;
	name_tree(result->tree, digest, result->ids);
	if (reuse(store, request->name, result->tree, &result->known, err) < 0)
		return -1;
	if (result->known)
		return 0;
	if (image_unpack_tar(archive, work, result->ids, &request->most, unpacked, err) < 0)
		return -1;
	/* Times say nothing of it: whoever writes can set them. */
	return strcmp(digest, unpacked) == 0 ? 0 : error_set(err, 0, "%s: changed while it was read", archive->path);
}

/* Of the same content when the manifest has the same digest: what was unpacked meanwhile is dropped. */
static int import_layers(struct image_work *work, const struct image_request *request,
	const struct image_archive *archive, struct image_result *result, struct error *err)
{
	char digest[65];

	if (image_unpack_layers(archive, &request->pull, work, result->ids, &request->most, digest, err) < 0)
		return -1;
	name_tree(result->tree, digest, result->ids);
	return 0;
}

static int make(struct image_store *store, struct image_work *work, const struct image_request *request,
	const struct image_archive *archive, struct image_result *result, struct error *err)
{
	const char *source = archive != NULL ? image_kind_name(archive->kind) : request->pull.reference;
	const int made = archive != NULL && archive->kind == IMAGE_KIND_TAR
				 ? import_tar(store, work, request, archive, result, err)
				 : import_layers(work, request, archive, result, err);

	if (made < 0)
		return -1;
	if (result->known)
		return 0;
	return describe(work, source, result->ids, &request->most, err) < 0
		       ? -1
		       : finish(store, work, request->name, result->tree, err);
}

/* skopeo(1) would take a short name for one of a registry that nobody has named. */
static bool names_registry(const char *reference)
{
	const size_t host = strcspn(reference, "/"), name = strcspn(reference, ":/");

	if (reference[host] != '/' || reference[host + 1] == '\0' || name == 0)
		return false;
	if (reference[name] == ':')
		return reference[name + 1] >= '0' && reference[name + 1] <= '9';
	return memchr(reference, '.', host) != NULL ||
	       (host == strlen("localhost") && memcmp(reference, "localhost", host) == 0);
}

/* What the registry's part of a reference may consist of: no option, no other transport of skopeo's. */
static int check_reference(const char *reference, struct error *err)
{
	const size_t good = strspn(reference, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:@+-");

	const bool valid = reference[0] != '\0' && reference[0] != '-' && reference[0] != '/' &&
			   reference[good] == '\0' && strstr(reference, "//") == NULL;

	if (valid && names_registry(reference))
		return 0;
	error_set(err, 0, "%.200s: %s", reference, valid ? "names no registry" : "not a reference");
	return error_hint(
		err, "expected HOST/PATH:TAG or HOST/PATH@sha256:DIGEST, such as docker.io/library/debian:12");
}

/* Programs say it in many ways, and some not at all. */
static void hint_full(const struct image_store *store, struct error *err)
{
	struct statvfs fs;

	if (store->dirfd < 0 || err->hint[0] != '\0' || fstatvfs(store->dirfd, &fs) < 0)
		return;
	if (err->errnum == ENOSPC || (uint64_t)fs.f_bavail * fs.f_frsize < FULL_BYTES ||
		(fs.f_files > 0 && fs.f_favail == 0))
		error_hint_text(err, "no room is left in %s", store->dir);
}

int image_import(const struct image_request *request, struct image_result *result, struct error *err)
{
	_cleanup_(image_archive_close) struct image_archive archive = IMAGE_ARCHIVE_NONE;
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	struct image_work work = IMAGE_WORK_NONE;
	int made;

	*result = (struct image_result){.known = false};
	if (image_name_check(request->name, err) < 0 || choose_ids(request->wish, result, err) < 0)
		return -1;
	if (request->path == NULL && check_reference(request->pull.reference, err) < 0)
		return error_context(err, "image: %s", request->name);
	if (request->path != NULL && image_archive_open(&archive, request->path, &request->most, err) < 0)
		return error_context(err, "image: %s", request->name);
	made = begin(&store, &work, err);
	if (made == 0)
		made = make(&store, &work, request, request->path != NULL ? &archive : NULL, result, err);
	if (made < 0)
		hint_full(&store, err);
	image_work_end(&store, &work);
	return made < 0 ? error_context(err, "image: %s", request->name) : 0;
}
