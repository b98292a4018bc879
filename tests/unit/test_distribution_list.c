#include "runner/distribution/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define URL "https://github.com/actions/runner/releases/download/v2.336.0/actions-runner-linux-x64-2.336.0.tar.gz"
#define NAME "actions-runner-linux-x64-2.336.0.tar.gz"

/* An entry for linux x64 with these members more. */
#define ENTRY(members) "{\"os\":\"linux\",\"architecture\":\"x64\"," members "}"
#define GOOD ENTRY("\"download_url\":\"" URL "\",\"filename\":\"" NAME "\",\"sha256_checksum\":\"" SUM "\"")

static int pick(struct offer *offer, const char *text, struct error *err)
{
	json_t *list = json_loads(text, JSON_DECODE_ANY, NULL);
	int result;

	assert_non_null(list);
	result = list_pick(offer, list, "x64", err);
	json_decref(list);
	return result;
}

static void picks_ours(void **state)
{
	static const char *const lists[] = {
		"[" GOOD "]",
		/* Those of others may be anything. */
		"[7, null, {}, {\"os\":\"osx\",\"architecture\":\"x64\"}, {\"os\":\"linux\",\"architecture\":\"arm64\",\"filename\":3}," GOOD
		"]",
		"[{\"os\":[\"linux\"],\"architecture\":\"x64\"}," GOOD "]",
		/* The newest, wherever it stands. */
		"[" GOOD "," ENTRY(
			"\"download_url\":\"https://h/x\",\"filename\":\"actions-runner-linux-x64-2.99.0.tar.gz\",\"sha256_checksum\":\"" SUM
			"\"") "]",
		"[" ENTRY(
			"\"download_url\":\"https://h/x\",\"filename\":\"actions-runner-linux-x64-2.99.0.tar.gz\",\"sha256_checksum\":\"" SUM
			"\",\"temp_download_token\":\"t\"") "," GOOD "]",
	};
	struct offer offer;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		assert_int_equal(pick(&offer, lists[i], &err), 0);
		assert_string_equal(offer.version, "2.336.0");
		assert_string_equal(offer.url, URL);
		assert_string_equal(offer.sha256, SUM);
		assert_null(offer.token);
		offer_free(&offer);
	}
	assert_int_equal(
		pick(&offer,
			"[" ENTRY(
				"\"download_url\":\"https://h/x?y\",\"filename\":\"" NAME
				"\",\"sha256_checksum\":\"ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"temp_download_token\":\"tok\"") "]",
			&err),
		0);
	assert_string_equal(offer.token, "tok");
	assert_int_equal(strncmp(offer.sha256, "abcdef67", 8), 0);
	offer_free(&offer);
}

static void refuses(void **state)
{
	static const struct {
		const char *list, *text;
	} rows[] = {
		{"{}", "not a list"},
		{"null", "not a list"},
		{"\"<html>\"", "not a list"},
		{"[]", "no distribution for linux x64"},
		{"[{\"os\":\"win\",\"architecture\":\"x64\"}]", "no distribution for linux x64"},
		{"[" ENTRY("\"filename\":\"" NAME "\"") "]", "version 2.336.0: download_url: not an https:// URL"},
		{"[" ENTRY("\"download_url\":\"file:///etc/passwd\",\"filename\":\"" NAME
			   "\",\"sha256_checksum\":\"" SUM "\"") "]",
			"version 2.336.0: download_url: not an https:// URL"},
		{"[" ENTRY("\"download_url\":\"https://h/\\r\\nX: y\",\"filename\":\"" NAME
			   "\",\"sha256_checksum\":\"" SUM "\"") "]",
			"version 2.336.0: download_url: not an https:// URL"},
		{"[" ENTRY("\"download_url\":\"" URL "\",\"filename\":\"" NAME "\"") "]",
			"version 2.336.0: no SHA-256 in the list"},
		{"[" ENTRY("\"download_url\":\"" URL "\",\"filename\":\"" NAME "\",\"sha256_checksum\":\"abc\"") "]",
			"version 2.336.0: no SHA-256 in the list"},
		{"[" ENTRY("\"download_url\":\"" URL "\",\"filename\":\"" NAME "\",\"sha256_checksum\":\"" SUM
			   "\",\"temp_download_token\":\"a\\nb\"") "]",
			"version 2.336.0: temp_download_token: not a token"},
		{"[" ENTRY("\"download_url\":\"" URL "\",\"sha256_checksum\":\"" SUM "\"") "]",
			"filename: (none): not actions-runner-linux-x64-VERSION.tar.gz"},
		{"[" ENTRY("\"filename\":\"actions-runner-linux-x64-../../x.tar.gz\"") "]",
			"filename: actions-runner-linux-x64-../../x.tar.gz: not actions-runner-linux-x64-VERSION.tar.gz"},
	};
	struct offer offer;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(pick(&offer, rows[i].list, &err), -1);
		assert_string_equal(err.text, rows[i].text);
		offer_free(&offer);
	}
}

static void names(void **state)
{
	static const char *const bad[] = {"", "actions-runner-linux-x64-.tar.gz",
		"actions-runner-linux-arm64-2.336.0.tar.gz", "actions-runner-osx-x64-2.336.0.tar.gz",
		"actions-runner-linux-x64-2.336.0.zip", "x" NAME, NAME "x",
		"actions-runner-linux-x64-2.336.0-noexternals.tar.gz",
		"actions-runner-linux-x64-999999999.999999999.999999999999999.tar.gz"};
	char version[VERSION_SIZE];

	(void)state;
	assert_true(list_version_of(NAME, "x64", version));
	assert_string_equal(version, "2.336.0");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(list_version_of(bad[i], "x64", version));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picks_ours), cmocka_unit_test(refuses), cmocka_unit_test(names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
