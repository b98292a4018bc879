/* Unpacks an image into a new directory, by programs of the distribution, each in a sandbox of its own (image/step.h).
 *
 * Device nodes cannot be made without root: those of /dev are left out, since every sandbox makes its own; others are
 * left out and named. Implemented in unpack_tar.c and unpack_layers.c. */
#pragma once

#include "common/error.h"
#include "image/archive.h"
#include "image/inside.h"
#include "image/work.h"

/* How much a step may store. A sandbox has some files of its own. */
#define IMAGE_STORED_MIN (UINT64_C(64) << 20)
#define IMAGE_STORED(most) ((most)->bytes > IMAGE_STORED_MIN ? (most)->bytes : IMAGE_STORED_MIN)

/* Unpacks a tar archive into root/ of the work. `digest` becomes that of what was unpacked, in hexadecimal digits:
 * another than the file's before, where somebody writes to it. */
int image_unpack_tar(const struct image_archive *archive, const struct image_work *work, enum image_ids ids,
	const struct image_size *most, char digest[65], struct error *err);

/* Copies an image in another form, or of a registry (`reference`, where `archive` is NULL), to OCI's image layout in
 * the work, unpacks that into root/, and removes it. `digest` becomes that of its manifest. */
struct image_pull {
	const char *reference;           /* HOST/PATH:TAG */
	const char *const *network_open; /* more destinations, ends with NULL; may be NULL */
	bool http;                       /* without TLS */
	const char *authfile;            /* has a login for the registry (image/login.h); NULL: none is made */
};
int image_unpack_layers(const struct image_archive *archive, const struct image_pull *pull,
	const struct image_work *work, enum image_ids ids, const struct image_size *most, char digest[65],
	struct error *err);

/* A line of skopeo's standard error, as image_step has it: 1 for one that is no failure, such as a warning. */
int image_complaint_of_skopeo(void *context, const char *line, struct error *err);
