/* A hostile index.json and manifest of an image in OCI's layout: reading them ends, and whatever digest is taken is 64
 * digits and no path. The same bytes are tried as either, in memory of just their size. */
#include "image/oci.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check_digest(const char hex[OCI_HEX])
{
	char *blob = oci_blob(hex);

	CHECK(strnlen(hex, OCI_HEX) == OCI_HEX - 1 && strspn(hex, "0123456789abcdef") == OCI_HEX - 1);
	CHECK(blob != NULL && strcmp(blob + strlen(blob) - (OCI_HEX - 1), hex) == 0);
	free(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1);
	struct oci_image image = {.n_layers = 0};
	struct error err = {0};

	CHECK(text != NULL);
	memcpy(text, data, size);
	if (oci_index_parse(text, size, &image, &err) == 0)
		check_digest(image.digest);
	else
		CHECK(err.text[0] != '\0');
	err = (struct error){0};
	if (oci_manifest_parse(text, size, &image, &err) == 0) {
		CHECK(image.n_layers >= 1 && image.n_layers <= OCI_LAYERS_MAX);
		for (size_t i = 0; i < image.n_layers; i++)
			check_digest(image.layers[i]);
	} else {
		CHECK(err.text[0] != '\0');
	}
	oci_image_free(&image);
	CHECK(image.layers == NULL && image.n_layers == 0);
	free(text);
	return 0;
}
