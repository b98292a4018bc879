/* Which login of a file is a registry's, and what of the file is handed on. */
#include "image/login.h"

#include "common/cleanup.h"
#include "common/json.h"
#include "sandbox/process/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/place.h"

static int open_login(const struct place *place, const char *text, const char *reference, struct error *err)
{
	_cleanup_(close_file) FILE *file = NULL;
	char path[96];

	snprintf(path, sizeof path, "%s/auth.json", place->path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fflush(file), 0);
	return image_login_open(path, reference, err);
}

static const struct {
	const char *file, *reference, *login;
} found[] = {
	{"{'r.example': {'auth': 'QQ=='}, 's.example': {'auth': 'Qg=='}}", "r.example/x:1",
		"{'r.example':{'auth':'QQ=='}}"},
	{"{'r.example': {'auth': 'QQ==', 'identitytoken': 'T', 'email': 'me'}}", "r.example/x",
		"{'r.example':{'auth':'QQ==','identitytoken':'T'}}"},
	/* Ports, tags and digests. */
	{"{'r.example:5000': {'auth': 'QQ=='}, 'r.example': {'auth': 'Qg=='}}", "r.example:5000/x:1",
		"{'r.example:5000':{'auth':'QQ=='}}"},
	{"{'r.example/x': {'auth': 'QQ=='}}", "r.example/x@sha256:00", "{'r.example':{'auth':'QQ=='}}"},
	{"{'r.example/x': {'auth': 'QQ=='}}", "r.example/x:1@sha256:00", "{'r.example':{'auth':'QQ=='}}"},
	/* The longest path that is one of the reference's. */
	{"{'r.example': {'auth': 'QQ=='}, 'r.example/a': {'auth': 'Qg=='}, 'r.example/a/b': {'auth': 'Qw=='}}",
		"r.example/a/b/c:1", "{'r.example':{'auth':'Qw=='}}"},
	{"{'r.example': {'auth': 'QQ=='}, 'r.example/a': {'auth': 'Qg=='}}", "r.example/ab:1",
		"{'r.example':{'auth':'QQ=='}}"},
	/* As docker(1) writes them. */
	{"{'https://r.example/v1/': {'auth': 'QQ=='}}", "r.example/x", "{'r.example':{'auth':'QQ=='}}"},
	{"{'https://index.docker.io/v1/': {'auth': 'QQ=='}}", "docker.io/library/debian:12",
		"{'docker.io':{'auth':'QQ=='}}"},
	{"{'index.docker.io': {'auth': 'QQ=='}}", "docker.io/debian", "{'docker.io':{'auth':'QQ=='}}"},
};

static const struct {
	const char *file, *reference, *said;
} none[] = {
	{"{}", "r.example/x", "no login for r.example ("},
	{"{'s.example': {'auth': 'SECRET'}}", "r.example/x", "no login for r.example ("},
	{"{'r.example:5000': {'auth': 'SECRET'}}", "r.example/x", "no login for r.example ("},
	{"{'r.example.evil': {'auth': 'SECRET'}}", "r.example/x", "no login for r.example ("},
	{"{'r.example/other': {'auth': 'SECRET'}}", "r.example/x", "no login for r.example ("},
	{"{'index.docker.io': {'auth': 'SECRET'}}", "r.example/x", "no login for r.example ("},
	{"{'r.example': {}}", "r.example/x", "no login for r.example ("},
	{"{'r.example': {'auth': 7}}", "r.example/x", "no login for r.example ("},
	{"{'r.example': 'SECRET'}", "r.example/x", "no login for r.example ("},
	{"{'r.example': {}}, 'credsStore': 'desktop'", "r.example/x",
		"no login for r.example but by a helper program, which is not run ("},
	{"{}, 'credHelpers': {'r.example': 'gcloud'}", "r.example/x",
		"no login for r.example but by a helper program, which is not run ("},
	{"['SECRET']", "r.example/x", "not a file of logins ("},
	{"{'r.example': {'auth': SECRET}}", "r.example/x", "not a file of logins ("},
	{"{'r.example': {'auth': 'SECRET', 'auth': 'SECRET'}}", "r.example/x", "not a file of logins ("},
};

/* With quotation marks, and within {"auths": }. */
static const char *file_text(const char *auths)
{
	static char text[512];

	snprintf(text, sizeof text, "{'auths': %s}", auths);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return text;
}

static void a_registry_gets_its_login_alone(void **state)
{
	for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
		struct error err;
		_cleanup_(close_fd) int fd = open_login(*state, file_text(found[i].file), found[i].reference, &err);
		char text[512] = "", expected[512];

		assert_true(fd >= 0);
		assert_int_equal(fcntl(fd, F_GET_SEALS), IMAGE_SEALS | F_SEAL_SEAL);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
		snprintf(expected, sizeof expected, "%s", file_text(found[i].login));
		memmove(expected + 9, expected + 10, strlen(expected + 10) + 1); /* the space */
		assert_string_equal(text, expected);
	}
}

static void a_file_without_it_is_refused_and_nothing_of_it_said(void **state)
{
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		struct error err;
		char said[2 * sizeof err];

		assert_int_equal(open_login(*state, file_text(none[i].file), none[i].reference, &err), -1);
		snprintf(said, sizeof said, "%s (%s)", err.text, err.hint);
		assert_non_null(strstr(said, none[i].said));
		assert_null(strstr(said, "SECRET"));
	}
}

static void no_file_is_said(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(image_login_open("/nonexistent/auth.json", "r.example/x", &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_registry_gets_its_login_alone, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			a_file_without_it_is_refused_and_nothing_of_it_said, place_make, place_remove),
		cmocka_unit_test(no_file_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
