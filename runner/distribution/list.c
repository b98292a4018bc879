#include "runner/distribution/list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "actions-runner-linux-"
#define SUFFIX ".tar.gz"
#define TEXT_MAX ((size_t)8 << 10)

bool list_version_of(const char *filename, const char *architecture, char version[VERSION_SIZE])
{
	const size_t prefix = strlen(PREFIX), arch = strlen(architecture), suffix = strlen(SUFFIX);
	const size_t len = strlen(filename), around = prefix + arch + 1 + suffix;

	if (len <= around || len - around >= VERSION_SIZE || strncmp(filename, PREFIX, prefix) != 0 ||
		strncmp(filename + prefix, architecture, arch) != 0 || filename[prefix + arch] != '-' ||
		strcmp(filename + len - suffix, SUFFIX) != 0)
		return false;
	memcpy(version, filename + prefix + arch + 1, len - around);
	version[len - around] = '\0';
	return version_is_valid(version);
}

bool list_sha256(const char *text, char sha256[SHA256_HEX_SIZE])
{
	if (strlen(text) != SHA256_HEX_SIZE - 1 || strspn(text, "0123456789abcdefABCDEF") != SHA256_HEX_SIZE - 1)
		return false;
	for (size_t i = 0; i < SHA256_HEX_SIZE; i++)
		sha256[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

/* A string without blanks and controls, as a URL and a header's value are; NULL otherwise. */
static const char *word(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	if (text == NULL || *text == '\0' || strlen(text) > TEXT_MAX)
		return NULL;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return NULL;
	return text;
}

static bool is_for(const json_t *entry, const char *architecture)
{
	const char *os = json_string_value(json_object_get(entry, "os"));
	const char *arch = json_string_value(json_object_get(entry, "architecture"));

	return os != NULL && strcmp(os, "linux") == 0 && arch != NULL && strcmp(arch, architecture) == 0;
}

/* Replaces what `offer` has. */
static int take(struct offer *offer, const json_t *entry, const char *version, struct error *err)
{
	const char *url = word(entry, "download_url"), *token = word(entry, "temp_download_token");
	const json_t *sum = json_object_get(entry, "sha256_checksum"),
		     *secret = json_object_get(entry, "temp_download_token");

	offer_free(offer);
	if (url == NULL || (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0))
		return error_set(err, 0, "version %s: download_url: not an https:// URL", version);
	if (!json_is_string(sum) || !list_sha256(json_string_value(sum), offer->sha256)) {
		error_set(err, 0, "version %s: no SHA-256 in the list", version);
		return error_hint(err, "download it by hand, and use --from FILE --sha256 HEX");
	}
	if (json_is_string(secret) && json_string_length(secret) > 0 && token == NULL)
		return error_set(err, 0, "version %s: temp_download_token: not a token", version);
	strcpy(offer->version, version); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): of the same size */
	offer->url = strdup(url);
	if (token != NULL)
		offer->token = strdup(token);
	if (offer->url == NULL || (token != NULL && offer->token == NULL))
		return error_set(err, ENOMEM, "list of distributions");
	return 0;
}

int list_pick(struct offer *offer, const json_t *list, const char *architecture, struct error *err)
{
	char version[VERSION_SIZE];

	memset(offer, 0, sizeof *offer);
	if (!json_is_array(list))
		return error_set(err, 0, "not a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const char *filename = word(entry, "filename");

		if (!is_for(entry, architecture))
			continue;
		if (filename == NULL || !list_version_of(filename, architecture, version))
			return error_set(err, 0, "filename: %s: not %s%s-VERSION%s",
				filename != NULL ? filename : "(none)", PREFIX, architecture, SUFFIX);
		if (offer->url != NULL && version_compare(version, offer->version) <= 0)
			continue;
		if (take(offer, entry, version, err) < 0)
			return -1;
	}
	return offer->url != NULL ? 0 : error_set(err, 0, "no distribution for linux %s", architecture);
}

void offer_free(struct offer *offer)
{
	if (offer->token != NULL)
		explicit_bzero(offer->token, strlen(offer->token));
	free(offer->token);
	free(offer->url);
	memset(offer, 0, sizeof *offer);
}
