/* What an image is made from: looked at before anything is unpacked. */
#pragma once

#include "common/error.h"
#include "image/manifest.h"

#include <sys/stat.h>

enum image_kind {
	IMAGE_KIND_TAR,
	IMAGE_KIND_OCI_DIR,
	IMAGE_KIND_OCI_ARCHIVE,
	IMAGE_KIND_DOCKER_ARCHIVE,
};

const char *image_kind_name(enum image_kind kind);

struct image_archive {
	enum image_kind kind;
	char *path; /* absolute */
	int fd;     /* of a file; -1: a directory */
	struct stat before;
};

#define IMAGE_ARCHIVE_NONE ((struct image_archive){.fd = -1})

/* Opens the path, tells its kind, and refuses an archive with more entries than `most` says, and one with absolute
 * names or "..". The caller calls image_archive_close(), also after a failure. */
int image_archive_open(
	struct image_archive *archive, const char *path, const struct image_size *most, struct error *err);
void image_archive_close(struct image_archive *archive);

/* The SHA-256 of a file, in hexadecimal digits, and an error where the file has changed since it was opened. */
int image_archive_digest(const struct image_archive *archive, char digest[65], struct error *err);

/* The option with which tar(1) reads the compressed archive from standard input; NULL: it is not compressed. */
const char *image_compression(int fd);

/* Adds the entries of a layer, the tar archive `fd`, to *entries, and refuses more than `most` says. */
int image_tar_count(int fd, const struct image_size *most, uint64_t *entries, struct error *err);
