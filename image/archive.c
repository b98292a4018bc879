#include "image/archive.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/path.h"
#include "image/step.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>

#define BLOCK ((size_t)256 << 10)

/* What the names in an archive say. */
struct listing {
	const struct image_size *most;
	uint64_t entries;
	bool docker, oci, system;
	bool layer; /* whose names umoci(1) keeps in the tree: "/" is one of them */
};

const char *image_kind_name(enum image_kind kind)
{
	static const char *const names[] = {"tar", "oci", "oci-archive", "docker-archive"};

	return names[kind];
}

const char *image_compression(int fd)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *option;
	} known[] = {
		{"\x1f\x8b", 2, "--gzip"},
		{"BZh", 3, "--bzip2"},
		{"\xfd"
		 "7zXZ",
			5, "--xz"},
		{"\x28\xb5\x2f\xfd", 4, "--zstd"},
	};
	char magic[8] = "";
	const ssize_t n = pread(fd, magic, sizeof magic, 0);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (n >= (ssize_t)known[i].len && memcmp(magic, known[i].magic, known[i].len) == 0)
			return known[i].option;
	return NULL;
}

static bool has_dots(const char *name)
{
	for (const char *p = name; *p != '\0'; p += strcspn(p, "/"), p += *p == '/')
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

/* A whiteout of ".", ".." or nothing, for which umoci(1) would remove what is around the tree. */
static bool has_wrong_whiteout(const char *name)
{
	static const char prefix[] = ".wh.";

	for (const char *p = name; *p != '\0'; p += strcspn(p, "/"), p += *p == '/') {
		const size_t len = strcspn(p, "/");

		if (len >= strlen(prefix) && len <= strlen(prefix) + 2 && strncmp(p, prefix, strlen(prefix)) == 0 &&
			strspn(p + strlen(prefix), ".") >= len - strlen(prefix))
			return true;
	}
	return false;
}

static bool is_in(const char *name, const char *const *dirs)
{
	for (; *dirs != NULL; dirs++)
		if (path_is_within(name, *dirs))
			return true;
	return false;
}

int image_count_again(uint64_t more, const struct image_size *most, uint64_t *entries, struct error *err)
{
	if (!__builtin_add_overflow(*entries, more, entries) && *entries <= most->entries)
		return 0;
	error_set(err, 0, "more than %llu entries", (unsigned long long)most->entries);
	return error_hint(err, "--entries N allows more");
}

static int list_line(void *context, const char *line, struct error *err)
{
	static const char *const system[] = {"bin", "etc", "lib", "sbin", "usr", "var", NULL};
	struct listing *listing = context;
	const char *name = line;

	if (!listing->layer && *name == '/')
		return error_set(err, 0, "%.200s: absolute path", line);
	if (!listing->layer && has_dots(name))
		return error_set(err, 0, "%.200s: path with \"..\"", line);
	if (listing->layer && has_wrong_whiteout(name))
		return error_set(err, 0, "%.200s: a whiteout that names no file", line);
	if (image_count_again(1, listing->most, &listing->entries, err) < 0)
		return -1;
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	listing->docker |= strcmp(name, "manifest.json") == 0;
	listing->oci |= strcmp(name, "oci-layout") == 0;
	listing->system |= is_in(name, system);
	return 0;
}

/* Layers of umoci-insert(1) end without the two empty blocks, and what it inserts as the root is called "/". */
static int complain(void *context, const char *line, struct error *err)
{
	const struct listing *listing = context;

	(void)err;
	return listing->layer && (strstr(line, ": Removing leading `/' from member names") != NULL ||
					 strstr(line, "Unexpected EOF in archive") != NULL ||
					 strstr(line, "Error is not recoverable: exiting now") != NULL);
}

static int list(int fd, struct listing *listing, int64_t deadline_ns, struct error *err)
{
	const int64_t left_s = (deadline_ns - clock_monotonic_ns()) / NS_PER_S;
	const char *compression = image_compression(fd);
	_cleanup_(freep) char *tar = program_find("tar");
	char *const argv[] = {tar, (char[]){"-t"}, (char[]){"-f"}, (char[]){"-"}, (char[]){"--quoting-style=escape"},
		(char[]){"--warning=no-timestamp"}, (char[]){"--warning=no-unknown-keyword"},
		compression != NULL ? (char *)compression : NULL, NULL};
	struct image_step step = {.program = "tar",
		.package = "tar",
		.argv = argv,
		.input = fd,
		.out = list_line,
		.complaint = complain,
		.forgiving = true,
		.context = listing};

	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_set(err, errno, "lseek");
	if (left_s < 1)
		return error_set(err, ETIMEDOUT, "its entries are not counted");
	image_step_option(&step, "--time", "%llds", (long long)left_s);
	return image_step_run(&step, err);
}

int image_tar_count(int fd, const struct image_size *most, int64_t deadline_ns, uint64_t *entries, struct error *err)
{
	struct listing listing = {.most = most, .entries = *entries, .layer = true};

	if (list(fd, &listing, deadline_ns, err) < 0)
		return -1;
	*entries = listing.entries;
	return 0;
}

static int open_file(struct image_archive *archive, const struct image_size *most, struct error *err)
{
	struct listing listing = {.most = most};

	if (list(archive->fd, &listing, clock_monotonic_ns() + IMAGE_COUNT_LIMIT_NS, err) < 0)
		return -1;
	if (listing.entries == 0)
		return error_set(err, 0, "an empty archive");
	archive->kind = listing.system   ? IMAGE_KIND_TAR
			: listing.oci    ? IMAGE_KIND_OCI_ARCHIVE
			: listing.docker ? IMAGE_KIND_DOCKER_ARCHIVE
					 : IMAGE_KIND_TAR;
	/* docker save writes both: what it has for itself is read by more versions of skopeo. */
	if (!listing.system && listing.oci && listing.docker)
		archive->kind = IMAGE_KIND_DOCKER_ARCHIVE;
	return 0;
}

static int open_directory(struct image_archive *archive, int fd, struct error *err)
{
	if (faccessat(fd, "oci-layout", R_OK, 0) < 0 || faccessat(fd, "index.json", R_OK, 0) < 0) {
		error_set(err, 0, "a directory that is not in OCI's image layout");
		return error_hint(
			err, "expected oci-layout and index.json in it; for a tree: tar -C DIR -cf IMAGE.tar .");
	}
	archive->kind = IMAGE_KIND_OCI_DIR;
	return 0;
}

int image_archive_open(
	struct image_archive *archive, const char *path, const struct image_size *most, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result;

	*archive = IMAGE_ARCHIVE_NONE;
	if (fd < 0 || fstat(fd, &archive->before) < 0)
		return error_set(err, errno, "%s", path);
	archive->path = realpath(path, NULL);
	if (archive->path == NULL)
		return error_set(err, errno, "%s", path);
	if (S_ISDIR(archive->before.st_mode)) {
		result = open_directory(archive, fd, err);
	} else if (S_ISREG(archive->before.st_mode)) {
		archive->fd = take_fd(&fd);
		result = open_file(archive, most, err);
	} else {
		result = error_set(err, 0, "neither a file nor a directory");
	}
	return result < 0 ? error_context(err, "%s", path) : 0;
}

void image_archive_close(struct image_archive *archive)
{
	close_fd(&archive->fd);
	freep(&archive->path);
}

int image_archive_digest(const struct image_archive *archive, char digest[65], struct error *err)
{
	_cleanup_(freep) char *block = malloc(BLOCK);
	struct stat now;
	SHA2_CTX sha;
	off_t at = 0;
	ssize_t n;

	if (block == NULL)
		return error_set(err, ENOMEM, "%s", archive->path);
	SHA256Init(&sha);
	while ((n = pread(archive->fd, block, BLOCK, at)) > 0) {
		SHA256Update(&sha, (const uint8_t *)block, (size_t)n);
		at += n;
	}
	if (n < 0 || fstat(archive->fd, &now) < 0)
		return error_set(err, errno, "%s", archive->path);
	if (now.st_size != archive->before.st_size || now.st_mtim.tv_sec != archive->before.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != archive->before.st_mtim.tv_nsec)
		return error_set(err, 0, "%s: changed while it was read", archive->path);
	SHA256End(&sha, digest);
	return 0;
}
