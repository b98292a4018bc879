#include "image/oci.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"

#include <errno.h>
#include <string.h>

#define ALGORITHM "sha256:"

char *oci_blob(const char *hex)
{
	return format("blobs/sha256/%s", hex);
}

/* The digest of a descriptor, without what could be a path. */
static int read_digest(const json_t *descriptor, char hex[OCI_HEX], struct error *err)
{
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));

	if (digest == NULL || strncmp(digest, ALGORITHM, strlen(ALGORITHM)) != 0 ||
		strlen(digest) != strlen(ALGORITHM) + OCI_HEX - 1 ||
		strspn(digest + strlen(ALGORITHM), "0123456789abcdef") != OCI_HEX - 1)
		return error_set(err, 0, "%.100s: not a SHA-256 digest", digest != NULL ? digest : "null");
	memcpy(hex, digest + strlen(ALGORITHM), OCI_HEX);
	return 0;
}

int oci_index_parse(const char *text, size_t len, struct oci_image *image, struct error *err)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	const json_t *manifests;

	if (json_doc_parse(&doc, "index.json", text, len, err) < 0)
		return -1;
	manifests = json_object_get(doc.root, "manifests");
	if (json_array_size(manifests) != 1)
		return error_set(err, 0, "index.json: %zu images, expected one", json_array_size(manifests));
	return read_digest(json_array_get(manifests, 0), image->digest, err) < 0 ? error_context(err, "index.json") : 0;
}

int oci_manifest_parse(const char *text, size_t len, struct oci_image *image, struct error *err)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	const json_t *layers;
	size_t n;

	if (json_doc_parse(&doc, "manifest", text, len, err) < 0)
		return -1;
	layers = json_object_get(doc.root, "layers");
	n = json_array_size(layers);
	if (n == 0 || n > OCI_LAYERS_MAX)
		return error_set(err, 0, "manifest: %zu layers, expected 1 to %d", n, OCI_LAYERS_MAX);
	image->layers = calloc(n, sizeof *image->layers);
	if (image->layers == NULL)
		return error_set(err, ENOMEM, "manifest");
	for (; image->n_layers < n; image->n_layers++)
		if (read_digest(json_array_get(layers, image->n_layers), image->layers[image->n_layers], err) < 0)
			return error_context(err, "manifest");
	return 0;
}

int oci_image_read(int dirfd, struct oci_image *image, struct error *err)
{
	_cleanup_(freep) char *index = NULL, *manifest = NULL, *path = NULL;
	size_t index_len, manifest_len;

	*image = (struct oci_image){.n_layers = 0};
	if (read_file_at(dirfd, "index.json", JSON_TEXT_MAX, &index, &index_len, err) < 0 ||
		oci_index_parse(index, index_len, image, err) < 0)
		return -1;
	path = oci_blob(image->digest);
	if (path == NULL)
		return error_set(err, ENOMEM, "manifest");
	return read_file_at(dirfd, path, JSON_TEXT_MAX, &manifest, &manifest_len, err) < 0
		       ? -1
		       : oci_manifest_parse(manifest, manifest_len, image, err);
}

size_t oci_image_first(const struct oci_image *image, size_t i)
{
	size_t first = 0;

	while (first < i && strcmp(image->layers[first], image->layers[i]) != 0)
		first++;
	return first;
}

void oci_image_free(struct oci_image *image)
{
	freep(&image->layers);
	image->n_layers = 0;
}
