#include "runner/registration/record.h"

#include "runner/config/config.h"
#include "runner/registration/api.h"

#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[32];
static struct state state_dir;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/record-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	state_dir.dir = dir;
	state_dir.dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	return mkdirat(state_dir.dirfd, "registrations", 0700);
}

/* Fails when a test has left a file there. */
static int tear_down(void **state)
{
	(void)state;
	if (unlinkat(state_dir.dirfd, "registrations", AT_REMOVEDIR) < 0)
		return -1;
	close(state_dir.dirfd);
	return rmdir(dir);
}

static const struct record example = {
	.key = "3-abcdefgh",
	.slot = 3,
	.id = INT64_C(5000000000),
	.name = "b\xc3\xb6x-1",
	.unique = true,
	.entity = "/repos/o/r",
	.api = "https://api.github.com",
	.credential = CREDENTIAL_ACCESS_TOKEN,
};

static void there_and_back(void **state)
{
	struct record record = example, got;
	struct error err;
	struct stat st;

	(void)state;
	for (int credential = 0; credential < CREDENTIAL_COUNT; credential++) {
		record.credential = (enum credential)credential;
		record.unique = !record.unique;
		record.id = credential; /* also 0: not known */
		record.begun = credential == 1;
		record.asked_s = credential == 1 ? INT64_C(1700000000) : 0;
		snprintf(record.marker, sizeof record.marker, "%s", credential == 2 ? "cofferdam-3-abcdefgh" : "");
		assert_int_equal(record_write(&state_dir, &record, &err), 0);
		memset(&got, 0x55, sizeof got);
		assert_int_equal(record_read(&state_dir, "3-abcdefgh.json", &got, &err), 0);
		assert_string_equal(got.key, record.key);
		assert_int_equal(got.slot, 3);
		assert_true(got.id == record.id);
		assert_string_equal(got.name, record.name);
		assert_int_equal(got.unique, record.unique);
		assert_string_equal(got.entity, record.entity);
		assert_string_equal(got.api, record.api);
		assert_int_equal(got.credential, record.credential);
		assert_int_equal(got.begun, record.begun);
		assert_true(got.asked_s == record.asked_s);
		assert_string_equal(got.marker, record.marker);
	}
	assert_int_equal(fstatat(state_dir.dirfd, "registrations/3-abcdefgh.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(record_write(&state_dir, &example, &err), 0);
	assert_int_equal(record_read(&state_dir, "3-abcdefgh.json", &got, &err), 0);
	assert_true(got.id == example.id);
	assert_int_equal(record_remove(&state_dir, &example, &err), 0);
	assert_int_equal(record_remove(&state_dir, &example, &err), 0); /* gone is gone */
	assert_int_equal(record_read(&state_dir, "3-abcdefgh.json", &got, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

static void put(const char *text)
{
	int fd = openat(state_dir.dirfd, "registrations/1-x.json", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void damaged(void **state)
{
	static const char *const texts[] = {"{}", "[]",
		"{\"slot\":1,\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"PASSWORD\"}",
		"{\"slot\":-1,\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":0,\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":129,\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":\"1\",\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":1,\"id\":null,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":1,\"id\":1,\"unique\":true,\"entity\":\"e\",\"api\":\"a\",\"credential\":\"TOKEN\"}",
		"{\"slot\":1,\"id\":1,\"name\":\"n\",\"unique\":0,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
		"\"TOKEN\"}",
		"{\"slot\":1,\"id\":1,\"name\":\"n\",\"unique\":true,\"entity\":\"e\",\"api\":\"a\"}"};
	struct record got;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		put(texts[i]);
		assert_int_equal(record_read(&state_dir, "1-x.json", &got, &err), -1);
		assert_string_equal(err.text, "registrations/1-x.json: not a registration");
	}
	/* cut, it would be another runner's */
	for (int field = 0; field < 3; field++) {
		char text[4096], filler[1100];

		memset(filler, 'a', sizeof filler);
		filler[sizeof filler - 1] = '\0';
		snprintf(text, sizeof text,
			"{\"slot\":1,\"id\":1,\"name\":\"%s\",\"unique\":true,\"entity\":\"%s\",\"api\":\"%s\","
			"\"credential\":\"TOKEN\"}",
			field == 0 ? filler : "n", field == 1 ? filler : "e", field == 2 ? filler : "a");
		put(text);
		assert_int_equal(record_read(&state_dir, "1-x.json", &got, &err), -1);
		assert_string_equal(err.text, "registrations/1-x.json: not a registration");
	}
	put("{\"slot\":1,"); /* half written: by somebody else, since we rename */
	assert_int_equal(record_read(&state_dir, "1-x.json", &got, &err), -1);
	assert_non_null(strstr(err.text, "registrations/1-x.json:"));
	put("{\"slot\":1,\"id\":7,\"name\":\"n\",\"unique\":false,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
	    "\"TOKEN\"}");
	assert_int_equal(record_read(&state_dir, "1-x.json", &got, &err), 0);
	assert_string_equal(got.key, "1-x");
	/* as 0.1.0 wrote them: with an id the question is answered, without one it may have been asked, long ago */
	assert_false(got.begun);
	put("{\"slot\":1,\"id\":0,\"name\":\"n\",\"unique\":false,\"entity\":\"e\",\"api\":\"a\",\"credential\":"
	    "\"TOKEN\"}");
	assert_int_equal(record_read(&state_dir, "1-x.json", &got, &err), 0);
	assert_true(got.begun);
	assert_true(record_open_ns(&got) == 0);
	assert_int_equal(record_remove(&state_dir, &got, &err), 0);
}

/* From the call on a question is open, for a time that ends. */
static void open_question(void **state)
{
	struct record record = example, got;
	struct error err;

	(void)state;
	record.id = 0;
	assert_true(record_open_ns(&record) == 0); /* nothing was asked */
	assert_int_equal(record_begin(&state_dir, &record, 10, &err), 0);
	assert_true(record.asked_s >= time(NULL) + 5);
	assert_int_equal(record_read(&state_dir, "3-abcdefgh.json", &got, &err), 0);
	assert_true(got.begun);
	assert_true(got.asked_s <= time(NULL)); /* whoever was to ask is gone */
	assert_true(record_open_ns(&got) > 0);
	record_note(&record, 0);
	assert_true(record_open_ns(&record) == 0);
	record_note(&record, time(NULL));
	assert_true(record.begun && record_open_ns(&record) > 0);
	got.asked_s -= 3600;
	assert_true(record_open_ns(&got) == 0);
	got.asked_s += 2 * 3600; /* the clock was set back */
	assert_true(record_open_ns(&got) > 0);
	got.begun = false;
	assert_true(record_open_ns(&got) == 0);
	assert_int_equal(record_remove(&state_dir, &record, &err), 0);
}

/* Neither a name that is no UTF-8 nor a directory that is not there leaves half a file. */
static void not_written(void **state)
{
	struct record record = example;
	struct state elsewhere = {.dirfd = -1};
	struct error err;

	(void)state;
	/* a directory is in the way: what was written beside it is gone again, or tear_down() fails */
	assert_int_equal(mkdirat(state_dir.dirfd, "registrations/3-abcdefgh.json", 0700), 0);
	assert_int_equal(record_write(&state_dir, &record, &err), -1);
	assert_int_equal(err.errnum, EISDIR);
	assert_int_equal(unlinkat(state_dir.dirfd, "registrations/3-abcdefgh.json", AT_REMOVEDIR), 0);
	strcpy(record.name, "\xff");
	assert_int_equal(record_write(&state_dir, &record, &err), -1);
	assert_int_equal(record_write(&elsewhere, &example, &err), -1);
	assert_int_equal(err.errnum, EBADF);
	assert_int_equal(record_remove(&elsewhere, &example, &err), -1);
}

/* GitHub's limit is in bytes, and a name that ends within a character is no text. */
static void a_name_is_cut_between_characters(void **state)
{
	struct record record = {.slot = 1};
	char long_name[200] = "";

	(void)state;
	assert_int_equal(registration_fit("abc", 4), 3);
	assert_int_equal(registration_fit("abc", 3), 3);
	assert_int_equal(registration_fit("abc", 2), 2);
	assert_int_equal(registration_fit("a\xc3\xa4", 2), 1);
	assert_int_equal(registration_fit("a\xc3\xa4", 3), 3);
	assert_int_equal(registration_fit("a\xe2\x82\xac"
					  "b",
				 3),
		1);
	assert_int_equal(registration_fit("\xe2\x82\xac", 1), 0);
	for (size_t i = 0; i < 120; i++)
		long_name[i] = "\xe2\x82\xac"[i % 3];
	for (int i = 0; i < 3; i++) {
		json_t *text;

		registration_unique_name(&record, long_name + 3 * i);
		text = json_string(record.name);
		assert_non_null(text);
		assert_true(strlen(record.name) <= CONFIG_NAME_MAX);
		json_decref(text);
		long_name[0] = 'x';
	}
}

static void a_name_that_is_no_text_is_named(void **state)
{
	struct record record = {.slot = 1, .key = "1-abcdefgh", .name = "a\xc3"};
	struct error err;

	(void)state;
	assert_int_equal(record_write(&state_dir, &record, &err), -1);
	assert_string_equal(err.text, "RUNNER_NAME or GITHUB_URL: not UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(open_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_written, set_up, tear_down),
		cmocka_unit_test(a_name_is_cut_between_characters),
		cmocka_unit_test(a_name_that_is_no_text_is_named),
	};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
