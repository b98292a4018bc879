/* What an image is made from: looked at before anything is unpacked. */
#pragma once

#include "common/error.h"
#include "image/manifest.h"

#include <stdint.h>
#include <sys/stat.h>

enum image_kind {
	IMAGE_KIND_TAR,
	IMAGE_KIND_OCI_DIR,
	IMAGE_KIND_OCI_ARCHIVE,
	IMAGE_KIND_DOCKER_ARCHIVE,
};

const char *image_kind_name(enum image_kind kind);

/* As long as the profile `unpack` lets one program run. */
#define IMAGE_COUNT_LIMIT_NS (INT64_C(7200) * 1000000000)

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

/* Adds the entries of a layer, the tar archive `fd`, to *entries, and refuses more than `most` says. Until
 * `deadline_ns`, CLOCK_MONOTONIC, which is one of all layers of an image. */
int image_tar_count(int fd, const struct image_size *most, int64_t deadline_ns, uint64_t *entries, struct error *err);

/* Adds `more` entries, those of a layer that was counted before. */
int image_count_again(uint64_t more, const struct image_size *most, uint64_t *entries, struct error *err);
