/* A hostile list of distributions, and the paths of a hostile archive: what is taken is a version that can be a
 * directory's name, a URL and a token without blanks, a checksum; and paths that stay below their root. */
#include "runner/distribution/entry.h"
#include "runner/distribution/list.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check_word(const char *text)
{
	CHECK(*text != '\0');
	for (const char *p = text; *p != '\0'; p++)
		CHECK(*p > ' ' && *p < 0x7f);
}

static void try_list(const char *text, size_t len)
{
	json_t *list = json_loadb(text, len, 0, NULL);
	struct offer offer;
	struct error err = {.text = ""};

	if (list_pick(&offer, list, "x64", &err) == 0) {
		CHECK(version_is_valid(offer.version) && version_compare(offer.version, offer.version) == 0);
		CHECK(strspn(offer.sha256, "0123456789abcdef") == 64 && offer.sha256[64] == '\0');
		CHECK(strncasecmp(offer.url, "http", 4) == 0);
		check_word(offer.url);
		if (offer.token != NULL)
			check_word(offer.token);
	} else {
		CHECK(err.text[0] != '\0');
	}
	offer_free(&offer);
	json_decref(list);
}

static void check_path(const char *path)
{
	CHECK(*path != '/' && strstr(path, "//") == NULL);
	for (const char *p = path; *p != '\0';) {
		const size_t len = strcspn(p, "/");

		CHECK(len > 0 && !(len <= 2 && strncmp(p, "..", len) == 0));
		p += len;
		CHECK(*p == '\0' || p[1] != '\0');
		p += *p == '/';
	}
}

/* The path, and behind a NUL the target. */
static void try_entry(const char *text, const char *target)
{
	char path[ENTRY_PATH_SIZE], clean[ENTRY_PATH_SIZE];

	for (int kind = ENTRY_FILE; kind <= ENTRY_OTHER; kind++) {
		const struct entry entry = {text, target, (enum entry_kind)kind, 0755, 0};
		struct error err = {.text = ""};

		if (entry_check(&entry, path, clean, &err) < 0) {
			CHECK(err.text[0] != '\0');
			continue;
		}
		CHECK(kind != ENTRY_OTHER);
		check_path(path);
		check_path(clean);
		CHECK(kind != ENTRY_SYMLINK || *target != '/');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 2);
	size_t first;

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	try_list(text, size);
	first = strlen(text);
	try_entry(text, first < size ? text + first + 1 : "");
	free(text);
	return 0;
}
