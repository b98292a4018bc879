/* An image in OCI's image layout: what its index and manifest say.
 * https://github.com/opencontainers/image-spec/blob/v1.0/image-layout.md */
#pragma once

#include "common/error.h"

#include <stddef.h>

#define OCI_LAYERS_MAX 1024
#define OCI_HEX 65

struct oci_image {
	char digest[OCI_HEX];    /* of the manifest */
	char (*layers)[OCI_HEX]; /* owned */
	size_t n_layers;
};

/* Reads index.json in the directory, which names one image, and that image's manifest; both are of at most 4 MiB. The
 * caller calls oci_image_free(), also after a failure. */
int oci_image_read(int dirfd, struct oci_image *image, struct error *err);
void oci_image_free(struct oci_image *image);

/* The first layer that is the same as layer `i`: `i` itself, unless an image has one several times. */
size_t oci_image_first(const struct oci_image *image, size_t i);

/* The same from texts, of `len` bytes. */
int oci_index_parse(const char *text, size_t len, struct oci_image *image, struct error *err);
int oci_manifest_parse(const char *text, size_t len, struct oci_image *image, struct error *err);

/* The blob's path in the layout. The caller frees it; NULL: out of memory. */
char *oci_blob(const char *hex);
