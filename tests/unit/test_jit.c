#include "runner/github/jit.h"

#include "runner/common/wipe.h"
#include "tests/unit/base64_support.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define RUNNER_TEXT "{\"AgentId\":\"12\",\"DisableUpdate\":\"False\",\"AgentName\":\"box\"}"
#define RUNNER_DECODED "{\n  \"AgentId\": \"12\",\n  \"DisableUpdate\": true,\n  \"AgentName\": \"box\"\n}"
#define CREDENTIALS_TEXT "{\"Scheme\":\"OAuth\"}"
#define KEY_TEXT "{\"d\":\"hush\"}"

/* The file's entry in the outer object, without a comma. */
static char *entry(const char *name, const char *content)
{
	char *encoded = base64_encode(content, strlen(content)), *text = NULL;

	assert_true(asprintf(&text, "\"%s\":\"%s\"", name, encoded) > 0);
	free(encoded);
	return text;
}

/* Decodes base64 of `outer`. */
static int decode(struct jit_config *jit, const char *outer, struct error *err)
{
	char *blob = base64_encode(outer, strlen(outer));
	int result;

	memset(err, 0, sizeof *err);
	result = jit_decode(jit, blob, strlen(blob), err);
	free(blob);
	return result;
}

/* The three files in the order that `names` has, and `more` after them. */
static char *outer_of(const char *runner, const char *credentials, const char *key, const char *more)
{
	char *a = entry(runner, RUNNER_TEXT), *b = entry(credentials, CREDENTIALS_TEXT), *c = entry(key, KEY_TEXT);
	char *outer = NULL;

	assert_true(asprintf(&outer, "{%s,%s,%s%s}", a, b, c, more) > 0);
	free(a);
	free(b);
	free(c);
	return outer;
}

static void expect_refused(const char *outer, const char *text)
{
	struct jit_config jit;
	struct error err;

	assert_int_equal(decode(&jit, outer, &err), -1);
	assert_string_equal(err.text, text);
	jit_free(&jit);
	for (int i = 0; i < JIT_FILE_COUNT; i++)
		assert_null(jit.text[i]);
}

static void decoded(void **state)
{
	char *outer = outer_of(".runner", ".credentials", ".credentials_rsaparams", "");
	struct jit_config jit;
	struct error err;

	(void)state;
	assert_int_equal(decode(&jit, outer, &err), 0);
	/* An update would cost its first job half a minute, and the API has no field that says so. */
	assert_string_equal(jit.text[JIT_RUNNER], RUNNER_DECODED);
	assert_string_equal(jit.text[JIT_CREDENTIALS], CREDENTIALS_TEXT);
	assert_string_equal(jit.text[JIT_RSAPARAMS], KEY_TEXT);
	assert_int_equal(jit.len[JIT_RUNNER], strlen(RUNNER_DECODED));
	assert_int_equal(jit.len[JIT_RSAPARAMS], strlen(KEY_TEXT));
	jit_free(&jit);
	assert_null(jit.text[JIT_RSAPARAMS]);
	jit_free(&jit);
	free(outer);
}

/* The official Listener would write each of these as a file of that name. */
static void foreign_names(void **state)
{
	static const char *const names[] = {"../.runner", "./.runner", "/etc/passwd", "a/../.runner", "..", ".", "",
		"/", ".runner/", ".Runner", ".RUNNER", "runner", ".runner ", ".runner.", ".credentials_rsaparam",
		".credentials_rsaparamss", ".env", ".path", "run.sh", "bin/Runner.Listener", "..\\\\..\\\\x",
		"\\u002e\\u002e/x", ".ru\\u006e\\u006eer2", "caf\xc3\xa9"};
	static const char text[] = "not a JIT configuration: it contains a file with an unexpected name";

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *added = entry(names[i], "{}"), *more = NULL, *outer;

		/* beside the three, */
		assert_true(asprintf(&more, ",%s", added) > 0);
		outer = outer_of(".runner", ".credentials", ".credentials_rsaparams", more);
		expect_refused(outer, text);
		free(outer);
		/* and in place of one */
		outer = outer_of(names[i], ".credentials", ".credentials_rsaparams", "");
		expect_refused(outer, text);
		free(outer);
		free(more);
		free(added);
	}
}

static void missing_and_double(void **state)
{
	char *runner = entry(".runner", RUNNER_TEXT), *credentials = entry(".credentials", CREDENTIALS_TEXT);
	char *outer = NULL;

	(void)state;
	expect_refused("{}", "not a JIT configuration: .runner is missing");
	assert_true(asprintf(&outer, "{%s}", runner) > 0);
	expect_refused(outer, "not a JIT configuration: .credentials is missing");
	free(outer);
	assert_true(asprintf(&outer, "{%s,%s}", credentials, runner) > 0);
	expect_refused(outer, "not a JIT configuration: .credentials_rsaparams is missing");
	free(outer);
	outer = outer_of(".runner", ".runner", ".credentials", "");
	expect_refused(outer, "not a JIT configuration: not base64 of a JSON object");
	free(outer);
	free(credentials);
	free(runner);
}

static void bad_outside(void **state)
{
	static const char *const blobs[] = {"", "x", "====", "e30", "e30=\n", "{}", "not base64 at all!", "e30=e30="};
	static const char *const outers[] = {
		"[]", "null", "\"x\"", "12", "{", "{}x", "{} {}", "{\"a\":}", "{'a':1}", "\xef\xbb\xbf{}", "\xff"};
	struct jit_config jit;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++) {
		assert_int_equal(jit_decode(&jit, blobs[i], strlen(blobs[i]), &err), -1);
		assert_string_equal(err.text, "not a JIT configuration: not base64");
		assert_string_equal(err.hint, "pass encoded_jit_config on unchanged");
		jit_free(&jit);
	}
	for (size_t i = 0; i < sizeof outers / sizeof outers[0]; i++)
		expect_refused(outers[i], "not a JIT configuration: not base64 of a JSON object");
}

static void bad_inside(void **state)
{
	static const struct {
		const char *value;
		const char *reason;
	} rows[] = {
		{"null", "a file in it is not a string"}, {"12", "a file in it is not a string"},
		{"{}", "a file in it is not a string"}, {"[\"e30=\"]", "a file in it is not a string"},
		{"\"\"", "a file in it is not base64"}, {"\"e30\"", "a file in it is not base64"},
		{"\"e 0=\"", "a file in it is not base64"}, {"\"{}\"", "a file in it is not base64"},
		{"\"W10=\"", "a file in it is not a JSON object"},     /* [] */
		{"\"e30seA==\"", "a file in it is not a JSON object"}, /* {},x */
		{"\"e30A\"", "a file in it is not a JSON object"},     /* {} and a NUL */
		{"\"bnVsbA==\"", "a file in it is not a JSON object"}, /* null */
		{"\"77u/e30=\"", "a file in it is not a JSON object"}, /* a byte order mark: of config.sh only */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char outer[128], text[128];

		snprintf(outer, sizeof outer, "{\".credentials_rsaparams\":%s}", rows[i].value);
		snprintf(text, sizeof text, "not a JIT configuration: %s", rows[i].reason);
		expect_refused(outer, text);
	}
}

/* The private key is in there: nothing of it may come out in an error. */
static void silent(void **state)
{
	static const char *const outers[] = {"{\"hush\":\"aHVzaA==\"}", "{\".runner\":\"hush\"}",
		"{\".runner\":\"aHVzaGh1c2g=\"}", "[\"hush\"]", "hush", "{\"hush"};

	(void)state;
	for (size_t i = 0; i < sizeof outers / sizeof outers[0]; i++) {
		struct jit_config jit;
		struct error err;

		assert_int_equal(decode(&jit, outers[i], &err), -1);
		assert_null(strstr(err.text, "hush"));
		assert_null(strstr(err.hint, "hush"));
		jit_free(&jit);
	}
}

static void read_back(int dirfd, const char *name, const char *content)
{
	char text[256] = "";
	struct stat st;
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(read(fd, text, sizeof text - 1), (ssize_t)strlen(content));
	assert_string_equal(text, content);
	close(fd);
}

static void written(void **state)
{
	static const char *const names[] = {".runner", ".credentials", ".credentials_rsaparams", "canary"};
	char *outer = outer_of(".runner", ".credentials", ".credentials_rsaparams", ""), dir[] = "/tmp/jit-XXXXXX";
	mode_t mask = umask(0);
	struct jit_config jit;
	struct error err;
	int dirfd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(dirfd >= 0);
	assert_int_equal(decode(&jit, outer, &err), 0);
	assert_int_equal(jit_write(&jit, dirfd, &err), 0);
	read_back(dirfd, ".runner", RUNNER_DECODED);
	read_back(dirfd, ".credentials", CREDENTIALS_TEXT);
	read_back(dirfd, ".credentials_rsaparams", KEY_TEXT);
	/* never over a file, and never through a link */
	assert_int_equal(jit_write(&jit, dirfd, &err), -1);
	assert_string_equal(err.text, ".runner: File exists");
	assert_int_equal(unlinkat(dirfd, ".runner", 0), 0);
	assert_int_equal(symlinkat("canary", dirfd, ".runner"), 0);
	assert_int_equal(jit_write(&jit, dirfd, &err), -1);
	assert_int_equal(faccessat(dirfd, "canary", F_OK, 0), -1);
	/* and what cannot be whole is not there at all */
	assert_int_equal(unlinkat(dirfd, ".runner", 0), 0);
	assert_int_equal(unlinkat(dirfd, ".credentials", 0), 0);
	assert_int_equal(jit_write(&jit, dirfd, &err), -1);
	assert_string_equal(err.text, ".credentials_rsaparams: File exists");
	assert_int_equal(faccessat(dirfd, ".runner", F_OK, 0), -1);
	assert_int_equal(faccessat(dirfd, ".credentials", F_OK, 0), -1);
	assert_int_equal(faccessat(dirfd, ".credentials_rsaparams", F_OK, 0), 0);
	jit_free(&jit);
	free(outer);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlinkat(dirfd, names[i], 0);
	close(dirfd);
	assert_int_equal(rmdir(dir), 0); /* there was nothing else */
	umask(mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoded),
		cmocka_unit_test(foreign_names),
		cmocka_unit_test(missing_and_double),
		cmocka_unit_test(bad_outside),
		cmocka_unit_test(bad_inside),
		cmocka_unit_test(silent),
		cmocka_unit_test(written),
	};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
